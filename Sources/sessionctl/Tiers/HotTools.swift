import DurableTier
import HotTier
import SessionCore
import SessionModel

/// What there is to look at the hot tier with, and to change it as the service does.
struct HotTools: Sendable {
    let inspector: HotInspector
    let store: RedisHotStore
    let log: RedisWriteBehindLog
    /// Messages of a session that are hot.
    let window: Int

    /// Puts an order into a shard's log.
    func order(_ order: Order, of shard: Shard) async throws -> LogID {
        switch try await store.order(order, of: shard) {
        case .done(let id), .replayed(let id): return id
        case .refused(.backlogFull): throw Failure("the write-behind log is full: SQLite is to be mended first")
        case .refused(let refusal): throw Failure("the hot tier refuses: \(refusal)")
        }
    }

    /// Makes what SQLite has hot, as the service does on a miss.
    /// - Parameter user: whose it must be; nil: anybody's.
    /// - Returns: false where SQLite has none, or where it is deleted.
    func load(_ id: SessionID, of user: UserID?, _ reader: ShardReader) async throws -> Bool {
        let readAt = try await store.time(of: id.shard)
        let found = try sqlite { () throws(DurableError) in try reader.durableSession(id, messages: window) }
        guard let found, user == nil || found.session.userID == user else { return false }
        return try await store.hydrate(found, readAt: readAt) != .deleted
    }

    func load(_ id: MissionID, of user: UserID, _ reader: ShardReader) async throws -> Bool {
        let readAt = try await store.time(of: id.shard)
        let found = try sqlite { () throws(DurableError) in try reader.mission(id) }
        guard let found, found.mission.tree.userID == user else { return false }
        return try await store.hydrate(found.mission, readAt: readAt) != .deleted
    }
}
