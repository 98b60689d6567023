import GRDB
import SessionCore
import SessionModel

extension MissionRow {
    static func find(_ id: MissionID, of user: UserID, in db: Database) throws -> MissionRow? {
        var statement = try SQLStatement(db, "SELECT \(columns) FROM missions WHERE id = ? AND user_id = ?")
        try statement.bind(id)
        try statement.bind(user.text)
        return try statement.step() ? MissionRow(statement) : nil
    }

    /// With everything in it.
    func whole(_ db: Database) throws -> DurableMission {
        let tree = MissionTree(
            id: mission.id, userID: mission.userID, version: version, logID: logID, sessionID: try session(db),
            mission: mission.document(),
            hops: try parts(db, "SELECT \(HopRow.columns) FROM hops WHERE mission_id = ?") {
                try MissionTree.HopEntry(document: HopRow.read($0).document())
            },
            steps: try parts(
                db,
                """
                SELECT \(ToolStepRow.columns) FROM tool_steps
                WHERE hop_id IN (SELECT id FROM hops WHERE mission_id = ?)
                """
            ) { try MissionTree.StepEntry(document: ToolStepRow.read($0).document()) },
            assets: try parts(db, "SELECT \(AssetRow.columns) FROM assets WHERE mission_id = ?") {
                try MissionTree.AssetEntry(document: AssetRow.read($0).document())
            })
        return DurableMission(tree: tree, contents: try contents(db))
    }

    private func parts<Part>(
        _ db: Database, _ select: String, _ read: (borrowing SQLStatement) throws -> Part
    ) throws -> [Part] {
        var statement = try SQLStatement(db, select)
        try statement.bind(mission.id)
        var parts: [Part] = []
        while try statement.step() { parts.append(try read(statement)) }
        return parts
    }

    /// The session that it is linked to. Old data may have several; then the one seen last.
    private func session(_ db: Database) throws -> SessionID? {
        var statement = try SQLStatement(
            db,
            """
            SELECT id FROM user_sessions WHERE mission_id = ? AND user_id = ?
            ORDER BY last_activity_at DESC, id DESC LIMIT 1
            """)
        try statement.bind(mission.id)
        try statement.bind(mission.userID.text)
        return try statement.step() ? statement.identifier(0, of: SessionKind.self) : nil
    }

    private func contents(_ db: Database) throws -> [AssetID: AssetContent] {
        var statement = try SQLStatement(
            db,
            """
            SELECT asset_id, CASE WHEN bytes <= ? THEN content END FROM asset_contents
            WHERE asset_id IN (SELECT id FROM assets WHERE mission_id = ?)
            """)
        try statement.bind(MissionLimits.hotContentBytes)
        try statement.bind(mission.id)
        var contents: [AssetID: AssetContent] = [:]
        while try statement.step() {
            contents[try statement.demandedIdentifier(0, of: AssetKind.self)] =
                statement.isNull(1) ? .cold : .here(statement.bytes(1))
        }
        return contents
    }
}
