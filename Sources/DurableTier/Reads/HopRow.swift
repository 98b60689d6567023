import SessionCore
import SessionModel

/// A row of `hops`.
enum HopRow {
    static let columns = """
        id, mission_id, sequence_order, name, description, goal, rationale, success_criteria, status, is_final, \
        is_resolved, error_message, hop_metadata, intended_input_asset_ids, intended_output_asset_ids, created_at, updated_at
        """

    static let statements = RowStatements("hops", columns)

    static func read(_ row: borrowing SQLStatement) throws -> Hop {
        guard let id = row.identifier(0, of: HopKind.self), let mission = row.identifier(1, of: MissionKind.self),
            let status = HopStatus(rawValue: row.text(8))
        else { throw DurableError.failed("a row of hops can't be understood") }
        return Hop(
            id: id, missionID: mission, sequence: row.integer(2), name: row.text(3), description: row.optionalText(4),
            goal: row.optionalText(5), rationale: row.optionalText(6), successCriteria: try row.texts(7),
            status: status, isFinal: row.integer(9) == 1, isResolved: row.integer(10) == 1,
            errorMessage: row.optionalText(11), sealedMetadata: row.optionalBytes(12),
            intendedInputs: try row.identifiers(13, of: AssetKind.self),
            intendedOutputs: try row.identifiers(14, of: AssetKind.self), createdAt: row.time(15),
            updatedAt: row.time(16))
    }

    static func bind(_ hop: Hop, to statement: inout SQLStatement) throws {
        try statement.bind(hop.id)
        try statement.bind(hop.missionID)
        try statement.bind(hop.sequence)
        try statement.bind(hop.name)
        try statement.bind(hop.description)
        try statement.bind(hop.goal)
        try statement.bind(hop.rationale)
        try statement.bind(texts: hop.successCriteria)
        try statement.bind(hop.status.rawValue)
        try statement.bind(hop.isFinal ? 1 : 0)
        try statement.bind(hop.isResolved ? 1 : 0)
        try statement.bind(hop.errorMessage)
        try statement.bind(blob: hop.sealedMetadata)
        try statement.bind(texts: hop.intendedInputs.map(\.description))
        try statement.bind(texts: hop.intendedOutputs.map(\.description))
        try statement.bind(hop.createdAt)
        try statement.bind(hop.updatedAt)
    }
}
