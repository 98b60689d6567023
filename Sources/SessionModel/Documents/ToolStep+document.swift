/// A tool step as both tiers' JSON, which is just as answers have it.
extension ToolStep {
    public func document() -> [UInt8] {
        var writer = JSONObjectWriter(
            reserving: 768 + parameterMapping.count + resultMapping.count + resourceConfigs.count
                + (executionResult?.count ?? 0))
        writer.member("id", id)
        writer.member("hop_id", hopID)
        writer.member("status", status.rawValue)
        writer.member("sequence_order", sequence)
        writer.member("tool_id", toolID)
        writer.member("name", name)
        writer.member("description", optional: description)
        writer.member("parameter_mapping", json: parameterMapping)
        writer.member("result_mapping", json: resultMapping)
        writer.member("resource_configs", json: resourceConfigs)
        writer.member("validation_errors", texts: validationErrors)
        writer.member("execution_result", json: executionResult ?? Array("null".utf8))
        writer.member("error_message", optional: errorMessage)
        writer.member("created_at", createdAt)
        writer.member("updated_at", updatedAt)
        writer.member("started_at", optional: startedAt)
        writer.member("completed_at", optional: completedAt)
        return writer.finish()
    }

    public init(document: [UInt8]) throws(DocumentError) {
        let read = try DocumentReader(document, of: "tool step")
        self.init(
            id: try read.identifier("id"), hopID: try read.identifier("hop_id"), toolID: try read.text("tool_id"),
            sequence: try read.integer("sequence_order"), name: try read.text("name"),
            description: try read.optionalText("description"),
            status: try read.choice("status", of: ToolStepStatus.self),
            parameterMapping: try read.object("parameter_mapping"), resultMapping: try read.object("result_mapping"),
            resourceConfigs: try read.object("resource_configs"),
            validationErrors: try read.texts("validation_errors"),
            executionResult: try read.optionalJSON("execution_result"),
            errorMessage: try read.optionalText("error_message"), createdAt: try read.time("created_at"),
            updatedAt: try read.time("updated_at"), startedAt: try read.optionalTime("started_at"),
            completedAt: try read.optionalTime("completed_at"))
    }
}

extension MissionTree.StepEntry {
    public init(document: [UInt8]) throws(DocumentError) {
        var head = DocumentHead(document, of: "tool step")
        try head.skip(#"{"id":""#)
        id = try head.identifier()
        try head.skip(#"","hop_id":""#)
        hop = try head.identifier()
        try head.skip(#"","status":""#)
        status = try head.choice(of: ToolStepStatus.self)
        try head.skip(#"","sequence_order":"#)
        sequence = try head.integer()
        self.document = document
    }
}
