import SessionModel

@testable import DurableTier
@testable import SessionCore

/// SQLite's part in memory: the real ``BatchPlan`` over rows that are values, and around it what `BatchWriter`,
/// `HotCopyWriter`, `Quarantine` and `KeyRecord` do in SQL. That both come to the same is a test of its own.
final class RowsEngine: DurableEngine {
    private struct Row {
        var number: Int64
        var session: UserSession
        var messages: [[UInt8]]
    }

    private struct KeyID: Hashable {
        var user: String
        var hash: String
    }

    private struct State: DurableSnapshot {
        var rows: [SessionID: Row] = [:]
        var nextNumber: Int64 = 1
        var cursor = LogID.zero
        var newestCopy = LogID.zero
        var term: Int64 = 0
        var mark: Int64 = 0
        var line: HotLine?
        var quarantine: [Subject] = []
        /// Those in quarantine for which nothing waits any more.
        var written: Set<Subject> = []
        /// Dead letters that nothing made up for: whose they are, if that can be told.
        var letters: [(logID: LogID, subjects: [Subject])] = []
        var keys: [KeyID: KeptOutcome] = [:]
    }

    private var state = State()
    /// Terms that began, whatever was put back since.
    private var terms: Int64 = 0

    func takeOver() throws(DurableError) -> DurableState {
        terms += 1
        state.term = terms
        return DurableState(
            term: Term(number: terms), cursor: state.cursor, newestCopy: state.newestCopy, activityMark: state.mark,
            line: state.line)
    }
    func demand(_ term: Term?) throws(DurableError) {
        guard let term, term.number != state.term else { return }
        throw .cursorMoved
    }
    func cursor() throws(DurableError) -> LogID { state.cursor }
    func line() throws(DurableError) -> HotLine? { state.line }
    func admit(_ line: HotLine) throws(DurableError) { state.line = line }

    // MARK: batches

    func apply(_ entries: [LogEntry], after cursor: LogID) throws(DurableError) -> AppliedBatch {
        var previous = cursor
        for entry in entries {
            guard entry.id > previous else { throw .failed("entry \(entry.id) is not behind \(previous)") }
            previous = entry.id
        }
        guard state.cursor == cursor else { throw .cursorMoved }
        state.cursor = entries.last?.id ?? cursor
        var plan = BatchPlan(shard: World.shard)
        let find = BatchPlan.Find(
            session: { [rows = state.rows] id in
                rows[id].map { SessionRow(number: $0.number, session: $0.session) }
            },
            mission: { _ in nil })
        var deadLetters = 0
        for entry in entries {
            let subjects = entry.subjects
            guard !subjects.contains(where: { state.quarantine.contains($0) && !state.written.contains($0) }) else {
                deadLetters += 1
                setAside(entry)
                continue
            }
            do {
                let change = try Change(entry)
                if case .session(let change) = change {
                    for message in change.messages where message.first != UInt8(ascii: "[") {
                        throw Rejection("not JSON")
                    }
                }
                try plan.take(change, at: entry.id, find: find)
            } catch {
                deadLetters += 1
                setAside(entry)
            }
        }
        write(plan)
        for case let (user, kept)? in entries.map(\.keptOutcome) {
            state.keys[KeyID(user: user, hash: kept.keyHash)] = kept
        }
        return AppliedBatch(
            cursor: state.cursor, sessions: plan.outcome, deadLetters: deadLetters,
            hasQuarantine: !state.quarantine.isEmpty)
    }

    private func setAside(_ entry: LogEntry) {
        state.letters.append((entry.id, entry.subjects))
        for subject in entry.subjects where !state.quarantine.contains(subject) { state.quarantine.append(subject) }
        state.written.subtract(entry.subjects)
    }

    private func write(_ plan: BatchPlan) {
        for number in plan.removals {
            for (id, row) in state.rows where row.number == number { state.rows[id] = nil }
        }
        for draft in plan.drafts {
            var row = Row(number: draft.number ?? state.nextNumber, session: draft.session, messages: [])
            if draft.number == nil {
                state.nextNumber += 1
            } else {
                row.messages = state.rows[draft.session.id]?.messages ?? []
            }
            row.messages += draft.messages
            state.rows[draft.session.id] = row
        }
    }

    // MARK: whole copies

    func rewrite(_ copies: [Subject: HotCopy?], at cursor: LogID, seen: LogID) throws(DurableError) -> Rewriting {
        guard state.cursor == cursor else { throw .cursorMoved }
        var outcome = Rewriting()
        for (subject, copy) in copies {
            switch copy {
            case .session(let session, let messages):
                outcome.lostMessages += put(session, messages)
                heal(subject, upTo: session.logID)
            case .deletedSession(let id, _, let logID):
                guard logID <= seen else { continue }
                state.rows[id] = nil
                heal(subject, upTo: logID)
            case .mission, .deletedMission: break
            case nil:
                state.quarantine.removeAll { $0 == subject }
                state.written.remove(subject)
            }
        }
        return outcome
    }

    private func heal(_ subject: Subject, upTo newest: LogID) {
        state.written.insert(subject)
        state.newestCopy = max(state.newestCopy, newest)
        state.letters.removeAll { $0.subjects.contains(subject) && $0.logID <= newest }
    }

    /// Returns how many messages were lost.
    private func put(_ session: UserSession, _ messages: [[UInt8]]) -> Int {
        let before = state.rows[session.id]
        if let before, (before.session.version, before.session.logID) > (session.version, session.logID) { return 0 }
        let known = before?.session.messageCount ?? 0
        let start = session.messageCount - Int64(messages.count) + 1
        var row = Row(
            number: before?.number ?? state.nextNumber, session: HotCopy.writable(session, over: before?.session),
            messages: before?.messages ?? [])
        row.session.abandonsAt = nil
        if before == nil { state.nextNumber += 1 }
        row.messages = Array(row.messages.prefix(Int(max(start - 1, 0))))
        let lost = max(start - known - 1, 0)
        for _ in 0..<lost { row.messages.append(lostMessage) }
        row.messages += messages
        state.rows[session.id] = row
        return Int(lost)
    }

    // MARK: the rest

    func record(_ activity: [SessionActivity]) throws(DurableError) -> RecordedActivity {
        state.mark += 1
        var missing: [SessionID] = []
        for one in activity {
            if let row = state.rows[one.session] {
                state.rows[one.session]?.session.lastActivityAt = max(row.session.lastActivityAt, one.lastActivityAt)
            } else {
                missing.append(one.session)
            }
        }
        return RecordedActivity(missing: missing, mark: state.mark)
    }

    func heads(of sessions: [SessionID]) throws(DurableError) -> [SessionID: SessionHead] {
        var heads: [SessionID: SessionHead] = [:]
        for id in sessions { heads[id] = state.rows[id].map { SessionHead(of: $0.session) } }
        return heads
    }

    func liveHeads(after: SessionID?, limit: Int) throws(DurableError) -> [SessionHead] {
        let live = state.rows.values.map(\.session).filter { session in
            guard session.status == .active || session.status == .abandoned else { return false }
            guard let after else { return true }
            return after < session.id
        }
        return live.sorted { $0.id < $1.id }.prefix(limit).map { SessionHead(of: $0) }
    }

    func deadLetters() throws(DurableError) -> Int { state.letters.count }
    func quarantined(limit: Int) throws(DurableError) -> [Subject] { Array(state.quarantine.prefix(limit)) }

    func outcome(of keyHash: String, user: UserID) throws(DurableError) -> KeptOutcome? {
        state.keys[KeyID(user: user.text, hash: keyHash)]
    }

    func session(_ id: SessionID, of user: UserID?, messages: Int) throws(DurableError) -> DurableSession? {
        guard let row = state.rows[id], user.map({ $0 == row.session.userID }) ?? true else { return nil }
        return DurableSession(session: row.session, messages: row.messages.suffix(messages))
    }

    func archivedSessions(unchangedSince time: Timestamp, limit: Int) throws(DurableError) -> [SessionID] {
        let old = state.rows.values.map(\.session).filter { $0.status == .archived && $0.updatedAt < time }
        return old.sorted { ($0.updatedAt, $0.id) < ($1.updatedAt, $1.id) }.prefix(limit).map(\.id)
    }

    func everything() throws(DurableError) -> [DurableSession] {
        state.rows.values.sorted { $0.session.id < $1.session.id }
            .map { DurableSession(session: $0.session, messages: $0.messages) }
    }

    func snapshot() throws(DurableError) -> any DurableSnapshot { state }
    func restore(_ snapshot: any DurableSnapshot) throws(DurableError) {
        guard let state = snapshot as? State else { throw .failed("another engine's backup") }
        self.state = state
    }
}

/// What stands in for a message that neither tier has.
let lostMessage = Array("lost".utf8)
