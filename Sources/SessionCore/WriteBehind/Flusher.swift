import Logging
import ServiceLifecycle
import SessionModel

/// Moves the write-behind log of one shard into SQLite, in batches, exactly once.
///
///     lease ─► cursor (from SQLite) ─► what was committed and not settled: settle ─► [tiers disagree: reconcile]
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
    let copies: any HotCopies
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
    /// Whether it takes the lease when it can. One that doesn't only looks how others get on, for its process' writers.
    let leads: Bool
    let logger: Logger

    public init(
        shard: Shard, log: any WriteBehindLog, copies: any HotCopies, durable: any DurableStore,
        durability: Durability, readiness: Readiness, gate: BacklogGate, policy: WriteBehindPolicy,
        lifecycle: LifecyclePolicy,
        shards: ShardCount, owner: String, isGone: @escaping @Sendable (String) -> Bool, leads: Bool = true,
        logger: Logger
    ) {
        var logger = logger
        logger[metadataKey: "shard"] = "\(shard.number)"
        self.shard = shard
        self.log = log
        self.copies = copies
        self.durable = durable
        self.durability = durability
        self.readiness = readiness
        self.gate = gate
        self.policy = policy
        self.lifecycle = lifecycle
        self.shards = shards
        self.owner = owner
        self.isGone = isGone
        self.leads = leads
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
