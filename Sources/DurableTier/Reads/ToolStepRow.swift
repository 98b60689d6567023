import SessionCore
import SessionModel

/// A row of `tool_steps`.
enum ToolStepRow {
    static let columns = """
        id, hop_id, sequence_order, tool_id, name, description, status, parameter_mapping, result_mapping, \
        resource_configs, validation_errors, execution_result, error_message, created_at, updated_at, started_at, completed_at
        """

    static let statements = RowStatements("tool_steps", columns)

    static func read(_ row: borrowing SQLStatement) throws -> ToolStep {
        guard let id = row.identifier(0, of: ToolStepKind.self), let hop = row.identifier(1, of: HopKind.self),
            let status = ToolStepStatus(rawValue: row.text(6))
        else { throw DurableError.failed("a row of tool_steps can't be understood") }
        return ToolStep(
            id: id, hopID: hop, toolID: row.text(3), sequence: row.integer(2), name: row.text(4),
            description: row.optionalText(5), status: status, parameterMapping: row.bytes(7),
            resultMapping: row.bytes(8), resourceConfigs: row.bytes(9), validationErrors: try row.texts(10),
            executionResult: row.optionalBytes(11), errorMessage: row.optionalText(12), createdAt: row.time(13),
            updatedAt: row.time(14), startedAt: row.optionalTime(15),
            completedAt: row.optionalTime(16))
    }

    static func bind(_ step: ToolStep, to statement: inout SQLStatement) throws {
        try statement.bind(step.id)
        try statement.bind(step.hopID)
        try statement.bind(step.sequence)
        try statement.bind(step.toolID)
        try statement.bind(step.name)
        try statement.bind(step.description)
        try statement.bind(step.status.rawValue)
        try statement.bind(text: step.parameterMapping)
        try statement.bind(text: step.resultMapping)
        try statement.bind(text: step.resourceConfigs)
        try statement.bind(texts: step.validationErrors)
        try statement.bind(text: step.executionResult)
        try statement.bind(step.errorMessage)
        try statement.bind(step.createdAt)
        try statement.bind(step.updatedAt)
        try statement.bind(step.startedAt)
        try statement.bind(step.completedAt)
    }
}
