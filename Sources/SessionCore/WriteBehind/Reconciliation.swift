import Logging
import SessionModel

/// Makes the hot tier of a shard agree with SQLite, whichever of them lost something, and lets it take writes again.
///
///     fast: both are whole ──────────────────────────────────────────────────────────┐
///     slow: hot sessions and missions ── verdict ──▶ kept | dropped | written out whole │
///           SQLite's live sessions ──▶ put back where missing, activity raised ──────┴──▶ grace ──▶ admitted
///
/// While it goes on nothing is written: scripts compare the manifest's run id with that of the server they are sent to. It may
/// be broken off anywhere and begun anew.
struct Reconciliation {
    let flusher: Flusher
    let standing: Standing
    let dataset: String
    /// What ``standing`` was told from: this, and ``state``.
    let durable: DurableState
    let state: LogState
    /// What SQLite refuses even whole: the hot tier alone has it.
    let refused: Set<Subject>

    /// Sessions or missions looked at in one exchange.
    static let page = 500
    /// Whole sessions in one: each with a window of messages.
    static let handful = 50

    private var shard: Shard { flusher.shard }

    func run() async throws {
        let mark = try await flusher.copies.close(shard, owner: flusher.owner)
        // From here on a loss takes away the mark. One that came before, between the look and this, must be seen.
        let again = try await flusher.log.state(of: shard)
        guard again.run == state.run, again.exists == state.exists, again.lastID >= state.lastID,
            again.line == state.line
        else { throw TakeoverError("the hot tier has lost something while it was looked at") }
        let newest = standing.isAgreed ? .zero : try await compare(mark)
        try await flusher.copies.grant(flusher.lifecycle.sweepInterval, toDueOf: shard, mark: mark)
        try await keepLease()
        let last = max(standing.cursor, newest, state.lastID)
        let next = try await giveUp(behind: standing.partedAt == nil ? last : standing.cursor, upTo: last)
        let line = HotLine(admission: String(mark.split(separator: " ").last ?? ""), since: next)
        var admission = Admission(
            shard: shard, owner: flusher.owner, mark: mark, cursor: standing.cursor, after: next, dataset: dataset,
            activityMark: durable.activityMark, hasLostKeys: !standing.isHotWhole)
        admission.line = [durable.line?.admission, line.admission].compactMap { $0 }
        try await flusher.log.admit(admission)
        // Behind that: as long as SQLite doesn't know of it, it is for the hot tier as if it had been restored.
        try await flusher.durable.admit(line, term: durable.term, in: shard)
        SessionMetrics.reconciliations.increment()
        flusher.logger.notice(
            "the hot tier is reconciled", metadata: ["found": "\(standing.isAgreed ? "whole" : "incomplete")"])
    }

    /// What was written behind `known` went down with the last run of Redis, answered or not. From now on ids are later than
    /// any of those: and whoever waits for one of them to be in SQLite must not take a later one for it.
    ///
    /// - Parameter last: the newest id that is in either tier.
    /// - Returns: what the next id is to be beyond.
    private func giveUp(behind known: LogID, upTo last: LogID) async throws -> LogID {
        let time = LogID(milliseconds: UInt64(max(0, try await flusher.log.time(of: shard).milliseconds)), sequence: 0)
        let next = max(last, time)
        if known < next { try await flusher.durable.lose(after: known, until: next, term: durable.term, in: shard) }
        return next
    }

    /// - Returns: the newest change that was written out.
    private func compare(_ mark: String) async throws -> LogID {
        flusher.logger.notice(
            "the tiers don't agree: comparing them",
            metadata: ["hot_tier_whole": "\(standing.isHotWhole)", "log_whole": "\(standing.isLogWhole)"])
        var progress = ReconciliationProgress()
        try await lookThrough(
            &progress, subject: { .session($0.id) },
            page: { place in try await flusher.copies.sessions(of: shard, from: place) },
            judge: { page in
                let known = try await flusher.durable.heads(of: page.map(\.id), in: shard)
                try await raise(page, to: known, mark)
                return page.map { standing.verdict(on: $0, known[$0.id]) }
            }, drop: { try await flusher.copies.drop($0, of: shard, mark: mark) })
        try await lookThrough(
            &progress, subject: { .mission($0.id) },
            page: { place in try await flusher.copies.missions(of: shard, from: place) },
            judge: { page in
                let known = try await flusher.durable.heads(of: page.map(\.id), in: shard)
                return page.map { standing.verdict(on: $0, known[$0.id]) }
            }, drop: { try await flusher.copies.drop($0, of: shard, mark: mark) })
        try await lookThroughTombstones(&progress)
        if !standing.isHotWhole { try await flusher.copies.dropNumbers(of: shard, mark: mark) }
        try await putBack(&progress, mark)
        if progress.lostMessages > 0 {
            flusher.logger.error(
                "messages are in neither tier; a note stands in for each",
                metadata: ["count": "\(progress.lostMessages)"])
        }
        if progress.lostContents > 0 {
            flusher.logger.error(
                "contents of assets are in neither tier; these have none now",
                metadata: ["count": "\(progress.lostContents)"])
        }
        flusher.logger.notice("the tiers are compared", metadata: progress.metadata)
        return progress.newest
    }

    /// Looks through all hot copies of a kind, and does with each as it is judged.
    private func lookThrough<Head>(
        _ progress: inout ReconciliationProgress, subject: (Head) -> Subject,
        page: (ScanPlace?) async throws -> ([Head], ScanPlace?), judge: ([Head]) async throws -> [Standing.Verdict],
        drop: ([Head]) async throws -> Void
    ) async throws {
        var place: ScanPlace?
        repeat {
            let (heads, next) = try await page(place)
            var (dropped, rewritten): ([Head], [Subject]) = ([], [])
            for (head, verdict) in zip(heads, try await judge(heads)) where !refused.contains(subject(head)) {
                switch verdict {
                case .keep: break
                case .drop: dropped.append(head)
                case .rewrite: rewritten.append(subject(head))
                }
            }
            try await drop(dropped)
            try await rewrite(rewritten, &progress)
            progress.looked += heads.count
            progress.dropped += dropped.count
            try await report(progress)
            place = next
        } while place != nil
    }

    /// Whatever else of a session is newer, SQLite may know of later activity.
    private func raise(_ hot: [SessionHead], to known: [SessionID: SessionHead], _ mark: String) async throws {
        let raised = hot.compactMap { head -> SessionHead? in
            guard let known = known[head.id], head.lastActivityAt < known.lastActivityAt else { return nil }
            var head = head
            head.lastActivityAt = known.lastActivityAt
            return head
        }
        try await flusher.copies.raise(raised, of: shard, mark: mark)
    }

    /// What is deleted goes from SQLite as well, where its entry was seen or is gone; and its tombstone, after that.
    private func lookThroughTombstones(_ progress: inout ReconciliationProgress) async throws {
        var place: ScanPlace?
        repeat {
            let (subjects, next) = try await flusher.copies.tombstones(of: shard, from: place)
            try await rewrite(subjects, &progress)
            try await report(progress)
            place = next
        } while place != nil
    }

    private func rewrite(_ subjects: [Subject], _ progress: inout ReconciliationProgress) async throws {
        for start in stride(from: 0, to: subjects.count, by: Self.handful) {
            let part = subjects[start..<min(start + Self.handful, subjects.count)]
            let (outcome, newest, _) = try await flusher.rewrite(
                Array(part), at: standing.cursor, seen: standing.seen, durable.term)
            progress.newest = max(progress.newest, newest)
            progress.rewritten += part.count - outcome.refused.count
            progress.lostMessages += outcome.lostMessages
            progress.lostContents += outcome.lostContents
        }
    }

    /// Every active session is loaded again, with its remaining time to live, and every abandoned one is put where archiving
    /// finds it.
    private func putBack(_ progress: inout ReconciliationProgress, _ mark: String) async throws {
        var after: SessionID?
        repeat {
            let page = try await flusher.durable.liveHeads(of: shard, after: after, limit: Self.page)
            let hot = try await flusher.copies.heads(of: page.map(\.id), in: shard)
            let missing = page.filter { hot[$0.id] == nil }.map(\.id)
            for start in stride(from: 0, to: missing.count, by: Self.handful) {
                try await load(Array(missing[start..<min(start + Self.handful, missing.count)]), mark)
            }
            progress.loaded += missing.count
            try await report(progress)
            after = page.last?.id
        } while after != nil
    }

    private func load(_ ids: [SessionID], _ mark: String) async throws {
        let readAt = try await flusher.log.time(of: shard)
        try await flusher.copies.restore(
            read(ids), of: shard, mark: mark, readAt: readAt, grace: flusher.lifecycle.sweepInterval)
    }

    private func read(_ ids: [SessionID]) async throws -> [DurableSession] {
        do {
            return try await flusher.durable.sessions(ids, in: shard, messages: flusher.lifecycle.hotWindow)
        } catch {
            guard case .failed(let reason) = error else { throw error }
            if ids.count == 1 {
                // It is in SQLite, and can't be read from there for now: that is nobody else's matter.
                flusher.logger.error(
                    "a session can't be loaded again", metadata: ["session": "\(ids[0])", "reason": "\(reason)"])
                return []
            }
        }
        var sessions: [DurableSession] = []
        for id in ids { sessions += try await read([id]) }
        return sessions
    }

    private func report(_ progress: ReconciliationProgress) async throws {
        flusher.readiness.set(Flusher.dependency(shard), isReady: false, "reconciling the hot tier; \(progress)")
        try await keepLease()
    }

    private func keepLease() async throws {
        guard try await flusher.log.lease(shard, owner: flusher.owner, milliseconds: flusher.policy.lease) else {
            throw TakeoverError("another flusher took over while reconciling")
        }
    }
}

struct ReconciliationProgress: CustomStringConvertible {
    var looked = 0
    var dropped = 0
    var rewritten = 0
    var loaded = 0
    var lostMessages = 0
    var lostContents = 0
    /// The newest change that was written out.
    var newest = LogID.zero

    var description: String {
        "\(looked) hot copies compared, \(dropped) dropped, \(rewritten) written out, \(loaded) sessions loaded"
    }

    var metadata: Logger.Metadata {
        [
            "compared": "\(looked)", "dropped": "\(dropped)", "written_out": "\(rewritten)", "loaded": "\(loaded)",
        ]
    }
}
