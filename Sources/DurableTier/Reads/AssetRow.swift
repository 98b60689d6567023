import SessionCore
import SessionModel

/// A row of `assets`.
enum AssetRow {
    static let columns = """
        id, user_id, mission_id, hop_id, scope_type, scope_id, name, description, schema_definition, subtype, status, role, \
        content_summary, asset_metadata, created_at, updated_at
        """

    static let statements = RowStatements("assets", columns)

    static func read(_ row: borrowing SQLStatement) throws -> Asset {
        guard let id = row.identifier(0, of: AssetKind.self), let user = UserID(row.text(1)),
            let mission = row.identifier(2, of: MissionKind.self), let status = AssetStatus(rawValue: row.text(10)),
            let role = AssetRole(rawValue: row.text(11))
        else { throw DurableError.failed("a row of assets can't be understood") }
        return Asset(
            id: id, userID: user, missionID: mission,
            scope: row.isNull(3) ? .mission : .hop(try row.demandedIdentifier(3, of: HopKind.self)),
            name: row.text(6), description: row.optionalText(7), schemaDefinition: row.bytes(8),
            subtype: row.optionalText(9), status: status, role: role, contentSummary: row.optionalText(12),
            sealedMetadata: row.optionalBytes(13), createdAt: row.time(14), updatedAt: row.time(15))
    }

    static func bind(_ asset: Asset, to statement: inout SQLStatement) throws {
        try statement.bind(asset.id)
        try statement.bind(asset.userID.text)
        try statement.bind(asset.missionID)
        if case .hop(let hop) = asset.scope { try statement.bind(hop) } else { try statement.bind(HopID?.none) }
        try statement.bind(asset.scopeType.rawValue)
        try statement.bind(asset.scopeID)
        try statement.bind(asset.name)
        try statement.bind(asset.description)
        try statement.bind(text: asset.schemaDefinition)
        try statement.bind(asset.subtype)
        try statement.bind(asset.status.rawValue)
        try statement.bind(asset.role.rawValue)
        try statement.bind(asset.contentSummary)
        try statement.bind(blob: asset.sealedMetadata)
        try statement.bind(asset.createdAt)
        try statement.bind(asset.updatedAt)
    }
}
