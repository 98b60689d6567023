import Logging
import SessionModel

/// The flusher's memory from one turn to the next.
struct FlusherRun {
    private enum State {
        /// Another process flushes this shard, or nobody yet.
        case standby
        /// This process does, from this cursor on, for this term.
        case leading(LogID, Term)
    }

    let flusher: Flusher
    private var state = State.standby
    private var backoff = Backoff()
    private var generator = SystemRandomNumberGenerator()
    private let now: () -> ContinuousClock.Instant
    private var leaseRenewed: ContinuousClock.Instant
    private var activityFlushed: ContinuousClock.Instant
    private var measured: ContinuousClock.Instant?
    /// The longest that an entry waited until it was settled, of those since the log was measured last, in milliseconds.
    private(set) var longestLag: Int64 = 0
    private var size = BatchSize()
    /// When quarantine is looked at next: another flusher, thought dead, may have put something there since.
    private var healing: ContinuousClock.Instant
    /// What went wrong last, and how often in a row.
    private var complaint = (text: "", times: 0)

    init(flusher: Flusher, now: @escaping () -> ContinuousClock.Instant = { .now }) {
        self.flusher = flusher
        self.now = now
        (leaseRenewed, activityFlushed, healing) = (now(), now(), now())
    }

    /// Does what there is to do.
    /// - Returns: milliseconds to wait before the next turn; 0 when there is more.
    mutating func turn() async -> Int64 {
        do {
            let pause = try await lead()
            backoff.reset()
            complaint = ("", 0)
            return pause
        } catch { return failed(error) }
    }

    private mutating func lead() async throws -> Int64 {
        switch state {
        case .standby:
            guard flusher.leads else { return try await follow() }
            guard try await flusher.log.lease(flusher.shard, owner: flusher.owner, milliseconds: flusher.policy.lease)
            else { return try await supersede() ? 0 : follow() }
            leaseRenewed = now()
            healing = now()
            let (cursor, term) = try await takeOver()
            state = .leading(cursor, term)
            try await measure()
            return 0
        case .leading(let cursor, let term):
            if leaseRenewed.duration(to: now()) > .milliseconds(flusher.policy.lease / 3) {
                guard
                    try await flusher.log.lease(
                        flusher.shard, owner: flusher.owner, milliseconds: flusher.policy.lease)
                else {
                    flusher.logger.warning("another flusher took over")
                    state = .standby
                    return 0
                }
                leaseRenewed = now()
            }
            if measured.map({ $0.duration(to: now()) > .seconds(1) }) ?? true { try await measure() }
            try await heal(at: cursor, term)
            let isWhole = try await flush(from: cursor, term)
            if activityFlushed.duration(to: now()) > .milliseconds(flusher.policy.activityFlush) {
                try await recordActivity(term)
            }
            return isWhole ? flusher.policy.linger : 0
        }
    }

    /// Ends the lease of a process that was killed: true if there was one.
    private func supersede() async throws -> Bool {
        guard let holder = try await flusher.log.leaseHolder(of: flusher.shard), flusher.isGone(holder) else {
            return false
        }
        try await flusher.log.release(flusher.shard, owner: holder)
        flusher.logger.notice("the last flusher is gone", metadata: ["was": "\(holder)"])
        return true
    }

    private func takeOver() async throws -> (cursor: LogID, term: Term) {
        do { return try await Takeover(flusher: flusher).prepare() } catch {
            // Somebody else may be able to.
            await giveBack()
            throw error
        }
    }

    /// Gives back the lease, if this process has it.
    func giveBack() async {
        do { try await flusher.log.release(flusher.shard, owner: flusher.owner) } catch {
            flusher.logger.warning("the lease was not given back; it ends by itself", metadata: ["reason": "\(error)"])
        }
    }

    /// Another process has the lease: only what its writers must know is looked at.
    private mutating func follow() async throws -> Int64 {
        let cursor = try await flusher.durable.cursor(of: flusher.shard)
        flusher.durability.committed(cursor, in: flusher.shard)
        let logState = try await flusher.log.state(of: flusher.shard)
        flusher.look(at: logState)
        flusher.readiness.set(
            Flusher.dependency(flusher.shard), isReady: logState.isReconciled,
            logState.isReconciled ? "another process flushes" : "the hot tier is being reconciled")
        if !flusher.leads {
            let isLed = try await flusher.log.leaseHolder(of: flusher.shard).map { !flusher.isGone($0) } ?? false
            flusher.readiness.warn(
                Flusher.dependency(flusher.shard),
                isLed ? nil : "no process flushes this shard: start one with --role flush")
        }
        return flusher.durability.isAwaited(flusher.shard)
            ? flusher.policy.linger : min(1000, max(1, flusher.policy.lease / 10))
    }

    /// Idempotency keys forgotten in one transaction, and transactions at a time.
    private static let forgotten = (limit: 1000, times: 50)

    private func forgetKeys() async throws {
        let now = try await flusher.log.time(of: flusher.shard)
        for _ in 0..<Self.forgotten.times {
            let count = try await flusher.durable.forgetKeys(
                of: flusher.shard, expiredBefore: now, limit: Self.forgotten.limit)
            guard count == Self.forgotten.limit else { return }
        }
    }

    /// Between two looks: how long what SQLite refuses even whole is left alone.
    private static let patience: Duration = .seconds(30)

    private mutating func heal(at cursor: LogID, _ term: Term) async throws {
        guard healing <= now() else { return }
        let refused = try await flusher.heal(at: cursor, term)
        let waiting = try await flusher.durable.deadLetters(of: flusher.shard)
        SessionMetrics.quarantined.record(refused)
        SessionMetrics.deadLettersWaiting.record(waiting)
        healing = now() + Self.patience
        flusher.readiness.warn(
            Flusher.dependency(flusher.shard),
            waiting > 0 ? "\(waiting) log entries are set aside: see `sessionctl dead-letters list`" : nil)
    }

    /// Applies a batch. Returns whether there was no more than that.
    private mutating func flush(from cursor: LogID, _ term: Term) async throws -> Bool {
        let limit = size.limit(of: flusher.policy.batch)
        // A read that fails is taken for one that was too large, until one succeeds.
        size.failed(at: limit)
        let entries = try await flusher.log.entries(of: flusher.shard, after: cursor, limit: limit)
        size.succeeded(with: entries)
        guard let last = entries.last else { return true }
        FailPoint.reached(.afterRead)
        var batch = try await flusher.durable.apply(entries, after: cursor, term: term, in: flusher.shard)
        batch.after = cursor
        FailPoint.reached(.afterCommit)
        // Where settling fails, taking over anew makes up for it before anything else is flushed.
        state = .standby
        flusher.durability.committed(batch.cursor, in: flusher.shard)
        if let time = try await flusher.settle(batch, entries), let first = entries.first {
            longestLag = max(longestLag, first.id.age(at: time))
        }
        FailPoint.reached(.afterTrim)
        state = .leading(batch.cursor, term)

        SessionMetrics.flushedEntries.increment(by: entries.count)
        SessionMetrics.flushedBatches.increment()
        if batch.hasQuarantine { healing = now() }
        if batch.deadLetters > 0 {
            SessionMetrics.deadLetters.increment(by: batch.deadLetters)
            flusher.logger.error(
                "log entries could not be applied and were set aside in dead_letters",
                metadata: ["count": "\(batch.deadLetters)", "up_to": "\(last.id)"])
        }
        return entries.count < limit
    }

    /// Writes the newest activity of the sessions that were seen. Those that SQLite doesn't have yet are left for the next
    /// time: their creation is still on its way.
    private mutating func recordActivity(_ term: Term) async throws {
        activityFlushed = now()
        try await forgetKeys()
        var left = 0
        while true {
            let touched = try await flusher.log.touched(flusher.shard, offset: left, limit: flusher.policy.batch)
            guard !touched.isEmpty else { return }
            let recorded = try await flusher.durable.record(touched, term: term, in: flusher.shard)
            let missing = Set(recorded.missing)
            let written = touched.filter { !missing.contains($0.session) }
            try await flusher.log.recorded(written, mark: recorded.mark, in: flusher.shard)
            SessionMetrics.activityRecords.increment(by: written.count)
            left += missing.count
            guard touched.count == flusher.policy.batch else { return }
        }
    }

    private mutating func measure() async throws {
        measured = now()
        var logState = try await flusher.log.state(of: flusher.shard)
        (logState.lag, longestLag) = (max(logState.lag, longestLag), 0)
        // Entries that somebody took away are made up for by taking over anew.
        guard logState.exists, logState.isReconciled, logState.trimmedTo != .last else { throw HotError.unreconciled }
        flusher.look(at: logState)
        try await flusher.durable.checkpoint(flusher.shard)
        flusher.readiness.set(
            Flusher.dependency(flusher.shard), isReady: true, "flushes; \(logState.entries) entries wait")
    }

    private mutating func failed(_ error: any Error) -> Int64 {
        SessionMetrics.flushFailures.increment()
        if case .unreconciled = error as? HotError {
            flusher.logger.notice("the hot tier is not the one that was flushed")
            state = .standby
            return 0
        }
        if let error = error as? DurableError, error == .cursorMoved {
            flusher.logger.warning("the cursor was moved by another flusher")
            state = .standby
        }
        complaint = ("\(error)", complaint.text == "\(error)" ? complaint.times + 1 : 1)
        // The first one is not worth a word: while the service starts, nothing is connected yet.
        if complaint.times == 2 {
            flusher.logger.error("the log can't be flushed; trying again", metadata: ["reason": "\(error)"])
        }
        flusher.readiness.set(Flusher.dependency(flusher.shard), isReady: false, "can't flush; trying again")
        return backoff.next(using: &generator)
    }
}

extension Flusher {
    /// Shows the log's size, and closes the gate where it is over its share of the memory.
    func look(at state: LogState) {
        SessionMetrics.logLength.record(state.entries)
        SessionMetrics.logBytes.record(state.bytes)
        SessionMetrics.flushLag.record(state.lag)
        let isOver =
            state.memoryLimit > 0
            && Double(state.bytes) > policy.maxBacklogShare / Double(shards.value) * Double(state.memoryLimit)
        if isOver != gate.isClosed(shard) {
            logger.warning(
                isOver ? "the log is over its share of the memory: writes are refused" : "writes are taken again",
                metadata: ["bytes": "\(state.bytes)"])
        }
        gate.set(shard, closed: isOver)
    }
}

extension LogEntry {
    var byteCount: Int { fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.count } }
}

extension [LogEntry] {
    /// The missions that the entries changed, or linked, or unlinked, with their owners.
    var missions: [MissionID: UserID] {
        var found: [MissionID: UserID] = [:]
        for entry in self {
            var (ids, user): ([MissionID], UserID?) = ([], nil)
            for field in entry.fields {
                switch field.name {
                case "mid", "mission_id", "unlinked":
                    if let id = MissionID(field.value) { ids.append(id) }
                case "user_id": user = UserID(String(decoding: field.value, as: UTF8.self))
                default: break
                }
            }
            for id in ids { found[id] = user }
        }
        return found
    }
}

extension Flusher {
    /// The hot tier's clock then, as ``WriteBehindLog/settle(_:missions:in:)`` has it.
    @discardableResult
    func settle(_ batch: AppliedBatch, _ entries: [LogEntry]) async throws -> Timestamp? {
        let missions = batch.missions(of: entries)
        let heads = missions.isEmpty ? [:] : try await durable.heads(of: Array(missions.keys), in: shard)
        var committed: [MissionID: CommittedMission] = [:]
        for (id, user) in missions { committed[id] = CommittedMission(userID: user, version: heads[id]?.version) }
        return try await log.settle(batch, missions: committed, in: shard)
    }
}

extension AppliedBatch {
    /// The missions whose place in the hot tier the batch may have changed: those of the entries, and those of sessions
    /// that came back or ended.
    func missions(of entries: [LogEntry]) -> [MissionID: UserID] {
        var missions = entries.missions
        for session in sessions { if let mission = session.missionID { missions[mission] = session.userID } }
        return missions
    }
}
