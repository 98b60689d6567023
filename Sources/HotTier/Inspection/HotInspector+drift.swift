import Redis
import SessionCore
import SessionModel

/// A mission as it lies in the hot tier.
public struct HotMission: Sendable {
    /// Nil where there is none.
    public var logID: LogID?
    /// Nil where there is none, or where the hash makes no sense.
    public var tree: MissionTree?
    /// Those that stand in the hash itself.
    public var contents: [AssetID: [UInt8]]
    public var isThere: Bool
    public var tombstone: Tombstone?
}

extension HotInspector {
    /// The hot window, as it is stored.
    public func messages(of id: SessionID) async throws(HotError) -> [[UInt8]] {
        let replies = try await store.read([RedisCommand("LRANGE", try keys(id.shard).messages(id), "0", "-1")])
        return replies[0].elements.compactMap(\.bytes)
    }

    public func mission(_ id: MissionID) async throws(HotError) -> HotMission {
        let keys = try keys(id.shard)
        let replies = try await store.read([
            RedisCommand("HGETALL", keys.mission(id)), RedisCommand("GET", keys.gone(id)),
            RedisCommand("HGET", keys.mission(id), "log_id"),
        ])
        return HotMission(
            logID: replies[2].string.flatMap { LogID($0) }, tree: MissionFields.tree(id, replies[0]),
            contents: MissionFields.contents(replies[0]).filter { $0.value.first != UInt8(ascii: "@") },
            isThere: replies[0].count > 0,
            tombstone: replies[1].string.map(Tombstone.init))
    }

    public func tombstone<Kind>(of id: Identifier<Kind>) async throws(HotError) -> Tombstone? {
        try await store.read([RedisCommand("GET", try keys(id.shard).gone(id))])[0].string.map(Tombstone.init)
    }

    public func isMember(_ member: String, of index: String) async throws(HotError) -> Bool {
        try await store.read([RedisCommand("ZSCORE", index, member)])[0].isNull == false
    }

    /// Keys of a user beside sessions and missions, that are there.
    public func keys(of user: UserID) async throws(HotError) -> [String] {
        let shard = store.configuration.shards.shard(of: user)
        let keys = try keys(shard)
        let names = [keys.user(user), keys.missions(user), keys.numbers(user), keys.usage(user), keys.writes(user)]
        let replies = try await store.read(names.map { RedisCommand("EXISTS", $0) })
        return zip(names, replies).filter { $1.integer == 1 }.map(\.0)
    }

    /// The ids in a user's indexes: what SQLite can't answer for alone.
    public func unsettled(of user: UserID) async throws(HotError) -> (sessions: [SessionID], missions: [MissionID]) {
        let shard = store.configuration.shards.shard(of: user)
        let keys = try keys(shard)
        let replies = try await store.read([
            RedisCommand("ZRANGE", keys.user(user), "0", "9999"),
            RedisCommand("ZRANGE", keys.missions(user), "0", "9999"),
        ])
        return (
            replies[0].elements.compactMap { $0.string.flatMap { SessionID($0) } },
            replies[1].elements.compactMap { $0.string.flatMap { MissionID($0) } }
        )
    }

    /// Some members of an index, by its key.
    /// - Parameter cursor: nil at first.
    public func members(
        of key: String, after cursor: String?
    ) async throws(HotError) -> (members: [String], next: String?) {
        guard let reply = try await store.read([RedisCommand("ZSCAN", key, cursor ?? "0", "COUNT", "500")]).first,
            let next = reply[0]?.string, let pairs = reply[1]
        else { throw store.unreadable }
        let members = pairs.elements.enumerated().filter { $0.offset % 2 == 0 }.compactMap { $0.element.string }
        return (members, next == "0" ? nil : next)
    }

    /// Those of the sessions that are hot.
    public func hot(_ sessions: [SessionID]) async throws(HotError) -> Set<SessionID> {
        var commands: [RedisCommand] = []
        for id in sessions { commands.append(RedisCommand("EXISTS", try keys(id.shard).session(id))) }
        let replies = try await store.read(commands)
        return Set(zip(sessions, replies).filter { $1.integer == 1 }.map(\.0))
    }
}
