/// An asset as both tiers' JSON: as lists have it (without `content`), but for `asset_metadata`, which is sealed
/// (``SealedMember``).
extension Asset {
    public static let metadataField: StaticString = "asset_metadata"

    public func document() -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 640 + schemaDefinition.count)
        writer.member("id", id)
        writer.member("status", status.rawValue)
        writer.member("role", role.rawValue)
        writer.member("scope_type", scopeType.rawValue)
        writer.member("scope_id", scopeID)
        writer.member("user_id", userID)
        writer.member("name", name)
        writer.member("description", optional: description)
        writer.member("schema_definition", json: schemaDefinition)
        writer.member("subtype", optional: subtype)
        writer.member("content_summary", optional: contentSummary)
        writer.member("created_at", createdAt)
        writer.member("updated_at", updatedAt)
        SealedMember.write(sealedMetadata, Self.metadataField, to: &writer)
        return writer.finish()
    }

    /// - Parameter mission: the mission it is part of, which the document of a hop's asset does not name.
    public init(document: [UInt8], in mission: MissionID) throws(DocumentError) {
        let read = try DocumentReader(document, of: "asset")
        let scope: AssetScope
        switch try read.choice("scope_type", of: AssetScopeType.self) {
        case .mission:
            scope = .mission
            let owner: MissionID = try read.identifier("scope_id")
            guard owner == mission else { throw DocumentError("asset", "belongs to another mission") }
        case .hop: scope = .hop(try read.identifier("scope_id"))
        }
        self.init(
            id: try read.identifier("id"), userID: try read.user("user_id"), missionID: mission, scope: scope,
            name: try read.text("name"), description: try read.optionalText("description"),
            schemaDefinition: try read.object("schema_definition"), subtype: try read.optionalText("subtype"),
            status: try read.choice("status", of: AssetStatus.self), role: try read.choice("role", of: AssetRole.self),
            contentSummary: try read.optionalText("content_summary"),
            sealedMetadata: try read.sealed("asset_metadata"), createdAt: try read.time("created_at"),
            updatedAt: try read.time("updated_at"))
    }
}

extension MissionTree.AssetEntry {
    public init(document: [UInt8]) throws(DocumentError) {
        var head = DocumentHead(document, of: "asset")
        try head.skip(#"{"id":""#)
        id = try head.identifier()
        try head.skip(#"","status":""#)
        status = try head.choice(of: AssetStatus.self)
        try head.skip(#"","role":""#)
        role = try head.choice(of: AssetRole.self)
        try head.skip(#"","scope_type":""#)
        let type = try head.choice(of: AssetScopeType.self)
        try head.skip(#"","scope_id":""#)
        switch type {
        case .mission: scope = .mission
        case .hop: scope = .hop(try head.identifier())
        }
        self.document = document
    }
}
