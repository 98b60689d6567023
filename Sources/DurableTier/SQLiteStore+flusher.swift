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

    public func apply(
        _ entries: [LogEntry], after cursor: LogID, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch {
        var previous = cursor
        for entry in entries {
            guard entry.id > previous else { throw .failed("entry \(entry.id) is not behind \(previous)") }
            previous = entry.id
        }
        return try await file(of: shard).write { db in
            let batch = try BatchWriter(db: db, shard: shard).apply(entries, after: cursor)
            FailPoint.reached(.inTransaction)
            return batch
        }
    }

    public func record(
        _ activity: [SessionActivity], of admission: String?, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity {
        try await file(of: shard).write { db in
            let mark = try SQLStatement(db, "SELECT activity + 1, admission FROM flush_cursor")
            guard try mark.step() else { throw DurableError.failed("there is no cursor") }
            guard mark.text(1) == admission ?? "" else { throw DurableError.cursorMoved }
            try db.run("UPDATE flush_cursor SET activity = ?", mark.integer(0))
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
