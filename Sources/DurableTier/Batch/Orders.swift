import FoundationEssentials
import GRDB
import SessionCore
import SessionModel

/// What operators order, inside a transaction that the caller has begun. An order for what isn't there is carried out.
struct Orders {
    let db: Database
    let shard: Shard
    /// Of the order's own entry.
    let logID: LogID

    func carryOut(_ order: Order) throws {
        switch order {
        case .drop(let number): try remove(number)
        case .retry(let number): try retry(number)
        case .forget(let user): try forget(user)
        case .rewrite(let subject):
            var quarantine = try Quarantine(db)
            try quarantine.add([subject], logID, to: db)
        }
    }

    private func remove(_ number: Int64) throws {
        var statement = try SQLStatement(db, "DELETE FROM dead_letters WHERE number = ?")
        try statement.bind(number)
        try statement.run()
    }

    /// Applied as if it came now, if it fits by now; else what it is about is put into quarantine again, to be written out
    /// whole from its hot copy.
    private func retry(_ number: Int64) throws {
        guard let entry = try DeadLetter.entry(number, in: db) else { return }
        let applied = try db.savepoint {
            var plan = BatchPlan(shard: shard)
            // As of now: what came behind it meanwhile doesn't hold it.
            try plan.take(try Change(entry), at: logID, find: BatchPlan.Find(in: db))
            try plan.write(to: db)
            return true
        }
        if applied != nil { return try remove(number) }
        var quarantine = try Quarantine(db)
        try quarantine.add(entry.subjects, entry.id, to: db)
    }

    private func forget(_ user: UserID) throws {
        for table in ["user_sessions", "missions", "users", "idempotency_keys", "dead_letters"] {
            var statement = try SQLStatement(db, "DELETE FROM \(table) WHERE user_id = ?")
            try statement.bind(user.text)
            try statement.run()
        }
    }
}
