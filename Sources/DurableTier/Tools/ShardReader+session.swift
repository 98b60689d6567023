import GRDB
import SessionCore
import SessionModel

/// A session as it lies in SQLite, whatever it is: nothing is decoded that might be damaged.
public struct StoredSession: Sendable {
    public struct DeadLetter: Sendable {
        public var number: Int64
        public var logID: String
        public var error: String
    }

    /// Of a chat's messages.
    public struct Messages: Sendable, Equatable {
        public var count: Int64 = 0
        /// Sequence numbers; 0 where there is none.
        public var first: Int64 = 0
        public var last: Int64 = 0
        /// Of their JSON.
        public var bytes: Int64 = 0
    }

    /// The row by its columns, numbers in decimal; NULL is left out. Empty where there is no row.
    public var fields: [String: [UInt8]]
    public var messages: Messages
    /// Nil where there is none, or where its rows can't be understood.
    public var mission: MissionTree?
    /// Assets of the mission that have a content.
    public var contents: Int
    /// Those that name the session.
    public var deadLetters: [DeadLetter]
    /// The last log entry that was applied.
    public var cursor: LogID

    public func text(_ column: String) -> String? { fields[column].map { String(decoding: $0, as: UTF8.self) } }
}

extension ShardReader {
    /// Everything that SQLite has of a session, from one snapshot.
    public func session(_ id: SessionID) throws(DurableError) -> StoredSession {
        try read { db in
            let identity = try Self.identity(db, path)
            var session = StoredSession(
                fields: [:], messages: .init(), contents: 0, deadLetters: [], cursor: identity.cursor)
            session.deadLetters = try Self.deadLetters(of: id, db)
            guard let number = try Self.readRow(id, into: &session.fields, db) else { return session }
            session.messages = try Self.messages(of: number, db)
            guard let user = session.text("user_id").flatMap(UserID.init),
                let mission = session.text("mission_id").flatMap({ MissionID($0) })
            else { return session }
            do {
                let stored = try MissionRow.find(mission, of: user, in: db)?.whole(db)
                session.mission = stored?.tree
                session.contents = stored?.contents.count ?? 0
            } catch DurableError.failed {}
            return session
        }
    }

    private static func readRow(_ id: SessionID, into fields: inout [String: [UInt8]], _ db: Database) throws -> Int64?
    {
        var statement = try SQLStatement(db, "SELECT number, \(SessionRow.columns) FROM user_sessions WHERE id = ?")
        try statement.bind(id)
        guard try statement.step() else { return nil }
        let names = SessionRow.columns.split(separator: ",").map { $0.drop { $0 == " " } }
        for (index, name) in names.enumerated() {
            fields[String(name)] = statement.optionalBytes(Int32(index + 1))
        }
        return statement.integer(0)
    }

    private static func messages(of number: Int64, _ db: Database) throws -> StoredSession.Messages {
        var statement = try SQLStatement(
            db,
            """
            SELECT count(*), min(sequence_order), max(sequence_order), sum(length(CAST(document AS BLOB)))
            FROM chat_message_documents WHERE session = ?
            """)
        try statement.bind(number)
        guard try statement.step() else { return .init() }
        return StoredSession.Messages(
            count: statement.integer(0), first: statement.integer(1), last: statement.integer(2),
            bytes: statement.integer(3))
    }

    private static func deadLetters(of id: SessionID, _ db: Database) throws -> [StoredSession.DeadLetter] {
        var statement = try SQLStatement(
            db, "SELECT number, log_id, error FROM dead_letters WHERE session_id = ? ORDER BY number")
        try statement.bind(id)
        var letters: [StoredSession.DeadLetter] = []
        while try statement.step() {
            letters.append(.init(number: statement.integer(0), logID: statement.text(1), error: statement.text(2)))
        }
        return letters
    }
}
