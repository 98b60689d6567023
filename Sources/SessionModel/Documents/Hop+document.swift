/// A hop as both tiers' JSON: as answers have it, but for `hop_metadata`, which is sealed (``SealedMember``), and for what
/// is derived: its steps and assets.
extension Hop {
    public static let metadataField: StaticString = "hop_metadata"

    public func document() -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 768)
        writer.member("id", id)
        writer.member("status", status.rawValue)
        writer.member("sequence_order", sequence)
        writer.member("mission_id", missionID)
        writer.member("name", name)
        writer.member("description", optional: description)
        writer.member("goal", optional: goal)
        writer.member("rationale", optional: rationale)
        writer.member("success_criteria", texts: successCriteria)
        writer.member("is_final", isFinal)
        writer.member("is_resolved", isResolved)
        writer.member("error_message", optional: errorMessage)
        writer.member("intended_input_asset_ids", ids: intendedInputs)
        writer.member("intended_output_asset_ids", ids: intendedOutputs)
        writer.member("created_at", createdAt)
        writer.member("updated_at", updatedAt)
        SealedMember.write(sealedMetadata, Self.metadataField, to: &writer)
        return writer.finish()
    }

    public init(document: [UInt8]) throws(DocumentError) {
        let read = try DocumentReader(document, of: "hop")
        self.init(
            id: try read.identifier("id"), missionID: try read.identifier("mission_id"),
            sequence: try read.integer("sequence_order"), name: try read.text("name"),
            description: try read.optionalText("description"), goal: try read.optionalText("goal"),
            rationale: try read.optionalText("rationale"), successCriteria: try read.texts("success_criteria"),
            status: try read.choice("status", of: HopStatus.self), isFinal: try read.flag("is_final"),
            isResolved: try read.flag("is_resolved"), errorMessage: try read.optionalText("error_message"),
            sealedMetadata: try read.sealed("hop_metadata"),
            intendedInputs: try read.identifiers("intended_input_asset_ids"),
            intendedOutputs: try read.identifiers("intended_output_asset_ids"), createdAt: try read.time("created_at"),
            updatedAt: try read.time("updated_at"))
    }
}

extension MissionTree.HopEntry {
    public init(document: [UInt8]) throws(DocumentError) {
        var head = DocumentHead(document, of: "hop")
        try head.skip(#"{"id":""#)
        id = try head.identifier()
        try head.skip(#"","status":""#)
        status = try head.choice(of: HopStatus.self)
        try head.skip(#"","sequence_order":"#)
        sequence = try head.integer()
        self.document = document
    }
}
