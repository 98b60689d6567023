import GRDB
import SessionCore
import SessionModel

extension MissionDraft {
    /// Of a mission as SQLite has it; nil when it doesn't.
    static func find(_ id: MissionID, in db: Database) throws -> MissionDraft? {
        var statement = try SQLStatement(db, "SELECT user_id, version, log_id FROM missions WHERE id = ?")
        try statement.bind(id)
        guard try statement.step() else { return nil }
        guard let user = UserID(statement.text(0)), let logID = LogID(statement.text(2)) else {
            throw Rejection("mission \(id) as it is stored can't be understood")
        }
        let outline: MissionOutline
        // Rows that can't be understood are the matter of this mission alone.
        do { outline = try MissionOutline.find(id, in: db) } catch is DurableError {
            throw Rejection("mission \(id) as it is stored can't be understood")
        }
        return MissionDraft(
            id: id, userID: user, version: statement.integer(1), logID: logID, outline: outline)
    }
}

extension MissionOutline {
    fileprivate static func find(_ mission: MissionID, in db: Database) throws -> MissionOutline {
        var outline = MissionOutline()
        try outline.readHops(of: mission, db)
        try outline.readSteps(of: mission, db)
        try outline.readAssets(of: mission, db)
        return outline
    }

    private mutating func readHops(of mission: MissionID, _ db: Database) throws {
        var statement = try SQLStatement(db, "SELECT id, sequence_order FROM hops WHERE mission_id = ?")
        try statement.bind(mission)
        while try statement.step() {
            let id = try statement.demandedIdentifier(0, of: HopKind.self)
            hops[id] = Hop(sequence: statement.integer(1), isStored: true)
        }
    }

    private mutating func readSteps(of mission: MissionID, _ db: Database) throws {
        var statement = try SQLStatement(
            db,
            """
            SELECT id, hop_id, sequence_order FROM tool_steps
            WHERE hop_id IN (SELECT id FROM hops WHERE mission_id = ?)
            """)
        try statement.bind(mission)
        while try statement.step() {
            let id = try statement.demandedIdentifier(0, of: ToolStepKind.self)
            let hop = try statement.demandedIdentifier(1, of: HopKind.self)
            steps[id] = Step(hop: hop, sequence: statement.integer(2), isStored: true)
        }
    }

    private mutating func readAssets(of mission: MissionID, _ db: Database) throws {
        var statement = try SQLStatement(db, "SELECT id, hop_id FROM assets WHERE mission_id = ?")
        try statement.bind(mission)
        while try statement.step() {
            let id = try statement.demandedIdentifier(0, of: AssetKind.self)
            assets[id] = Asset(hop: statement.identifier(1, of: HopKind.self), isStored: true)
        }
    }
}
