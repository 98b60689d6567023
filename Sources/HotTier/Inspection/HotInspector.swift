import Redis
import SessionCore
import SessionModel

/// Looks into the hot tier for people and tools. It reads alone, and no request waits for it.
public struct HotInspector: Sendable {
    let store: RedisHotStore

    public init(redis: RedisClient, configuration: HotTierConfiguration) {
        store = RedisHotStore(redis: redis, configuration: configuration)
    }

    func keys(_ shard: Shard) throws(HotError) -> Keys {
        guard let keys = store.keys(shard) else { throw .broken("there is no shard \(shard.number)") }
        return keys
    }
}
