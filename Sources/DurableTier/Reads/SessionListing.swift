import GRDB
import SessionCore
import SessionModel

/// One page of a user's sessions, and how many there are, from the same snapshot.
///
/// One walk along the index `user_sessions_by_activity`, which holds all that is asked for, counts the sessions and finds
/// the page's; only these rows are looked up. What is left out is told apart here and not in SQL, where a long list
/// would be sorted at each call.
struct SessionListing {
    private let query: SessionListQuery
    private let excluded: Set<SessionID>

    init(_ query: SessionListQuery) {
        self.query = query
        excluded = Set(query.excluding)
    }

    func read(_ db: Database) throws -> DurableSessionList {
        var statement = try SQLStatement(
            db,
            """
            SELECT id, last_activity_at FROM user_sessions WHERE user_id = ? \(query.status == nil ? "" : "AND status = ?")
            ORDER BY last_activity_at DESC, id DESC
            """)
        try statement.bind(query.userID.text)
        if let status = query.status { try statement.bind(status.rawValue) }
        var list = DurableSessionList(sessions: [], total: 0)
        while try statement.step() {
            guard let id = statement.identifier(0, of: SessionKind.self) else {
                throw DurableError.failed("an id in user_sessions can't be understood")
            }
            if excluded.contains(id) { continue }
            list.total += 1
            guard list.sessions.count < query.limit, isBehindStart(id, statement.integer(1)) else { continue }
            if let row = try SessionRow.find(id, in: db) { list.sessions.append(row.session) }
        }
        return list
    }

    private func isBehindStart(_ id: SessionID, _ lastActivityAt: Int64) -> Bool {
        guard let start = query.after else { return true }
        return (lastActivityAt, id.high, id.low)
            < (start.lastActivityAt.milliseconds, start.session.high, start.session.low)
    }
}
