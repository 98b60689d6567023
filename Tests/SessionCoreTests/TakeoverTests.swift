import SessionModel
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct TakeoverTests {
    private let bench: FlusherBench
    private let user: UserID

    init() throws {
        bench = try FlusherBench()
        user = try #require(UserID("u"))
    }

    private func prepare() async throws -> LogID {
        try await Takeover(flusher: bench.flusher()).prepare().cursor
    }

    @Test func aLostHotTierIsLoadedWholeAndThenTakesWrites() async throws {
        let cursor = LogID(milliseconds: 9, sequence: 1)
        let live = (1...1200).map { UserSession.fake($0, user: user) }
        bench.store.state.withLock { state in
            for session in live { state.sessions[session.id] = session }
            state.cursor = cursor
        }
        bench.log.state.withLock { ($0.exists, $0.isReconciled, $0.dataset, $0.shards) = (false, false, nil, nil) }
        #expect(try await prepare() == cursor)
        bench.log.state.withLock { log in
            #expect(Set(log.restored) == Set(live.map(\.id)))
            #expect(log.restored.count == live.count)
            #expect(log.admitted?.after == cursor)
            #expect(log.admitted?.dataset == "dataset")
            #expect(log.admitted?.hasLostKeys == true)
            #expect(log.grace == LifecyclePolicy().sweepInterval, "an outage abandons nobody")
        }
    }

    @Test func aHotTierOfAnotherDatabaseIsLeftAlone() async throws {
        bench.log.append(3)
        bench.log.state.withLock { $0.dataset = "other" }
        await #expect(throws: TakeoverError.self) { try await prepare() }
        var run = bench.run()
        for _ in 0..<3 { #expect(await run.turn() > 0) }
        #expect(bench.applied.isEmpty)
        #expect(bench.left == 3)
        #expect(!bench.readiness.isReady)
    }

    @Test func aHotTierCutOtherwiseIsLeftAlone() async throws {
        bench.log.append(3)
        bench.log.state.withLock { $0.shards = 4 }
        await #expect(throws: TakeoverError.self) { try await prepare() }
        #expect(bench.left == 3)
    }

    @Test func whatTheLastFlusherDidNotFinishIsFinished() async throws {
        let session = UserSession.fake(1, user: user, status: .archived)
        bench.log.append(2500, session: session.id)
        let committed = bench.log.state.withLock { Array($0.entries.prefix(2400)) }
        _ = try await bench.store.apply(committed, after: .zero, term: nil, in: Shard(number: 0))
        bench.store.state.withLock { $0.sessions[session.id] = session }
        #expect(try await prepare() == committed.last?.id)
        #expect(bench.left == 100, "what is not committed stays")
        let settled = bench.log.state.withLock { $0.settled }
        #expect(settled.last?.cursor.sequence == 2400)
        #expect(settled.map(\.cursor) == settled.map(\.cursor).sorted())
        #expect(settled.allSatisfy { $0.sessions.map(\.status) == [.archived] })
    }

    @Test func aDeletedSessionIsSettledAsDeleted() async throws {
        let session = UserSession.fake(1, user: user)
        bench.log.append(1, session: session.id)
        let entries = bench.log.state.withLock { $0.entries }
        _ = try await bench.store.apply(entries, after: .zero, term: nil, in: Shard(number: 0))
        _ = try await prepare()
        #expect(bench.log.state.withLock { $0.settled.first?.sessions.first?.status } == .some(.none))
    }
}
