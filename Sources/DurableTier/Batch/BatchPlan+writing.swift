import GRDB
import SessionCore
import SessionModel

extension BatchPlan.Find {
    init(in db: Database) {
        self.init(
            session: { id in
                // A row that can't be understood is the matter of its session alone.
                do { return try SessionRow.find(id, in: db) } catch is DurableError {
                    throw Rejection("session \(id) as it is stored can't be understood")
                }
            }, mission: { try MissionDraft.find($0, in: db) })
    }
}

extension BatchPlan {
    /// Writes what the plan came to: removals, then sessions with their chats and messages, then missions with their parts,
    /// then users.
    func write(to db: Database) throws {
        for number in removals { try db.run("DELETE FROM user_sessions WHERE number = ?", number) }
        for id in missionRemovals { try db.run("DELETE FROM missions WHERE id = ?", id) }
        for draft in drafts {
            if let number = draft.number {
                try Self.update(draft, number, db)
                try Self.insert(draft.messages, upTo: draft.session.messageCount, number, db)
            } else {
                let number = try Self.insert(draft.session, db)
                try Self.insert(draft.messages, upTo: draft.session.messageCount, number, db)
            }
        }
        for draft in missionDrafts { try draft.write(to: db) }
        for (user, number) in highestNumbers { try Self.raise(number, of: user, db) }
    }

    static func insert(_ session: UserSession, _ db: Database) throws -> Int64 {
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

    /// Only what a change can change: a column that is named here has its indexes written anew, changed or not. Of five,
    /// two are spared when the status stays, and one when the mission does.
    private static func update(_ draft: Draft, _ number: Int64, _ db: Database) throws {
        let session = draft.session
        let movesStatus = session.status != draft.before?.status
        let movesMission = session.missionID != draft.before?.missionID
        var statement = try SQLStatement(
            db,
            """
            UPDATE user_sessions SET name = ?, session_metadata = ?, version = ?, log_id = ?, message_count = ?, updated_at = ?,
            last_activity_at = ?, abandoned_at = ?\(movesStatus ? ", status = ?" : "")\(movesMission ? ", mission_id = ?" : "")
            WHERE number = ?
            """)
        try statement.bind(session.name)
        try statement.bind(blob: session.sealedMetadata)
        try statement.bind(session.version)
        try statement.bind(session.logID.description)
        try statement.bind(session.messageCount)
        try statement.bind(session.updatedAt)
        try statement.bind(session.lastActivityAt)
        try statement.bind(session.abandonedAt)
        if movesStatus { try statement.bind(session.status.rawValue) }
        if movesMission { try statement.bind(session.missionID) }
        try statement.bind(number)
        try statement.run()
    }

    /// - Parameters:
    ///   - messages: in order, without gaps.
    ///   - last: the sequence number of the last one.
    static func insert(_ messages: [[UInt8]], upTo last: Int64, _ number: Int64, _ db: Database) throws {
        guard !messages.isEmpty else { return }
        var statement = try SQLStatement(
            db, "INSERT INTO chat_message_documents (session, sequence_order, document) VALUES (?, ?, ?)")
        var sequence = last - Int64(messages.count)
        for message in messages {
            sequence += 1
            try statement.bind(number)
            try statement.bind(sequence)
            try statement.bind(text: message)
            try statement.run()
        }
    }

    static func raise(_ number: Int64, of user: UserID, _ db: Database) throws {
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
