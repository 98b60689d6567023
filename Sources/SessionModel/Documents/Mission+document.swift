/// A mission as both tiers' JSON: as answers have it, but for `mission_metadata`, which is sealed (``SealedMember``), and
/// for what is derived from its parts.
extension Mission {
    public static let metadataField: StaticString = "mission_metadata"

    public func document() -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 640)
        writer.member("id", id)
        writer.member("user_id", userID)
        writer.member("status", status.rawValue)
        writer.member("name", name)
        writer.member("description", optional: description)
        writer.member("goal", optional: goal)
        writer.member("success_criteria", texts: successCriteria)
        writer.member("current_hop_id", currentHopID)
        writer.member("created_at", createdAt)
        writer.member("updated_at", updatedAt)
        SealedMember.write(sealedMetadata, Self.metadataField, to: &writer)
        return writer.finish()
    }

    public init(document: [UInt8]) throws(DocumentError) {
        let read = try DocumentReader(document, of: "mission")
        self.init(
            id: try read.identifier("id"), userID: try read.user("user_id"), name: try read.text("name"),
            description: try read.optionalText("description"), goal: try read.optionalText("goal"),
            successCriteria: try read.texts("success_criteria"),
            status: try read.choice("status", of: MissionStatus.self),
            currentHopID: try read.optionalIdentifier("current_hop_id"),
            sealedMetadata: try read.sealed("mission_metadata"), createdAt: try read.time("created_at"),
            updatedAt: try read.time("updated_at"))
    }
}
