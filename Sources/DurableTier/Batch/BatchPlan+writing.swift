import GRDB
import SessionCore
import SessionModel

extension BatchPlan {
    /// Writes what the plan came to: removals, then sessions with their chats and messages, then missions and users.
    func write(to db: Database) throws {
        for number in removals { try db.run("DELETE FROM user_sessions WHERE number = ?", number) }
        for draft in drafts {
            let number =
                try draft.number.map { try Self.update($0, draft.session, db) } ?? Self.insert(draft.session, db)
            try Self.insert(draft, number, db)
        }
        for (document, logID) in missions { try Self.write(document, logID, db) }
        for (user, number) in highestNumbers { try Self.raise(number, of: user, db) }
    }

    private static func insert(_ session: UserSession, _ db: Database) throws -> Int64 {
        var statement = try SQLStatement(
            db, "INSERT INTO user_sessions (\(SessionRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try SessionRow.bind(session, to: &statement)
        try statement.run()
        let number = db.lastInsertedRowID
        var chat = try SQLStatement(db, "INSERT INTO chats (session, id, created_at) VALUES (?, ?, ?)")
        try chat.bind(number)
        try chat.bind(session.id.chat)
        try chat.bind(session.createdAt)
        try chat.run()
        return number
    }

    private static func update(_ number: Int64, _ session: UserSession, _ db: Database) throws -> Int64 {
        var statement = try SQLStatement(
            db,
            """
            UPDATE user_sessions SET (\(SessionRow.columns)) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE number = ?
            """)
        try SessionRow.bind(session, to: &statement)
        try statement.bind(number)
        try statement.run()
        return number
    }

    private static func insert(_ draft: Draft, _ number: Int64, _ db: Database) throws {
        guard !draft.messages.isEmpty else { return }
        var statement = try SQLStatement(
            db, "INSERT INTO chat_message_documents (session, sequence_order, document) VALUES (?, ?, ?)")
        var sequence = draft.session.messageCount - Int64(draft.messages.count)
        for message in draft.messages {
            sequence += 1
            try statement.bind(number)
            try statement.bind(sequence)
            try statement.bind(text: message)
            try statement.run()
        }
    }

    private static func write(_ mission: MissionDocument, _ logID: LogID, _ db: Database) throws {
        var statement = try SQLStatement(
            db,
            """
            INSERT INTO mission_documents (id, user_id, log_id, document) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET log_id = excluded.log_id, document = excluded.document
            WHERE user_id = excluded.user_id
            """)
        try statement.bind(mission.id)
        try statement.bind(mission.userID.text)
        try statement.bind(logID.description)
        try statement.bind(text: mission.json)
        try statement.run()
        guard db.changesCount == 1 else {
            throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "the mission is another user's")
        }
    }

    private static func raise(_ number: Int64, of user: UserID, _ db: Database) throws {
        var statement = try SQLStatement(
            db,
            """
            INSERT INTO users (user_id, highest_session_number) VALUES (?, ?)
            ON CONFLICT (user_id) DO UPDATE
            SET highest_session_number = max(highest_session_number, excluded.highest_session_number)
            """)
        try statement.bind(user.text)
        try statement.bind(number)
        try statement.run()
    }
}
