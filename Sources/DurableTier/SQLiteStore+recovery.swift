import GRDB
import SessionCore
import SessionModel

extension SQLiteStore {
    public func lose(
        after: LogID, until: LogID, term: Term? = nil, in shard: Shard
    ) async throws(DurableError) {
        try await file(of: shard).write { db in
            try Self.demand(term, db)
            var statement = try SQLStatement(db, "INSERT OR REPLACE INTO lost_ids VALUES (?, ?, ?, ?)")
            for id in [after, until] {
                try statement.bind(Int64(clamping: id.milliseconds))
                try statement.bind(Int64(clamping: id.sequence))
            }
            try statement.run()
        }
    }

    public func isLost(_ id: LogID, in shard: Shard) async throws(DurableError) -> Bool {
        try await file(of: shard).read { db, _ in
            // The first range that ends at the id or behind it.
            var statement = try SQLStatement(
                db,
                """
                SELECT (after_ms, after_seq) < (?, ?) FROM lost_ids WHERE (until_ms, until_seq) >= (?, ?)
                ORDER BY until_ms, until_seq LIMIT 1
                """)
            for _ in 0..<2 {
                try statement.bind(Int64(clamping: id.milliseconds))
                try statement.bind(Int64(clamping: id.sequence))
            }
            return try statement.step() && statement.integer(0) == 1
        }
    }

    public func line(of shard: Shard) async throws(DurableError) -> HotLine? {
        try await file(of: shard).read { db, _ in
            let statement = try SQLStatement(
                db, "SELECT admission, admitted_at FROM flush_cursor")
            return try statement.step() ? Self.line(statement.text(0), since: statement.text(1)) : nil
        }
    }

    /// Nil before the first.
    static func line(_ admission: String, since text: String) -> HotLine? {
        guard !admission.isEmpty, let since = LogID(text) else { return nil }
        return HotLine(admission: admission, since: since)
    }

    public func admit(_ line: HotLine, term: Term? = nil, in shard: Shard) async throws(DurableError) {
        try await file(of: shard).write { db in
            try Self.demand(term, db)
            var statement = try SQLStatement(db, "UPDATE flush_cursor SET admission = ?, admitted_at = ?")
            try statement.bind(line.admission)
            try statement.bind(line.since.description)
            try statement.run()
        }
    }

    public func heads(
        of sessions: [SessionID], in shard: Shard
    ) async throws(DurableError) -> [SessionID: SessionHead] {
        try await file(of: shard).read { db, deadline in
            var heads: [SessionID: SessionHead] = [:]
            var statement = try SQLStatement(db, "SELECT \(Self.headColumns) FROM user_sessions WHERE id = ?")
            for id in sessions {
                try deadline.check()
                try statement.bind(id)
                if try statement.step() { heads[id] = Self.head(statement) ?? .damaged(id) }
                try statement.rewind()
            }
            return heads
        }
    }

    public func liveHeads(
        of shard: Shard, after: SessionID?, limit: Int
    ) async throws(DurableError) -> [SessionHead] {
        try await file(of: shard).read { db, _ in
            var statement = try SQLStatement(
                db,
                """
                SELECT \(Self.headColumns) FROM user_sessions
                WHERE status IN ('active', 'abandoned') AND id > ? ORDER BY id LIMIT ?
                """)
            try statement.bind(after?.description ?? "")
            try statement.bind(max(limit, 0))
            var heads: [SessionHead] = []
            while try statement.step() { if let head = Self.head(statement) { heads.append(head) } }
            return heads
        }
    }

    private static let headColumns = "id, user_id, version, log_id, status, last_activity_at"

    /// Nil where it can't be understood.
    private static func head(_ row: borrowing SQLStatement) -> SessionHead? {
        guard let id = row.identifier(0, of: SessionKind.self), let user = UserID(row.text(1)),
            let logID = LogID(row.text(3)), let status = SessionStatus(rawValue: row.text(4))
        else { return nil }
        return SessionHead(
            id: id, userID: user, version: row.integer(2), logID: logID, status: status, lastActivityAt: row.time(5))
    }

    public func heads(
        of missions: [MissionID], in shard: Shard
    ) async throws(DurableError) -> [MissionID: MissionHead] {
        try await file(of: shard).read { db, deadline in
            var heads: [MissionID: MissionHead] = [:]
            var statement = try SQLStatement(db, "SELECT user_id, version, log_id FROM missions WHERE id = ?")
            for id in missions {
                try deadline.check()
                try statement.bind(id)
                if try statement.step() {
                    if let user = UserID(statement.text(0)), let logID = LogID(statement.text(2)) {
                        heads[id] = MissionHead(id: id, userID: user, version: statement.integer(1), logID: logID)
                    } else {
                        heads[id] = nobody.map { MissionHead(id: id, userID: $0, version: 0, logID: .zero) }
                    }
                }
                try statement.rewind()
            }
            return heads
        }
    }

    public func deadLetters(of shard: Shard) async throws(DurableError) -> Int {
        try await file(of: shard).read { db, _ in
            let statement = try SQLStatement(db, "SELECT count(*) FROM dead_letters WHERE healed_at IS NULL")
            return try statement.step() ? Int(statement.integer(0)) : 0
        }
    }

    public func quarantined(of shard: Shard, limit: Int) async throws(DurableError) -> [Subject] {
        try await file(of: shard).read { db, _ in try Quarantine.all(in: db, limit: max(limit, 0)) }
    }

    public func rewrite(
        _ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID, seen: LogID, term: Term? = nil
    ) async throws(DurableError) -> Rewriting {
        try await file(of: shard).write { db in
            try Self.demand(term, db)
            guard try Self.cursor(db) == cursor else { throw DurableError.cursorMoved }
            var writer = HotCopyWriter(db: db, shard: shard, cursor: cursor, seen: seen)
            try writer.write(copies)
            return writer.outcome
        }
    }

    public func outcome(of keyHash: String, user: UserID) async throws(DurableError) -> KeptOutcome? {
        try await file(of: configuration.shards.shard(of: user)).read { db, _ in
            try KeyRecord.find(keyHash, of: user, in: db)
        }
    }

    public func forgetKeys(
        of shard: Shard, expiredBefore time: Timestamp, limit: Int
    ) async throws(DurableError) -> Int {
        try await file(of: shard).write { db in
            var statement = try SQLStatement(
                db,
                """
                DELETE FROM idempotency_keys WHERE expires_at < ?
                AND number IN (SELECT number FROM idempotency_keys ORDER BY number LIMIT ?)
                """)
            try statement.bind(time)
            try statement.bind(max(limit, 0))
            try statement.run()
            return db.changesCount
        }
    }
}

/// Whose a damaged row is.
private let nobody = UserID("?")

extension SessionHead {
    /// Older than any other.
    fileprivate static func damaged(_ id: SessionID) -> SessionHead? {
        nobody.map {
            SessionHead(
                id: id, userID: $0, version: 0, logID: .zero, status: .archived,
                lastActivityAt: Timestamp(milliseconds: 0))
        }
    }
}
