import GRDB
import SessionCore
import SessionModel

/// How much there is of a user in one shard's file.
public struct UserHoldings: Sendable {
    public let counts: [(name: StaticString, count: Int)]

    /// Of each, the more.
    public func raised(to other: UserHoldings) -> UserHoldings {
        UserHoldings(counts: zip(counts, other.counts).map { ($0.name, max($0.count, $1.count)) })
    }
}

extension ShardReader {
    /// What there can be of a user, and which rows it is.
    private static let kinds: [(name: StaticString, rows: String)] = [
        ("sessions", "user_sessions WHERE user_id = ?"),
        (
            "messages",
            "chat_message_documents WHERE session IN (SELECT number FROM user_sessions WHERE user_id = ?)"
        ),
        ("missions", "missions WHERE user_id = ?"),
        ("hops", "hops WHERE mission_id IN \(missions)"),
        ("tool_steps", "tool_steps WHERE hop_id IN (SELECT id FROM hops WHERE mission_id IN \(missions))"),
        ("assets", "assets WHERE mission_id IN \(missions)"),
        ("idempotency_keys", "idempotency_keys WHERE user_id = ?"),
        ("dead_letters", "dead_letters WHERE user_id = ?"),
        // Whether the highest number of the names `Session N` is kept.
        ("numbers", "users WHERE user_id = ?"),
    ]
    private static let missions = "(SELECT id FROM missions WHERE user_id = ?)"

    public func holdings(of user: UserID) throws(DurableError) -> UserHoldings {
        try read { db in
            UserHoldings(
                counts: try Self.kinds.map { name, rows in
                    var statement = try SQLStatement(db, "SELECT count(*) FROM \(rows)")
                    try statement.bind(user.text)
                    return (name, try statement.step() ? Int(statement.integer(0)) : 0)
                })
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
