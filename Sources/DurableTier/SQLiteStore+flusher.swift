import GRDB
import SessionCore
import SessionModel

extension SQLiteStore {
    public func cursor(of shard: Shard) async throws(DurableError) -> LogID {
        try await file(of: shard).read { db, _ in try Self.cursor(db) }
    }

    static func cursor(_ db: Database) throws -> LogID {
        let statement = try SQLStatement(db, "SELECT log_id FROM flush_cursor")
        guard try statement.step(), let cursor = LogID(statement.text(0)) else {
            throw DurableError.failed("the cursor can't be understood")
        }
        return cursor
    }

    public func takeOver(_ shard: Shard) async throws(DurableError) -> DurableState {
        try await file(of: shard).write { db in
            // Never one again that a backup put back.
            try db.run("UPDATE flush_cursor SET term = random()")
            let row = try SQLStatement(
                db, "SELECT term, log_id, newest_copy, activity, admission, admitted_at FROM flush_cursor")
            guard try row.step(), let cursor = LogID(row.text(1)), let newestCopy = LogID(row.text(2)) else {
                throw DurableError.failed("the cursor can't be understood")
            }
            return DurableState(
                term: Term(number: row.integer(0)), cursor: cursor, newestCopy: newestCopy,
                activityMark: row.integer(3), line: Self.line(row.text(4), since: row.text(5)))
        }
    }

    /// Throws where another term began since.
    static func demand(_ term: Term?, _ db: Database) throws {
        guard let term else { return }
        let row = try SQLStatement(db, "SELECT term FROM flush_cursor")
        guard try row.step(), row.integer(0) == term.number else { throw DurableError.cursorMoved }
    }

    public func apply(
        _ entries: [LogEntry], after cursor: LogID, term: Term? = nil, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch {
        var previous = cursor
        for entry in entries {
            guard entry.id > previous else { throw .failed("entry \(entry.id) is not behind \(previous)") }
            previous = entry.id
        }
        return try await file(of: shard).write { db in
            try Self.demand(term, db)
            let batch = try BatchWriter(db: db, shard: shard).apply(entries, after: cursor)
            FailPoint.reached(.inTransaction)
            return batch
        }
    }

    public func record(
        _ activity: [SessionActivity], term: Term? = nil, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity {
        try await file(of: shard).write { db in
            try Self.demand(term, db)
            try db.run("UPDATE flush_cursor SET activity = activity + 1")
            let mark = try SQLStatement(db, "SELECT activity FROM flush_cursor")
            guard try mark.step() else { throw DurableError.failed("there is no cursor") }
            var raise = try SQLStatement(
                db,
                """
                UPDATE user_sessions SET last_activity_at = max(last_activity_at, ?) WHERE id = ?
                """)
            var missing: [SessionID] = []
            for mark in activity {
                try raise.bind(mark.lastActivityAt)
                try raise.bind(mark.session)
                try raise.run()
                if db.changesCount == 0 { missing.append(mark.session) }
            }
            return RecordedActivity(missing: missing, mark: mark.integer(0))
        }
    }

    public func checkpoint(_ shard: Shard) async throws(DurableError) {
        let logPath = configuration.path(of: shard) + "-wal"
        try await file(of: shard).withWriter { [limits = configuration.limits] db in
            try Checkpoint.run(db, logPath: logPath, limits)
        }
    }
}
