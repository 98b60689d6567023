import Logging
import ServiceLifecycle
import SessionModel

/// Moves the write-behind log of one shard into SQLite, in batches, exactly once.
///
///     lease ─► cursor (from SQLite) ─► [log gone: rebuild] ─► what was committed and not settled: settle
///       ▲          ▲                                             │
///       │          └── cursor moved by another ──┐               ▼
///       │                                        └── read ─► apply (one transaction, moves the cursor) ─► settle
///       └────────── every third of the lease ──────┘◄──────────────────────────────────────────────────────────┘
///
/// The lease keeps two flushers from doing the same work; what keeps them from doing it twice is the cursor's
/// compare-and-set inside the transaction. Errors that a retry may heal are retried for as long as it takes, with the log
/// growing to its bound meanwhile; nothing is ever skipped.
///
/// After graceful shutdown it flushes what is there, gives back the lease, and returns.
public struct Flusher: Service {
    let shard: Shard
    let log: any WriteBehindLog
    let durable: any DurableStore
    let durability: Durability
    let readiness: Readiness
    let gate: BacklogGate
    let policy: WriteBehindPolicy
    let lifecycle: LifecyclePolicy
    let shards: ShardCount
    /// Names this process in the lease.
    let owner: String
    /// Whether the process of that name has certainly ended.
    let isGone: @Sendable (String) -> Bool
    let logger: Logger

    public init(
        shard: Shard, log: any WriteBehindLog, durable: any DurableStore, durability: Durability,
        readiness: Readiness, gate: BacklogGate, policy: WriteBehindPolicy, lifecycle: LifecyclePolicy,
        shards: ShardCount, owner: String, isGone: @escaping @Sendable (String) -> Bool, logger: Logger
    ) {
        var logger = logger
        logger[metadataKey: "shard"] = "\(shard.number)"
        self.shard = shard
        self.log = log
        self.durable = durable
        self.durability = durability
        self.readiness = readiness
        self.gate = gate
        self.policy = policy
        self.lifecycle = lifecycle
        self.shards = shards
        self.owner = owner
        self.isGone = isGone
        self.logger = logger
    }

    /// How the flusher is called where readiness is shown.
    public static func dependency(_ shard: Shard) -> String { "flusher \(shard.number)" }

    public func run() async throws {
        let wakeup = durability.wakeup(of: shard)
        await withGracefulShutdownHandler {
            var run = FlusherRun(flusher: self)
            while !Task.isCancelled {
                // The order matters: what was written before the shutdown is read after it was noticed.
                let isLast = Task.isShuttingDownGracefully
                let pause = await run.turn()
                if isLast, pause > 0 { break }
                await wakeup.sleep(milliseconds: pause)
            }
            await run.giveBack()
        } onGracefulShutdown: {
            wakeup.call()
        }
    }
}
