import SessionCore
import SessionModel
import Synchronization

/// What the hot tier is told once: how its keys begin, into how many shards it is cut, and the policies' numbers.
public struct HotTierConfiguration: Sendable {
    public var prefix: String
    public var shards: ShardCount
    public var lifecycle: LifecyclePolicy
    public var writeBehind: WriteBehindPolicy
    public var quotas: QuotaPolicy
    public var gate: BacklogGate
    let keys: [Keys]

    public init(
        prefix: String, shards: ShardCount, lifecycle: LifecyclePolicy, writeBehind: WriteBehindPolicy,
        quotas: QuotaPolicy = .init(), gate: BacklogGate
    ) {
        self.prefix = prefix
        self.shards = shards
        self.lifecycle = lifecycle
        self.writeBehind = writeBehind
        self.quotas = quotas
        self.gate = gate
        self.keys = shards.all.map { Keys(prefix: prefix, shard: $0) }
    }

    /// Entries of the shard's log at which a script refuses to write.
    func maxBacklog(_ shard: Shard) -> Int { gate.isClosed(shard) ? 0 : writeBehind.maxBacklog }
}
