import GRDB
import SessionCore
import SessionModel

extension SQLiteStore {
    public func datasetID(of shard: Shard) async throws(DurableError) -> String { try file(of: shard).datasetID }

    public func archivedSessions(
        of shard: Shard, unchangedSince time: Timestamp, limit: Int
    ) async throws(DurableError) -> [SessionID] {
        try await file(of: shard).read { db, _ in
            var statement = try SQLStatement(
                db,
                """
                SELECT id FROM user_sessions WHERE status = 'archived' AND updated_at < ?
                ORDER BY updated_at, id LIMIT ?
                """)
            try statement.bind(time)
            try statement.bind(max(limit, 0))
            var sessions: [SessionID] = []
            while try statement.step() {
                guard let id = statement.identifier(0, of: SessionKind.self) else {
                    throw DurableError.failed("an id in user_sessions can't be understood")
                }
                sessions.append(id)
            }
            return sessions
        }
    }
}
