import GRDB
import SessionCore
import SessionModel

/// Writes hot copies out whole, inside a transaction that the caller has begun.
struct HotCopyWriter {
    let db: Database
    let shard: Shard
    let cursor: LogID
    /// Up to where the log brings nothing any more.
    let seen: LogID
    private(set) var outcome = Rewriting()

    init(db: Database, shard: Shard, cursor: LogID, seen: LogID) {
        self.db = db
        self.shard = shard
        self.cursor = cursor
        self.seen = seen
    }

    mutating func write(_ copies: [Subject: HotCopy?]) throws {
        var newest = LogID.zero
        for (subject, copy) in copies {
            let before = outcome
            let written = try db.savepoint {
                guard let copy else {
                    try Quarantine.end(subject, in: db)
                    return LogID.zero
                }
                if copy.waits(seen: seen) { return .zero }
                try write(copy)
                try Quarantine.written(subject, in: db)
                try heal(subject, upTo: copy.newest)
                return copy.newest
            }
            if let written {
                newest = max(newest, written)
            } else {
                outcome = before
                outcome.refused.append(subject)
            }
        }
        try reach(newest)
    }

    /// A copy may be newer than the cursor, by what the log is still to bring.
    private func reach(_ newest: LogID) throws {
        guard newest > cursor else { return }
        let before = try SQLStatement(db, "SELECT newest_copy FROM flush_cursor")
        if try before.step(), let known = LogID(before.text(0)), known >= newest { return }
        var statement = try SQLStatement(db, "UPDATE flush_cursor SET newest_copy = ?")
        try statement.bind(newest.description)
        try statement.run()
    }

    private mutating func write(_ copy: HotCopy) throws {
        switch copy {
        case .session(let session, let messages): try write(session, messages)
        case .mission(let mission): try write(mission)
        case .deletedSession(let id, _, _): try db.run("DELETE FROM user_sessions WHERE id = ?", id)
        case .deletedMission(let id, _, _): try db.run("DELETE FROM missions WHERE id = ?", id)
        }
    }

    // MARK: sessions

    private mutating func write(_ session: UserSession, _ messages: [[UInt8]]) throws {
        guard session.id.shard == shard else { throw Rejection("the session belongs to another shard") }
        for message in messages where !message.isJSON { throw Rejection("a message is not JSON") }
        let before = try Before.find(session.id, in: db)
        if let row = before?.session, (row.version, row.logID) > (session.version, session.logID) { return }
        let number = try put(HotCopy.writable(session, over: before?.session), before?.number)
        let known = before?.messages ?? 0
        let start = session.messageCount - Int64(messages.count) + 1
        var delete = try SQLStatement(
            db, "DELETE FROM chat_message_documents WHERE session = ? AND sequence_order >= ?")
        try delete.bind(number)
        try delete.bind(start)
        try delete.run()
        let lost = known + 1 < start ? (known + 1..<start).map { Self.note(session, $0) } : []
        outcome.lostMessages += lost.count
        try BatchPlan.insert(lost + messages, upTo: session.messageCount, number, db)
        if let highest = SessionName.number(in: session.name) { try BatchPlan.raise(highest, of: session.userID, db) }
    }

    /// What SQLite has of a session. A row that can't be understood is written over as a whole.
    private struct Before {
        var number: Int64
        var messages: Int64
        /// Nil where it can't be understood.
        var session: UserSession?

        static func find(_ id: SessionID, in db: Database) throws -> Before? {
            do {
                return try SessionRow.find(id, in: db).map {
                    Before(number: $0.number, messages: $0.session.messageCount, session: $0.session)
                }
            } catch is DurableError {
                var statement = try SQLStatement(
                    db,
                    """
                    SELECT s.number, max(m.sequence_order) FROM user_sessions s
                    LEFT JOIN chat_message_documents m ON m.session = s.number WHERE s.id = ? GROUP BY s.number
                    """)
                try statement.bind(id)
                guard try statement.step() else { return nil }
                return Before(number: statement.integer(0), messages: statement.isNull(1) ? 0 : statement.integer(1))
            }
        }
    }

    private func put(_ session: UserSession, _ number: Int64?) throws -> Int64 {
        guard let number else { return try BatchPlan.insert(session, db) }
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

    /// Stands in for a message that neither tier has: the chat stays without gaps, and whoever reads it is told.
    private static func note(_ session: UserSession, _ sequence: Int64) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return MessageJSON.document(
            id: .random(in: session.id.shard, at: session.createdAt, using: &random), chat: session.id.chat,
            sequence: sequence, at: session.createdAt, role: .system,
            content: "This message was lost when the service recovered from an older copy of its data.",
            metadata: Array(#"{"lost":true}"#.utf8))
    }

    // MARK: missions

    private mutating func write(_ mission: DurableMission) throws {
        let tree = mission.tree
        guard tree.id.shard == shard else { throw Rejection("the mission belongs to another shard") }
        let before = try MissionDraft.find(tree.id, in: db)
        if let before, before.version > tree.version { return }
        let waiting = try waitingContents(of: tree, after: before?.logID ?? .zero)
        var contents: [AssetID: [UInt8]] = [:]
        for (asset, content) in mission.contents {
            switch content {
            case .none: break
            case .here(let json): contents[asset] = json
            case .cold:
                contents[asset] = try waiting[asset] ?? stored(asset)
                if contents[asset] == nil { outcome.lostContents += 1 }
            }
        }
        for content in contents.values where !content.isJSON { throw Rejection("a content is not JSON") }
        let draft = try MissionDraft(whole: tree, contents: contents)
        try db.run("DELETE FROM missions WHERE id = ?", tree.id)
        try draft.write(to: db)
    }

    private func stored(_ asset: AssetID) throws -> [UInt8]? {
        var statement = try SQLStatement(db, "SELECT content FROM asset_contents WHERE asset_id = ?")
        try statement.bind(asset)
        return try statement.step() ? statement.bytes(0) : nil
    }

    /// Those that entries brought which wait, as the newest has them: what SQLite has is older. Not of entries that the row
    /// is ahead of, nor of those that the copy is behind.
    private func waitingContents(of tree: MissionTree, after row: LogID) throws -> [AssetID: [UInt8]] {
        var statement = try SQLStatement(
            db, "SELECT log_id, entry FROM dead_letters WHERE mission_id = ? AND healed_at IS NULL ORDER BY number")
        try statement.bind(tree.id)
        var contents: [AssetID: [UInt8]] = [:]
        while try statement.step() {
            guard let logID = LogID(statement.text(0)), logID > row, logID <= tree.logID else { continue }
            for field in try DeadLetter.fields(statement.bytes(1)) ?? [] {
                if case .content(let asset)? = MissionPart(field.name) { contents[asset] = field.value }
            }
        }
        return contents
    }

    // MARK: dead letters

    /// What is written whole holds what waited for it and is not newer, where nothing else it is about waits still.
    private func heal(_ subject: Subject, upTo newest: LogID) throws {
        let isSession = if case .session = subject { true } else { false }
        var waiting = try SQLStatement(
            db,
            """
            SELECT number, log_id FROM dead_letters
            WHERE \(isSession ? "session_id" : "mission_id") = ? AND healed_at IS NULL
            AND coalesce(session_id, '') NOT IN (SELECT subject FROM quarantine WHERE NOT is_written)
            AND coalesce(mission_id, '') NOT IN (SELECT subject FROM quarantine WHERE NOT is_written)
            """)
        try waiting.bind(subject.text)
        var healed: [Int64] = []
        while try waiting.step() {
            if let logID = LogID(waiting.text(1)), logID <= newest { healed.append(waiting.integer(0)) }
        }
        var mark = try SQLStatement(
            db,
            """
            UPDATE dead_letters SET healed_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) WHERE number = ?
            """)
        for number in healed {
            try mark.bind(number)
            try mark.run()
        }
    }
}
