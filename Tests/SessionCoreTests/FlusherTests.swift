import ServiceLifecycle
import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

/// Turns are taken by hand: no clock, and the pauses are only looked at.
@Suite(.timeLimit(.minutes(1))) struct FlusherTests {
    @Test func everyEntryIsAppliedOnceInOrderAndInBatches() async throws {
        var bench = try FlusherBench()
        bench.policy.batch = 10
        bench.log.append(95)
        var run = bench.run()
        await bench.flush(&run)
        #expect(bench.applied == Array(1...95))
        #expect(bench.store.state.withLock { $0.commits } == 10)
        #expect(bench.left == 0)
        #expect(bench.durability.waiting == 0)
        #expect(
            try await bench.durability.status(
                of: WriteID(shard: Shard(number: 0), log: LogID(milliseconds: 1, sequence: 95))
            ).isDurable)
        #expect(await run.turn() == bench.policy.linger, "nothing to do")
    }

    @Test func theLongestWaitOfABatchIsRemembered() async throws {
        let bench = try FlusherBench()
        var run = bench.run()
        _ = await run.turn()
        for time in [251, 101] as [Int64] {
            bench.log.state.withLock { $0.time = time }
            bench.log.append(3)
            await bench.flush(&run)
        }
        #expect(run.longestLag == 250)
    }

    @Test(arguments: ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_NOMEM"])
    func aTransientErrorLosesNothingAndRepeatsNothing(_ code: String) async throws {
        let bench = try FlusherBench()
        bench.log.append(5)
        var run = bench.run()
        _ = await run.turn()
        bench.store.state.withLock { $0.faults = Array(repeating: .fails(.transient(code)), count: 4) }
        var pauses: [Int64] = []
        for _ in 0..<4 { pauses.append(await run.turn()) }
        #expect(bench.applied.isEmpty)
        #expect(bench.left == 5, "the log keeps what SQLite doesn't have")
        #expect(pauses.allSatisfy { $0 > 0 })
        #expect(pauses[3] > pauses[0], "it waits longer each time: \(pauses)")
        #expect(!bench.readiness.isReady)
        bench.log.append(3)
        await bench.flush(&run)
        #expect(bench.applied == Array(1...8))
    }

    /// The commit was made, and its answer got lost: the cursor says so.
    @Test func aCommitThatWasNotHeardOfIsNotRepeated() async throws {
        let bench = try FlusherBench()
        bench.log.append(5)
        bench.store.state.withLock { $0.faults = [.commitsAndFails(.transient("SQLITE_IOERR_FSYNC"))] }
        var run = bench.run()
        await bench.flush(&run)
        bench.log.append(2)
        await bench.flush(&run)
        #expect(bench.applied == Array(1...7))
        #expect(bench.left == 0)
    }

    @Test func aMovedCursorMakesAStandbyThatGoesOnFromThere() async throws {
        let bench = try FlusherBench()
        var run = bench.run()
        _ = await run.turn()
        bench.log.append(6)
        // Another flusher applies half of it, and is gone.
        let half = bench.log.state.withLock { Array($0.entries.prefix(3)) }
        _ = try await bench.store.apply(half, after: .zero, term: nil, in: Shard(number: 0))
        #expect(await run.turn() > 0)
        #expect(bench.applied == [1, 2, 3])
        await bench.flush(&run)
        #expect(bench.applied == Array(1...6))
        #expect(bench.left == 0)
    }

    @Test func whoHasNotTheLeaseFlushesNothing() async throws {
        let bench = try FlusherBench()
        bench.log.append(3)
        var first = bench.run("one"), second = bench.run("two")
        _ = await first.turn()
        #expect(await second.turn() > 0)
        #expect(bench.applied.isEmpty)
        #expect(bench.log.state.withLock { $0.owner } == "one")
        await second.giveBack()
        #expect(bench.log.state.withLock { $0.owner } == "one", "another's lease is not given back")
        await first.giveBack()
        await bench.flush(&second)
        #expect(bench.applied == [1, 2, 3])
    }

    @Test func aLostLeaseMakesAStandby() async throws {
        var bench = try FlusherBench()
        bench.policy.lease = 0
        var run = bench.run()
        _ = await run.turn()
        bench.log.state.withLock { $0.owner = "two" }
        _ = await run.turn()
        bench.log.append(3)
        for _ in 0..<3 { _ = await run.turn() }
        #expect(bench.applied.isEmpty)
    }

    @Test func theLeaseOfOneThatIsGoneIsTakenAndOfOneThatMayLiveIsNot() async throws {
        let bench = try FlusherBench()
        bench.log.append(1)
        bench.log.state.withLock { $0.owner = "somebody" }
        var run = bench.run()
        _ = await run.turn()
        #expect(bench.log.state.withLock { $0.owner } == "somebody")
        bench.log.state.withLock { $0.owner = "gone" }
        for _ in 0..<4 { _ = await run.turn() }
        #expect(bench.log.state.withLock { $0.owner } == "one")
        #expect(bench.left == 0)
    }

    /// Both believe that they lead. What keeps them apart is SQLite's term and cursor alone; what lets one get on, the lease.
    @Test func twoFlushersApplyNothingTwice() async throws {
        var random = SeededGenerator.announced()
        for _ in 0..<10 {
            var bench = try FlusherBench()
            bench.policy.batch = Int.random(in: 1...9, using: &random)
            bench.log.state.withLock { $0.isLeaseBroken = true }
            let flushers = bench
            // Something is there, however long the writer below takes to begin.
            for _ in 0..<50 { flushers.log.append(4) }
            await withTaskGroup { group in
                for owner in ["one", "two"] {
                    group.addTask {
                        var run = flushers.run(owner)
                        for _ in 0..<200 { _ = await run.turn() }
                        flushers.log.state.withLock { $0.isLeaseBroken = false }
                        await flushers.flush(&run, turns: 10_000)
                    }
                }
                await group.waitForAll()
            }
            #expect(bench.applied == Array(1...200))
            #expect(bench.left == 0)
        }
    }

    /// The hot tier was out of reach right after a commit.
    @Test func whatWasCommittedAndNotSettledIsSettledLater() async throws {
        let bench = try FlusherBench()
        var run = bench.run()
        _ = await run.turn()
        let session = UserSession.fake(1, user: try #require(UserID("u")), status: .completed)
        bench.store.state.withLock { $0.sessions[session.id] = session }
        bench.log.append(3, session: session.id)
        bench.log.state.withLock { $0.settleFaults = [.unavailable("not connected"), .outcomeUnknown("lost")] }
        await bench.flush(&run)
        bench.log.append(3)
        await bench.flush(&run)
        #expect(bench.applied == Array(1...6))
        let settled = bench.log.state.withLock { $0.settled }
        #expect(settled.first?.sessions.map(\.id) == [session.id])
        #expect(settled.first?.sessions.first?.status == .completed)
        #expect(settled.map(\.cursor.sequence) == [3, 6])
    }

    @Test func aBatchIsBoundedInBytesToo() async throws {
        let bench = try FlusherBench()
        var run = bench.run()
        _ = await run.turn()
        bench.log.append(1, padding: 4 << 20)
        await bench.flush(&run)
        bench.log.append(1)
        await bench.flush(&run)
        let limits = bench.log.state.withLock { $0.readLimits }
        #expect(limits.first == bench.policy.batch)
        #expect(limits[1] == 3, "after an entry of 4 MiB, 16 MiB are read at a time: \(limits)")
    }

    @Test func activityIsWrittenAndItsMarksAreTaken() async throws {
        var bench = try FlusherBench()
        bench.policy.activityFlush = 0
        bench.policy.batch = 10
        let user = try #require(UserID("u"))
        let seen = (1...25).map { number in
            SessionActivity(
                session: UserSession.fake(UInt64(number), user: user).id, lastActivityAt: Timestamp(milliseconds: 5))
        }
        bench.log.state.withLock { $0.touched = seen }
        bench.store.state.withLock { $0.unknownToRecord = [seen[24].session] }
        var run = bench.run()
        for _ in 0..<3 { _ = await run.turn() }
        #expect(Set(bench.store.state.withLock { $0.recorded }) == Set(seen.dropLast()))
        #expect(bench.log.state.withLock { $0.touched } == [seen[24]], "its creation is still on its way")
    }

    @Test func aLogOverItsShareClosesTheGateAndAFlushedOneOpensIt() throws {
        var bench = try FlusherBench()
        bench.policy.maxBacklogShare = 0.5
        let shard = Shard(number: 0)
        func look(_ bytes: Int, of limit: Int) -> Bool {
            bench.flusher().look(
                at: LogState(
                    exists: true, entries: 1, bytes: bytes, memoryLimit: limit, dataset: nil, shards: nil,
                    isReconciled: true, lastID: .zero, trimmedTo: .zero, activityMark: 0))
            return bench.gate.isClosed(shard)
        }
        #expect(!look(500, of: 1000))
        #expect(look(501, of: 1000))
        #expect(!look(500, of: 1000))
        #expect(!look(.max, of: 0), "no limit, no share")
    }

    @Test func graceFlushesWhatIsThereAndGivesBackTheLease() async throws {
        var bench = try FlusherBench()
        bench.policy.linger = 60_000
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [bench.flusher()], logger: bench.flusher().logger))
        let log = bench.log
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("it leads") { bench.readiness.report().contains { $0.isReady } }
            log.append(2500)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(bench.applied == Array(1...2500))
        #expect(log.state.withLock { $0.owner } == nil)
    }

    @Test func aWaitingWriterIsNotKeptForTheLinger() async throws {
        var bench = try FlusherBench()
        bench.policy.linger = 3_600_000
        let run = bench
        let flusher = Task { try await run.flusher().run() }
        try await eventually("it leads") { run.readiness.report().contains { $0.isReady } }
        run.log.append(1)
        let write = WriteID(shard: Shard(number: 0), log: LogID(milliseconds: 1, sequence: 1))
        #expect(await run.durability.wait(for: write, seconds: 30))
        flusher.cancel()
        _ = try await flusher.value
    }
}
