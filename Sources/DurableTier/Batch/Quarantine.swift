import GRDB
import SessionCore
import SessionModel

/// The sessions and missions whose entries wait, while a batch is applied.
struct Quarantine {
    private(set) var subjects: Set<Subject>

    init(_ db: Database) throws {
        subjects = Set(try Self.find(try SQLStatement(db, "SELECT subject, kind FROM quarantine WHERE NOT is_written")))
    }

    /// The longest there first; and those that are written out, and perhaps not settled in the hot tier yet.
    static func all(in db: Database, limit: Int) throws -> [Subject] {
        var statement = try SQLStatement(db, "SELECT subject, kind FROM quarantine ORDER BY rowid LIMIT ?")
        try statement.bind(limit)
        return try find(statement)
    }

    private static func find(_ statement: consuming SQLStatement) throws -> [Subject] {
        var subjects: [Subject] = []
        while try statement.step() {
            if statement.text(1) == "session" {
                subjects.append(.session(try statement.demandedIdentifier(0, of: SessionKind.self)))
            } else {
                subjects.append(.mission(try statement.demandedIdentifier(0, of: MissionKind.self)))
            }
        }
        return subjects
    }

    func holds(_ subjects: [Subject]) -> Bool {
        !self.subjects.isEmpty && subjects.contains { self.subjects.contains($0) }
    }

    mutating func add(_ subjects: [Subject], _ logID: LogID, to db: Database) throws {
        for subject in subjects where self.subjects.insert(subject).inserted {
            var statement = try SQLStatement(
                db,
                """
                INSERT INTO quarantine (subject, kind, log_id) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET is_written = 0
                """)
            try statement.bind(subject.text)
            try statement.bind(subject.kind)
            try statement.bind(logID.description)
            try statement.run()
        }
    }

    /// It was written out whole: nothing waits any more, and the hot tier is to be told.
    static func written(_ subject: Subject, in db: Database) throws {
        try run("UPDATE quarantine SET is_written = 1", subject, db)
    }

    static func end(_ subject: Subject, in db: Database) throws { try run("DELETE FROM quarantine", subject, db) }

    private static func run(_ change: String, _ subject: Subject, _ db: Database) throws {
        var statement = try SQLStatement(db, "\(change) WHERE subject = ? AND kind = ?")
        try statement.bind(subject.text)
        try statement.bind(subject.kind)
        try statement.run()
    }
}

extension LogEntry {
    /// What the entry changes, as far as it can be read.
    var subjects: [Subject] {
        var subjects: [Subject] = []
        if let id = text("sid").flatMap({ SessionID($0) }) { subjects.append(.session(id)) }
        if let id = text("mid").flatMap({ MissionID($0) }) { subjects.append(.mission(id)) }
        return subjects
    }

    func text(_ name: String) -> String? {
        fields.first { $0.name == name }.flatMap { String(utf8: $0.value) }
    }

    /// The entry's idempotency key, as scripts put it down: hash of the key, hash of the body, outcome; a star where the
    /// entry's own id stands in the outcome.
    var keptOutcome: (user: String, kept: KeptOutcome)? {
        guard let user = text("user_id"), let idem = text("idem"), let star = idem.firstIndex(of: "*") else {
            return nil
        }
        let words = idem[..<star].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3 else { return nil }
        let expiry = Timestamp(milliseconds: Int64(clamping: id.milliseconds))
            .adding(milliseconds: LifecyclePolicy.idempotency)
        return (
            user,
            KeptOutcome(
                keyHash: String(words[0]), bodyHash: String(words[1]),
                outcome: words[2] + id.description + idem[idem.index(after: star)...], expiresAt: expiry)
        )
    }
}
