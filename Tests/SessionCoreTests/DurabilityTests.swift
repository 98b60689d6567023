import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct DurabilityTests {
    private let store = FakeDurableStore()
    private let durability: Durability
    private let shard = Shard(number: 0)

    init() throws {
        durability = Durability(durable: store, shards: try #require(ShardCount(2)))
    }

    private func log(_ sequence: UInt64) -> LogID { LogID(milliseconds: 1, sequence: sequence) }
    private func write(_ sequence: UInt64, _ shard: UInt16 = 0) -> WriteID {
        WriteID(shard: Shard(number: shard), log: log(sequence))
    }

    @Test func aCommitAnswersWhoItCoversAndNobodyElse() async throws {
        async let first = durability.wait(for: write(1), seconds: 60)
        async let second = durability.wait(for: write(2), seconds: 60)
        async let third = durability.wait(for: write(3), seconds: 60)
        async let elsewhere = durability.wait(for: write(1, 1), seconds: 60)
        try await eventually("all wait") { durability.waiting == 4 }
        durability.committed(log(2), in: shard)
        #expect(await [first, second] == [true, true])
        #expect(durability.waiting == 2)
        #expect(durability.isAwaited(shard))
        durability.committed(log(9), in: Shard(number: 1))
        #expect(await elsewhere)
        durability.committed(log(3), in: shard)
        #expect(await third)
        #expect(!durability.isAwaited(shard))
    }

    @Test func whatIsCommittedAlreadyDoesNotWait() async {
        durability.committed(log(5), in: shard)
        #expect(await durability.wait(for: write(5), seconds: 60))
        #expect(await durability.wait(for: write(4), seconds: 60))
    }

    @Test func whatIsKnownNeverGoesBack() async throws {
        durability.committed(log(5), in: shard)
        durability.committed(log(3), in: shard)
        durability.committed(.zero, in: shard)
        let status = try await durability.status(of: write(5))
        #expect(status.isDurable)
        #expect(status.committed == log(5))
        store.state.withLock { $0.cursor = log(4) }
        #expect(try await !durability.status(of: write(6)).isDurable)
        #expect(await durability.wait(for: write(5), seconds: 60))
    }

    @Test func aWriterWakesTheFlusherOfItsShard() async throws {
        async let waits = durability.wait(for: write(1), seconds: 60)
        await durability.wakeup(of: shard).sleep(milliseconds: 3_600_000)
        #expect(durability.isAwaited(shard))
        durability.committed(log(1), in: shard)
        #expect(await waits)
    }

    @Test func whoWaitsTooLongIsTold() async {
        for seconds in [0.001, 0.0000001, 0, -1, .nan, -.infinity] {
            #expect(await !durability.wait(for: write(1), seconds: seconds))
        }
        #expect(durability.waiting == 0)
    }

    /// The shortest times, many at once: the timer is often over before its writer waits.
    @Test func noTimeIsTooShortToEnd() async {
        await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask { await !durability.wait(for: write(1), seconds: Double(number % 3) / 1000 + 0.0001) }
            }
            for await isOver in group { #expect(isOver) }
        }
        #expect(durability.waiting == 0)
    }

    @Test func whoIsCancelledIsForgotten() async throws {
        let waits = Task { await durability.wait(for: write(1), seconds: 60) }
        try await eventually("it waits") { durability.waiting == 1 }
        waits.cancel()
        #expect(await !waits.value)
        #expect(durability.waiting == 0)
        let cancelledBefore = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await durability.wait(for: write(1), seconds: 60)
        }
        #expect(await !cancelledBefore.value)
    }

    @Test func noMoreThanTheBoundWait() async throws {
        let surplus = 20
        await withTaskGroup { group in
            for _ in 0..<(Durability.mostWaiting + surplus) {
                group.addTask { await durability.wait(for: write(1), seconds: 600) }
            }
            for _ in 0..<surplus { #expect(await group.next() == false) }
            #expect(durability.waiting == Durability.mostWaiting)
            durability.committed(log(1), in: shard)
            for await isDurable in group { #expect(isDurable) }
        }
        #expect(durability.waiting == 0)
    }

    @Test func aWriteOfNoShardIsNone() async {
        #expect(await !durability.wait(for: write(1, 2), seconds: 60))
        await #expect(throws: SessionError.notFound) { try await durability.status(of: write(1, 2)) }
    }

    @Test func sqliteIsAskedForWhatIsNotKnown() async throws {
        store.state.withLock { $0.cursor = log(7) }
        #expect(try await durability.status(of: write(7)).isDurable)
        let reads = store.state.withLock { $0.cursorReads }
        #expect(try await durability.status(of: write(6)).isDurable)
        #expect(store.state.withLock { $0.cursorReads } == reads, "what is known is not asked for again")
        store.state.withLock { $0.cursorFault = .transient("SQLITE_BUSY") }
        await #expect(throws: SessionError.self) { try await durability.status(of: write(8)) }
    }
}
