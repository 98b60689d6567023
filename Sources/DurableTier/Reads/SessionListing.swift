import GRDB
import SessionCore
import SessionModel

/// One page of a user's sessions, and how many there are, from the same snapshot. Page and count both go by the index
/// `user_sessions_by_activity` alone; only the rows of the page are looked up.
struct SessionListing {
    private let query: SessionListQuery
    private let excluded: [UInt8]
    private let filter: String

    init(_ query: SessionListQuery) {
        self.query = query
        var filter = "user_id = ?"
        if query.status != nil { filter += " AND status = ?" }
        if !query.excluding.isEmpty { filter += " AND id NOT IN (SELECT value FROM json_each(?))" }
        self.filter = filter

        var json: [UInt8] = []
        for id in query.excluding {
            json.append(UInt8(ascii: json.isEmpty ? "[" : ","))
            json.append(UInt8(ascii: "\""))
            id.write(into: &json)
            json.append(UInt8(ascii: "\""))
        }
        json.append(UInt8(ascii: "]"))
        excluded = json
    }

    func read(_ db: Database) throws -> DurableSessionList {
        DurableSessionList(sessions: try page(db), total: try total(db))
    }

    private func page(_ db: Database) throws -> [UserSession] {
        var statement = try SQLStatement(
            db,
            """
            SELECT number, \(SessionRow.columns) FROM user_sessions WHERE \(filter)
            \(query.after == nil ? "" : "AND (last_activity_at, id) < (?, ?)")
            ORDER BY last_activity_at DESC, id DESC LIMIT ?
            """)
        try bindFilter(&statement)
        if let after = query.after {
            try statement.bind(after.lastActivityAt)
            try statement.bind(after.session)
        }
        try statement.bind(max(query.limit, 0))
        var sessions: [UserSession] = []
        while try statement.step() { sessions.append(try SessionRow(statement).session) }
        return sessions
    }

    private func total(_ db: Database) throws -> Int {
        var statement = try SQLStatement(db, "SELECT count(*) FROM user_sessions WHERE \(filter)")
        try bindFilter(&statement)
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    private func bindFilter(_ statement: inout SQLStatement) throws {
        try statement.bind(query.userID.text)
        if let status = query.status { try statement.bind(status.rawValue) }
        if !query.excluding.isEmpty { try statement.bind(text: excluded) }
    }
}
