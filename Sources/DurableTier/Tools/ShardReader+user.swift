import GRDB
import SessionCore
import SessionModel

/// How much there is of a user in one shard's file.
public struct UserHoldings: Sendable, Equatable {
    public var sessions = 0
    public var messages = 0
    public var missions = 0
    public var hops = 0
    public var toolSteps = 0
    public var assets = 0
    public var idempotencyKeys = 0
    public var deadLetters = 0
    /// Whether the highest number of the names `Session N` is kept.
    public var numbers = 0

    public init() {}

    /// By their names, as tables have them.
    public var counts: [(name: StaticString, count: Int)] {
        [
            ("sessions", sessions), ("messages", messages), ("missions", missions), ("hops", hops),
            ("tool_steps", toolSteps), ("assets", assets), ("idempotency_keys", idempotencyKeys),
            ("dead_letters", deadLetters), ("numbers", numbers),
        ]
    }

    public var isEmpty: Bool { counts.allSatisfy { $0.count == 0 } }

    /// Of each, the more.
    public func raised(to other: UserHoldings) -> UserHoldings {
        var raised = self
        for path in Self.paths { raised[keyPath: path] = max(self[keyPath: path], other[keyPath: path]) }
        return raised
    }

    private static var paths: [WritableKeyPath<UserHoldings, Int>] {
        [
            \.sessions, \.messages, \.missions, \.hops, \.toolSteps, \.assets, \.idempotencyKeys, \.deadLetters,
            \.numbers,
        ]
    }
}

extension ShardReader {
    public func holdings(of user: UserID) throws(DurableError) -> UserHoldings {
        try read { db in
            func count(_ sql: String) throws -> Int {
                var statement = try SQLStatement(db, "SELECT count(*) FROM \(sql)")
                try statement.bind(user.text)
                return try statement.step() ? Int(statement.integer(0)) : 0
            }
            let missions = "(SELECT id FROM missions WHERE user_id = ?)"
            var held = UserHoldings()
            held.sessions = try count("user_sessions WHERE user_id = ?")
            held.messages = try count(
                "chat_message_documents WHERE session IN (SELECT number FROM user_sessions WHERE user_id = ?)")
            held.missions = try count("missions WHERE user_id = ?")
            held.hops = try count("hops WHERE mission_id IN \(missions)")
            held.toolSteps = try count(
                "tool_steps WHERE hop_id IN (SELECT id FROM hops WHERE mission_id IN \(missions))")
            held.assets = try count("assets WHERE mission_id IN \(missions)")
            held.idempotencyKeys = try count("idempotency_keys WHERE user_id = ?")
            held.deadLetters = try count("dead_letters WHERE user_id = ?")
            held.numbers = try count("users WHERE user_id = ?")
            return held
        }
    }

    /// Ids of a user's sessions behind `id`, in their order.
    public func sessionIDs(of user: UserID, after id: SessionID?, limit: Int) throws(DurableError) -> [SessionID] {
        try read { try Self.ids($0, of: user, "user_sessions", id, limit) }
    }

    public func missionIDs(of user: UserID, after id: MissionID?, limit: Int) throws(DurableError) -> [MissionID] {
        try read { try Self.ids($0, of: user, "missions", id, limit) }
    }

    private static func ids<Kind>(
        _ db: Database, of user: UserID, _ table: StaticString, _ id: Identifier<Kind>?, _ limit: Int
    ) throws -> [Identifier<Kind>] {
        var statement = try SQLStatement(
            db, "SELECT id FROM \(table) WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?")
        try statement.bind(user.text)
        try statement.bind(id?.description ?? "")
        try statement.bind(limit)
        var ids: [Identifier<Kind>] = []
        while try statement.step() { if let id = statement.identifier(0, of: Kind.self) { ids.append(id) } }
        return ids
    }
}
