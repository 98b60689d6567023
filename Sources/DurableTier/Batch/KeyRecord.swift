import GRDB
import SessionCore
import SessionModel

/// The first uses of idempotency keys, as SQLite keeps them for a hot tier that loses them. A key that is used again once it
/// expired is a new row, so that rows lie in the order in which they expire.
enum KeyRecord {
    static func insert(_ entries: ArraySlice<LogEntry>, into db: Database) throws {
        for case let (user, kept)? in entries.map(\.keptOutcome) {
            var statement = try SQLStatement(
                db,
                """
                INSERT OR REPLACE INTO idempotency_keys (user_id, key_hash, body_hash, outcome, expires_at)
                VALUES (?, ?, ?, ?, ?)
                """)
            try statement.bind(user)
            try statement.bind(kept.keyHash)
            try statement.bind(kept.bodyHash)
            try statement.bind(kept.outcome)
            try statement.bind(kept.expiresAt)
            try statement.run()
        }
    }

    static func find(_ keyHash: String, of user: UserID, in db: Database) throws -> KeptOutcome? {
        var statement = try SQLStatement(
            db, "SELECT body_hash, outcome, expires_at FROM idempotency_keys WHERE user_id = ? AND key_hash = ?")
        try statement.bind(user.text)
        try statement.bind(keyHash)
        guard try statement.step() else { return nil }
        return KeptOutcome(
            keyHash: keyHash, bodyHash: statement.text(0), outcome: statement.text(1), expiresAt: statement.time(2))
    }
}
