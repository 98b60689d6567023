import GRDB
import SessionCore
import SessionModel

extension ShardReader {
    /// Ids behind `id`, in their order; or some at random.
    public func sessionIDs(after id: SessionID?, limit: Int) throws(DurableError) -> [SessionID] {
        try read { try Self.ids($0, "SELECT id FROM user_sessions WHERE id > ? ORDER BY id LIMIT ?", id, limit) }
    }

    public func missionIDs(after id: MissionID?, limit: Int) throws(DurableError) -> [MissionID] {
        try read { try Self.ids($0, "SELECT id FROM missions WHERE id > ? ORDER BY id LIMIT ?", id, limit) }
    }

    public func someSessionIDs(_ count: Int) throws(DurableError) -> [SessionID] {
        try read { try Self.ids($0, "SELECT id FROM user_sessions WHERE id > ? ORDER BY random() LIMIT ?", nil, count) }
    }

    public func someMissionIDs(_ count: Int) throws(DurableError) -> [MissionID] {
        try read { try Self.ids($0, "SELECT id FROM missions WHERE id > ? ORDER BY random() LIMIT ?", nil, count) }
    }

    private static func ids<Kind>(
        _ db: Database, _ sql: String, _ id: Identifier<Kind>?, _ limit: Int
    ) throws -> [Identifier<Kind>] {
        var statement = try SQLStatement(db, sql)
        try statement.bind(id?.description ?? "")
        try statement.bind(limit)
        var ids: [Identifier<Kind>] = []
        while try statement.step() { if let id = statement.identifier(0, of: Kind.self) { ids.append(id) } }
        return ids
    }

    public func missionCount() throws(DurableError) -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM missions") ?? 0 }
    }

    /// Those of the sessions that are there, with their status.
    public func statuses(of sessions: [SessionID]) throws(DurableError) -> [SessionID: String] {
        try read { db in
            var statuses: [SessionID: String] = [:]
            var statement = try SQLStatement(db, "SELECT status FROM user_sessions WHERE id = ?")
            for id in sessions {
                try statement.bind(id)
                if try statement.step() { statuses[id] = statement.text(0) }
                try statement.rewind()
            }
            return statuses
        }
    }

    public func has(_ mission: MissionID) throws(DurableError) -> Bool {
        try read { db in
            var statement = try SQLStatement(db, "SELECT 1 FROM missions WHERE id = ?")
            try statement.bind(mission)
            return try statement.step()
        }
    }

    /// The newest messages of a session, at most `count`, oldest first; as far as they are there.
    public func newestMessages(_ count: Int, of session: SessionID) throws(DurableError) -> [[UInt8]] {
        try read { db in
            var statement = try SQLStatement(
                db,
                """
                SELECT document FROM chat_message_documents
                WHERE session = (SELECT number FROM user_sessions WHERE id = ?) ORDER BY sequence_order DESC LIMIT ?
                """)
            try statement.bind(session)
            try statement.bind(count)
            var messages: [[UInt8]] = []
            while try statement.step() { messages.append(statement.bytes(0)) }
            return messages.reversed()
        }
    }

    /// A whole session, as a miss is filled with it; nil where there is none, or none that can be understood.
    public func durableSession(_ id: SessionID, messages: Int) throws(DurableError) -> DurableSession? {
        do {
            return try read { db in
                guard let row = try SessionRow.find(id, in: db) else { return nil }
                return DurableSession(session: row.session, messages: try row.newestMessages(messages, in: db))
            }
        } catch {
            guard case .failed = error else { throw error }
            return nil
        }
    }

    /// Nil where there is none, or where its rows can't be understood.
    public func mission(_ id: MissionID) throws(DurableError) -> (
        mission: DurableMission, contents: [AssetID: [UInt8]]
    )? {
        do {
            return try read { db in
                var owner = try SQLStatement(db, "SELECT user_id FROM missions WHERE id = ?")
                try owner.bind(id)
                guard try owner.step(), let user = UserID(owner.text(0)),
                    let mission = try MissionRow.find(id, of: user, in: db)?.whole(db)
                else { return nil }
                var contents: [AssetID: [UInt8]] = [:]
                var statement = try SQLStatement(
                    db,
                    """
                    SELECT asset_id, content FROM asset_contents
                    WHERE asset_id IN (SELECT id FROM assets WHERE mission_id = ?)
                    """)
                try statement.bind(id)
                while try statement.step() {
                    if let asset = statement.identifier(0, of: AssetKind.self) { contents[asset] = statement.bytes(1) }
                }
                return (mission, contents)
            }
        } catch {
            guard case .failed = error else { throw error }
            return nil
        }
    }
}
