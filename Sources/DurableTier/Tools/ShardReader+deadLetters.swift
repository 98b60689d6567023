import GRDB
import SessionCore
import SessionModel

/// A log entry that was set aside.
public struct SetAside: Sendable {
    public var number: Int64
    public var logID: String
    public var sessionID: String?
    public var missionID: String?
    public var userID: String?
    public var error: String
    public var createdAt: Timestamp
    /// When what was in it came to be there all the same; nil: it waits.
    public var healedAt: Timestamp?
    /// Empty where it can't be understood.
    public var fields: [LogEntry.Field]

    public var operation: String {
        fields.first { $0.name == "op" }.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
    }
}

extension ShardReader {
    private static let letter = """
        SELECT number, log_id, session_id, mission_id, user_id, error, created_at, healed_at, entry FROM dead_letters
        """

    /// Those behind `number`, in their order.
    /// - Parameter healed: those as well that nothing is left to do about.
    public func deadLetters(
        after number: Int64, healed: Bool, limit: Int
    ) throws(DurableError) -> [SetAside] {
        try read { db in
            var statement = try SQLStatement(
                db,
                "\(Self.letter) WHERE number > ? \(healed ? "" : "AND healed_at IS NULL") ORDER BY number LIMIT ?")
            try statement.bind(number)
            try statement.bind(limit)
            var letters: [SetAside] = []
            while try statement.step() { letters.append(Self.letter(statement)) }
            return letters
        }
    }

    public func deadLetter(_ number: Int64) throws(DurableError) -> SetAside? {
        try read { db in
            var statement = try SQLStatement(db, "\(Self.letter) WHERE number = ?")
            try statement.bind(number)
            return try statement.step() ? Self.letter(statement) : nil
        }
    }

    private static func letter(_ row: borrowing SQLStatement) -> SetAside {
        SetAside(
            number: row.integer(0), logID: row.text(1), sessionID: row.optionalText(2), missionID: row.optionalText(3),
            userID: row.optionalText(4), error: row.text(5), createdAt: row.time(6),
            healedAt: row.isNull(7) ? nil : row.time(7),
            fields: (try? DeadLetter.fields(row.bytes(8))).flatMap { $0 } ?? [])
    }

    /// Sessions and missions whose entries wait until they are written out whole.
    public func quarantined() throws(DurableError) -> [String] {
        try read { db in
            let statement = try SQLStatement(db, "SELECT subject FROM quarantine ORDER BY rowid LIMIT 10000")
            var subjects: [String] = []
            while try statement.step() { subjects.append(statement.text(0)) }
            return subjects
        }
    }
}
