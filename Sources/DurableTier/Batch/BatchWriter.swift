import GRDB
import SessionCore
import SessionModel

/// Applies log entries inside a transaction that the caller has begun.
///
/// 1. The cursor moves, if it is where the caller believes it to be.
/// 2. The entries become one plan, and the plan is written. Entries that don't fit are set aside.
/// 3. If SQLite itself refuses a value of the plan, nobody can tell whose it was: everything since 1 is taken back, and
///    the entries are applied one by one, each under a savepoint, those that are refused set aside. Both ways leave the
///    same rows.
///
/// Errors that another try may heal are never a reason to set an entry aside: they are thrown, and the transaction
/// must be rolled back.
struct BatchWriter {
    let db: Database
    let shard: Shard

    func apply(_ entries: [LogEntry], after cursor: LogID) throws -> AppliedBatch {
        let last = entries.last?.id ?? cursor
        try moveCursor(from: cursor, to: last)
        var (sessions, deadLetters): Outcome = ([], 0)
        var hasOrders = false
        // What an operator orders counts for what came before it, and not for what comes after.
        for part in entries.split(around: \.order) {
            if let entry = part.first, let order = entry.order {
                hasOrders = true
                try Orders(db: db, shard: shard, logID: entry.id).carryOut(order)
            } else {
                let outcome = try db.savepoint { try write(Array(part)) } ?? writeOneByOne(Array(part))
                sessions = Self.latest(sessions + outcome.sessions)
                deadLetters += outcome.deadLetters
                try KeyRecord.insert(part, into: db)
            }
        }
        return AppliedBatch(
            cursor: last, sessions: sessions, deadLetters: deadLetters,
            hasQuarantine: try hasOrders || deadLetters > 0 && !Quarantine.all(in: db, limit: 1).isEmpty)
    }

    /// Each session once, as it was last, in the order of first mention.
    private static func latest(_ sessions: [AppliedBatch.Session]) -> [AppliedBatch.Session] {
        var places: [SessionID: Int] = [:]
        return sessions.reduce(into: []) { latest, session in
            if let place = places[session.id] { return latest[place] = session }
            places[session.id] = latest.count
            latest.append(session)
        }
    }

    private func moveCursor(from cursor: LogID, to last: LogID) throws {
        var statement = try SQLStatement(db, "UPDATE flush_cursor SET log_id = ? WHERE one = 1 AND log_id = ?")
        try statement.bind(last.description)
        try statement.bind(cursor.description)
        try statement.run()
        guard db.changesCount == 1 else { throw DurableError.cursorMoved }
    }

    private typealias Outcome = (sessions: [AppliedBatch.Session], deadLetters: Int)

    private func write(_ entries: [LogEntry]) throws -> Outcome {
        var plan = BatchPlan(shard: shard)
        let find = BatchPlan.Find(in: db)
        var quarantine = try Quarantine(db)
        var deadLetters: [DeadLetter] = []
        for entry in entries {
            let subjects = entry.subjects
            guard !quarantine.holds(subjects) else {
                deadLetters.append(DeadLetter(entry: entry, reason: "waits for an earlier one"))
                try quarantine.add(subjects, entry.id, to: db)
                continue
            }
            do {
                let change = try Change(entry)
                try check(change)
                try plan.take(change, at: entry.id, find: find)
            } catch  where error is ChangeError || error is Rejection {
                deadLetters.append(DeadLetter(entry: entry, reason: "\(error)"))
                try quarantine.add(subjects, entry.id, to: db)
            }
        }
        try plan.write(to: db)
        for letter in deadLetters { try letter.insert(into: db) }
        return (plan.outcome, deadLetters.count)
    }

    /// What can be told of an entry's values alone. It is told here and not by constraints, so that an entry is judged
    /// the same whether or not what it changes is gone again by the end of its batch.
    private func check(_ change: Change) throws(Rejection) {
        switch change {
        case .session(let change):
            for (index, message) in change.messages.enumerated() where !message.isJSON {
                throw Rejection("message \(change.firstSequence &+ Int64(index)) is not JSON")
            }
            if let mission = change.mission { try check(mission) }
        case .deletion, .resealing, .order: break
        case .mission(let mission): try check(mission)
        }
    }

    private func check(_ mission: MissionChange) throws(Rejection) {
        for case (.content(let id), let content) in mission.parts where !content.isEmpty && !content.isJSON {
            throw Rejection("the content of asset \(id) is not JSON")
        }
    }

    private func writeOneByOne(_ entries: [LogEntry]) throws -> Outcome {
        var sessions: [AppliedBatch.Session] = []
        var deadLetters = 0
        for entry in entries {
            var refusal = ""
            if let outcome = try db.savepoint({ try write([entry]) }, refused: { refusal = $0 }) {
                deadLetters += outcome.deadLetters
                sessions += outcome.sessions
            } else {
                try DeadLetter(entry: entry, reason: refusal).insert(into: db)
                var quarantine = try Quarantine(db)
                try quarantine.add(entry.subjects, entry.id, to: db)
                deadLetters += 1
            }
        }
        return (Self.latest(sessions), deadLetters)
    }
}

extension [UInt8] {
    var isJSON: Bool { (try? JSONTape(stored: self)) != nil }
}

extension LogEntry {
    /// Nil for an entry that is none, or can't be understood.
    fileprivate var order: Order? {
        guard ["retry", "drop", "forget", "rewrite"].contains(text("op")), case .order(let order) = try? Change(self)
        else {
            return nil
        }
        return order
    }
}

extension [LogEntry] {
    /// Cut so that each entry with a value there stands alone.
    fileprivate func split<Value>(around value: (LogEntry) -> Value?) -> [ArraySlice<LogEntry>] {
        var (parts, start): ([ArraySlice<LogEntry>], Int) = ([], 0)
        for index in indices where value(self[index]) != nil {
            if start < index { parts.append(self[start..<index]) }
            parts.append(self[index...index])
            start = index + 1
        }
        if start < endIndex { parts.append(self[start...]) }
        return parts
    }
}
