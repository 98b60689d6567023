import SessionModel
import Testing

@testable import SessionCore

/// One tier or the other lost something: what becomes of each copy.
@Suite(.timeLimit(.minutes(1))) struct ReconciliationTests {
    private let bench: FlusherBench
    private let user: UserID
    private let cursor = LogID(milliseconds: 50, sequence: 0)

    init() throws {
        bench = try FlusherBench()
        user = try #require(UserID("u"))
        bench.store.state.withLock { $0.cursor = LogID(milliseconds: 50, sequence: 0) }
    }

    private func session(_ number: UInt64, version: Int64, at log: UInt64, status: SessionStatus = .active)
        -> UserSession
    {
        var session = UserSession.fake(number, user: user, status: status)
        session.version = version
        session.logID = LogID(milliseconds: log, sequence: 0)
        return session
    }

    private func put(hot: [UserSession] = [], durable: [UserSession] = []) {
        bench.log.state.withLock { state in for session in hot { state.hot[session.id] = session } }
        bench.store.state.withLock { state in for session in durable { state.sessions[session.id] = session } }
    }

    private func prepare() async throws { _ = try await Takeover(flusher: bench.flusher()).prepare() }

    @Test func aServerThatLostNothingIsAdmittedWithoutAComparison() async throws {
        put(hot: [session(1, version: 3, at: 60)], durable: [session(1, version: 2, at: 40)])
        bench.log.state.withLock { ($0.isReconciled, $0.lastID) = (false, LogID(milliseconds: 60, sequence: 0)) }
        try await prepare()
        bench.log.state.withLock { log in
            #expect(log.dropped.isEmpty && log.restored.isEmpty && log.droppedNumbers == 0)
            #expect(log.admitted?.hasLostKeys == false)
            #expect(log.granted == LifecyclePolicy().sweepInterval, "an outage abandons nobody")
        }
    }

    @Test func whatALostSuffixLeftBehindIsDroppedAndLoadedAgain() async throws {
        let behind = session(1, version: 4, at: 30), same = session(2, version: 2, at: 20)
        let deleted = session(3, version: 9, at: 25), ended = session(4, version: 2, at: 21)
        put(
            hot: [behind, same, deleted, ended],
            durable: [
                session(1, version: 6, at: 45), same, session(4, version: 3, at: 46, status: .completed),
                session(5, version: 1, at: 47),
            ])
        bench.log.state.withLock { ($0.isReconciled, $0.lastID) = (false, LogID(milliseconds: 30, sequence: 0)) }
        try await prepare()
        bench.log.state.withLock { log in
            #expect(Set(log.dropped) == [.session(behind.id), .session(deleted.id), .session(ended.id)])
            #expect(Set(log.restored) == [behind.id, UserSession.fake(5, user: user).id])
            #expect(log.hot[behind.id]?.version == 6)
            #expect(log.admitted?.after == cursor, "the next id is lifted")
            #expect(log.admitted?.hasLostKeys == true)
            #expect(log.droppedNumbers == 1)
        }
        #expect(bench.store.state.withLock { $0.rewritten.isEmpty })
    }

    @Test func aDatabaseThatIsBehindIsBroughtUpFromTheHotTier() async throws {
        let newer = session(1, version: 6, at: 80), unknown = session(2, version: 1, at: 70)
        let old = session(3, version: 2, at: 20), returns = session(4, version: 2, at: 10)
        put(hot: [newer, unknown, old], durable: [session(1, version: 4, at: 30), old, returns])
        // The log was trimmed further than this SQLite has seen.
        bench.log.state.withLock { state in
            state.trimmedTo = LogID(milliseconds: 75, sequence: 0)
            state.lastID = LogID(milliseconds: 80, sequence: 0)
        }
        try await prepare()
        #expect(Set(bench.store.state.withLock { $0.rewritten.keys }) == [.session(newer.id), .session(unknown.id)])
        bench.log.state.withLock { log in
            #expect(log.dropped.isEmpty)
            #expect(log.restored == [returns.id])
            #expect(log.admitted?.cursor == cursor)
            #expect(log.admitted?.after == newer.logID, "no new entry may be taken for one that is written already")
            #expect(log.admitted?.hasLostKeys == false)
        }
    }

    @Test func whereTheLogAloneIsGoneWhatItHeldIsWrittenOut() async throws {
        let newer = session(1, version: 6, at: 80)
        put(hot: [newer], durable: [session(1, version: 4, at: 30)])
        bench.log.state.withLock { $0.exists = false }
        try await prepare()
        #expect(Array(bench.store.state.withLock { $0.rewritten.keys }) == [.session(newer.id)])
        #expect(bench.log.state.withLock { $0.admitted?.after } == newer.logID)
    }

    /// A copy that was written out of quarantine was newer than what the log had brought by then; and was lost with the
    /// end of the log, behind SQLite's cursor.
    @Test func whatOnlyAWholeCopyBroughtIsMissedInTheHotTier() async throws {
        let behind = session(1, version: 4, at: 30)
        put(hot: [behind], durable: [session(1, version: 6, at: 70)])
        bench.store.state.withLock { $0.newestCopy = LogID(milliseconds: 70, sequence: 0) }
        bench.log.state.withLock { log in
            log.isReconciled = false
            log.lastID = LogID(milliseconds: 69, sequence: 0)
        }
        try await prepare()
        #expect(bench.log.state.withLock { $0.hot[behind.id]?.version } == 6)
        bench.log.state.withLock { log in
            (log.isReconciled, log.lastID, log.admitted) = (false, LogID(milliseconds: 70, sequence: 0), nil)
            log.restored = []
        }
        try await prepare()
        #expect(bench.log.state.withLock { $0.restored.isEmpty }, "a log that got there has it")
    }

    @Test func activityThatOnlySQLiteKnowsIsRaised() async throws {
        var idle = session(1, version: 2, at: 20)
        idle.lastActivityAt = Timestamp(milliseconds: 1000)
        var seen = idle
        seen.lastActivityAt = Timestamp(milliseconds: 5000)
        var abandoned = session(2, version: 3, at: 60)
        abandoned.lastActivityAt = Timestamp(milliseconds: 1000)
        var seenToo = abandoned
        (seenToo.version, seenToo.logID) = (2, LogID(milliseconds: 20, sequence: 0))
        seenToo.lastActivityAt = Timestamp(milliseconds: 5000)
        abandoned.status = .abandoned
        // Came back, and the log is still to tell SQLite, where it is no session of those that are loaded again.
        var back = session(3, version: 3, at: 60)
        back.lastActivityAt = Timestamp(milliseconds: 1000)
        var ended = seenToo
        (ended.id, ended.status) = (back.id, .completed)
        put(hot: [idle, abandoned, back], durable: [seen, seenToo, ended])
        bench.store.state.withLock { $0.mark = 3 }
        bench.log.state.withLock { log in
            log.isReconciled = false
            log.activityMark = 2
            log.lastID = cursor
        }
        try await prepare()
        for id in [idle.id, abandoned.id, back.id] {
            #expect(bench.log.state.withLock { $0.hot[id]?.lastActivityAt.milliseconds } == 5000)
        }
        #expect(bench.log.state.withLock { $0.hot[abandoned.id]?.status } == .abandoned)
        #expect(bench.log.state.withLock { $0.dropped.isEmpty })
    }

    @Test func theFlusherNoticesAnotherRunAndReconcilesByItself() async throws {
        bench.store.state.withLock { $0.cursor = .zero }
        var run = bench.run()
        _ = await run.turn()
        _ = await run.turn()
        bench.log.state.withLock { log in
            log.isReconciled = false
            log.admitted = nil
        }
        for _ in 0..<3 { _ = await run.turn() }
        #expect(bench.log.state.withLock { $0.admitted } != nil)
        bench.log.append(5)
        await bench.flush(&run)
        #expect(bench.left == 0)
    }

    // MARK: quarantine

    @Test func whatIsInQuarantineIsWrittenOutFromItsHotCopy() async throws {
        let hot = session(1, version: 6, at: 80), refused = session(2, version: 3, at: 60)
        let gone = UserSession.fake(3, user: user)
        put(hot: [hot, refused])
        bench.log.state.withLock { $0.tombstones[gone.id] = (user, LogID(milliseconds: 40, sequence: 0)) }
        let subjects: [Subject] = [.session(hot.id), .session(refused.id), .session(gone.id)]
        bench.store.state.withLock { state in
            state.quarantined = subjects
            state.refused = [.session(refused.id)]
        }
        bench.log.state.withLock { $0.lastID = LogID(milliseconds: 90, sequence: 0) }
        var run = bench.run()
        for _ in 0..<3 { _ = await run.turn() }
        #expect(bench.store.state.withLock { $0.quarantined } == [.session(refused.id)])
        #expect(bench.readiness.report().first?.warning?.contains("1") == true)
        #expect(bench.readiness.isReady, "a warning is not an outage")
        // It stays a warning, and is not tried all the time.
        let before = bench.log.state.withLock { $0.settled.count }
        for _ in 0..<5 { _ = await run.turn() }
        #expect(bench.log.state.withLock { $0.settled.count } == before)
    }

    // MARK: the table

    /// Another was the hot tier since, from log id 35 on: what SQLite was told since then counts.
    @Test func ofAnotherLineSQLiteCounts() async throws {
        let parted = session(1, version: 9, at: 49), older = session(2, version: 4, at: 36)
        let same = session(3, version: 2, at: 20), unknown = session(4, version: 1, at: 44)
        put(
            hot: [parted, older, same, unknown],
            durable: [session(1, version: 5, at: 40), session(2, version: 3, at: 30), same])
        bench.store.state.withLock {
            $0.line = HotLine(admission: "other", since: LogID(milliseconds: 35, sequence: 0))
        }
        bench.log.state.withLock { state in
            state.line = ["another"]
            state.lastID = LogID(milliseconds: 70, sequence: 0)
        }
        try await prepare()
        #expect(Set(bench.store.state.withLock { $0.rewritten.keys }) == [.session(older.id)])
        bench.log.state.withLock { log in
            #expect(Set(log.dropped) == [.session(parted.id), .session(unknown.id)])
            #expect(log.hot[parted.id]?.version == 5)
            #expect(log.admitted?.after == LogID(milliseconds: 70, sequence: 0))
        }
        // Whoever waits for what the other was told is never told that it is durable.
        bench.store.state.withLock { store in
            #expect(store.lost.count == 1 && store.lost.first?.after == cursor)
            #expect(store.line?.since == LogID(milliseconds: 70, sequence: 0))
            #expect(
                store.line.map { bench.log.state.withLock { $0.line }.suffix(2) == ["other", $0.admission] } == true)
        }
        // From then on it is of the line.
        try await prepare()
        #expect(bench.store.state.withLock { $0.lost.count } == 1)
    }

    static let verdicts: [(hot: (Int64, UInt64), durable: (Int64, UInt64)?, isLogWhole: Bool, Standing.Verdict)] = [
        ((2, 20), (2, 20), true, .keep), ((2, 20), (2, 20), false, .keep),
        ((2, 20), (3, 30), true, .drop), ((2, 20), (3, 30), false, .drop),
        ((3, 60), (2, 20), true, .keep), ((3, 60), (2, 20), false, .rewrite),
        // Its change was set aside, or is another's: the log won't bring it.
        ((3, 30), (2, 20), true, .rewrite),
        // The same version came to be twice, on two servers: the later one counts.
        ((3, 40), (3, 30), true, .rewrite), ((3, 60), (3, 30), true, .keep), ((3, 30), (3, 40), true, .drop),
        // A whole hot tier would know if it had been deleted.
        ((1, 20), nil, true, .rewrite), ((1, 20), nil, false, .rewrite),
        ((1, 60), nil, true, .keep), ((1, 60), nil, false, .rewrite),
    ]

    @Test(arguments: verdicts.indices) func theTable(_ index: Int) {
        let (hot, durable, isLogWhole, verdict) = Self.verdicts[index]
        let log = LogState(
            exists: true, entries: 0, bytes: 0, memoryLimit: 0, dataset: nil, shards: nil, isReconciled: true,
            lastID: cursor, trimmedTo: isLogWhole ? cursor : .last, activityMark: 0)
        let standing = Standing(DurableState(term: Term(number: 1), cursor: cursor), log: log)
        let found = durable.map { SessionHead(session(1, version: $0.0, at: $0.1)) }
        #expect(standing.verdict(on: SessionHead(session(1, version: hot.0, at: hot.1)), found) == verdict)
    }

    @Test func whatTheLogWasTrimmedBeyondIsSeen() {
        let beyond = LogID(milliseconds: 75, sequence: 0), before = LogID(milliseconds: 20, sequence: 0)
        for (trimmedTo, line, seen) in [
            (beyond, "a", beyond), (before, "a", cursor), (LogID.last, "a", cursor), (beyond, "another", cursor),
        ] {
            var log = LogState(
                exists: true, entries: 0, bytes: 0, memoryLimit: 0, dataset: nil, shards: nil, isReconciled: true,
                lastID: beyond, trimmedTo: trimmedTo, activityMark: 0)
            log.line = ["a"]
            let durable = DurableState(
                term: Term(number: 1), cursor: cursor, line: HotLine(admission: line, since: before))
            #expect(Standing(durable, log: log).seen == seen)
        }
    }
}
