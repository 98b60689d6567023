import GRDB
import SessionCore
import SessionModel

extension SQLiteStore {
    public func session(
        _ id: SessionID, of user: UserID?, messages: Int
    ) async throws(DurableError) -> DurableSession? {
        guard configuration.shards.contains(id.shard) else { return nil }
        return try await file(of: id.shard).read { db, _ in
            let row = try user.map { try SessionRow.find(id, of: $0, in: db) } ?? SessionRow.find(id, in: db)
            guard let row else { return nil }
            return DurableSession(session: row.session, messages: try row.newestMessages(messages, in: db))
        }
    }

    public func sessions(
        _ sessions: [SessionID], in shard: Shard, messages: Int
    ) async throws(DurableError) -> [DurableSession] {
        try await file(of: shard).read { db, _ in
            try sessions.compactMap { id in
                guard let row = try SessionRow.find(id, in: db) else { return nil }
                return DurableSession(session: row.session, messages: try row.newestMessages(messages, in: db))
            }
        }
    }

    public func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(DurableError) -> MessagePage {
        guard configuration.shards.contains(session.shard) else { return MessagePage() }
        return try await file(of: session.shard).read { db, _ in
            guard let row = try SessionRow.find(session, of: user, in: db) else { return MessagePage() }
            return try row.page(range, in: db)
        }
    }

    public func sessions(_ query: SessionListQuery) async throws(DurableError) -> DurableSessionList {
        try checkExcluded(query.excluding.count)
        return try await file(of: configuration.shards.shard(of: query.userID)).read { db, _ in
            let listing = Listing(query, status: query.status?.rawValue)
            let (found, total) = try listing.read(
                db, table: "user_sessions", order: "last_activity_at"
            ) { try SessionRow.find($0, in: db)?.session }
            return DurableSessionList(sessions: found, total: total)
        }
    }

    func checkExcluded(_ count: Int) throws(DurableError) {
        let limit = configuration.limits.excludedRows
        guard count <= limit else { throw .failed("a listing that leaves out over \(limit) rows") }
    }

    public func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64 {
        try await file(of: configuration.shards.shard(of: user)).read { db, _ in
            var statement = try SQLStatement(db, "SELECT highest_session_number FROM users WHERE user_id = ?")
            try statement.bind(user.text)
            return try statement.step() ? statement.integer(0) : 0
        }
    }
}
