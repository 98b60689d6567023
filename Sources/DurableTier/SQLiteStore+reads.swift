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
        let limit = configuration.limits.excludedSessions
        guard query.excluding.count <= limit else {
            throw .failed("a listing that leaves out over \(limit) sessions")
        }
        return try await file(of: configuration.shards.shard(of: query.userID)).read { db, _ in
            try SessionListing(query).read(db)
        }
    }

    public func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64 {
        try await file(of: configuration.shards.shard(of: user)).read { db, _ in
            var statement = try SQLStatement(db, "SELECT highest_session_number FROM users WHERE user_id = ?")
            try statement.bind(user.text)
            return try statement.step() ? statement.integer(0) : 0
        }
    }

    public func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> Mission? {
        guard configuration.shards.contains(id.shard) else { return nil }
        return try await file(of: id.shard).read { db, _ in
            var statement = try SQLStatement(
                db, "SELECT document, log_id FROM mission_documents WHERE id = ? AND user_id = ?")
            try statement.bind(id)
            try statement.bind(user.text)
            guard try statement.step() else { return nil }
            guard let logID = LogID(statement.text(1)) else {
                throw DurableError.failed("log_id of mission \(id) can't be understood")
            }
            return try Mission(document: statement.bytes(0), logID: logID)
        }
    }
}
