import Logging
import SessionModel

@testable import SessionCore

/// A flusher of shard 0 between a log and a store in memory.
struct FlusherBench {
    let log = FakeLog()
    let store = FakeDurableStore()
    let gate: BacklogGate
    let readiness = Readiness(waitingFor: [])
    let durability: Durability
    let shards: ShardCount
    var policy = WriteBehindPolicy()

    init() throws {
        guard let shards = ShardCount(1) else { throw HotError.broken("no shards") }
        self.shards = shards
        gate = BacklogGate(shards: shards)
        durability = Durability(durable: store, shards: shards)
    }

    func flusher(_ owner: String = "one") -> Flusher {
        Flusher(
            shard: Shard(number: 0), log: log, copies: log, durable: store, durability: durability,
            readiness: readiness, gate: gate,
            policy: policy, lifecycle: LifecyclePolicy(), shards: shards, owner: owner, isGone: { $0 == "gone" },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func run(_ owner: String = "one") -> FlusherRun { FlusherRun(flusher: flusher(owner)) }

    /// What SQLite got, by sequence number.
    var applied: [UInt64] { store.state.withLock { $0.applied.map(\.id.sequence) } }
    var left: Int { log.state.withLock { $0.entries.count } }

    /// Turns until everything is in SQLite, at most so many.
    func flush(_ run: inout FlusherRun, turns: Int = 100) async {
        for _ in 0..<turns where left > 0 { _ = await run.turn() }
    }
}
