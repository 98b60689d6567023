import Redis
import SessionCore
import SessionModel

/// What a Redis says of itself.
public struct HotServer: Sendable {
    public var version: String
    /// Seconds.
    public var uptime: Int
    /// Bytes.
    public var usedMemory: Int
    /// Bytes; 0: no limit.
    public var memoryLimit: Int
    /// Commands a second, by its own count.
    public var commandRate: Int
    public var clients: Int
}

/// A shard of the hot tier at one moment, told cheaply.
public struct HotShard: Sendable {
    public var shard: Shard
    /// Nil where there is no log.
    public var log: Log?
    /// Who has the lease; nil where it was given back or has run out.
    public var flusher: String?
    /// How old the newest entry of the last commit was at its commit, in milliseconds.
    public var lastLag: Int?
    public var active: Int
    public var abandoned: Int
    /// Sessions whose newest activity is not in SQLite.
    public var touched: Int
    /// Redis' clock.
    public var now: Timestamp

    public struct Log: Sendable {
        public var length: Int
        /// Entries since the log was made, flushed ones included.
        public var added: Int
        /// Nil in an empty log.
        public var oldest: LogID?
    }

    /// Milliseconds that the oldest entry has waited; 0 where none does.
    public var lag: Int64 {
        guard let log, log.length > 0, let oldest = log.oldest else { return 0 }
        return oldest.age(at: now)
    }
}

extension HotInspector {
    public func server() async throws(HotError) -> HotServer {
        // Section by section: Redis 6 takes one at a time.
        let replies = try await store.read(
            ["server", "memory", "stats", "clients"].map { RedisCommand("INFO", $0) })
        let info = RedisInfo(replies.compactMap(\.string).joined(separator: "\n"))
        func number(_ name: String) -> Int { info[name].flatMap { Int($0) } ?? 0 }
        return HotServer(
            version: info["redis_version"] ?? "", uptime: number("uptime_in_seconds"),
            usedMemory: number("used_memory"), memoryLimit: number("maxmemory"),
            commandRate: number("instantaneous_ops_per_sec"), clients: number("connected_clients"))
    }

    public func shards(_ shards: [Shard]) async throws(HotError) -> [HotShard] {
        var commands: [RedisCommand] = []
        for shard in shards {
            let keys = try keys(shard)
            commands += [
                RedisCommand("EXISTS", keys.log), RedisCommand("HMGET", keys.flush, "owner", "lag_ms"),
                RedisCommand("ZCARD", keys.activity), RedisCommand("ZCARD", keys.abandoned),
                RedisCommand("ZCARD", keys.touched), RedisCommand("TIME"),
            ]
        }
        let replies = try await store.read(commands)
        var states: [HotShard] = []
        for (index, shard) in shards.enumerated() {
            let reply = Array(replies[(index * 6)..<(index * 6 + 6)])
            let now = Timestamp(time: reply[5]) ?? Timestamp(milliseconds: 0)
            let log = reply[0].integer == 1 ? try await log(of: shard) : nil
            states.append(
                HotShard(
                    shard: shard, log: log, flusher: Self.holder(reply[1][0]?.string, at: now),
                    lastLag: reply[1][1]?.integer,
                    active: reply[2].integer ?? 0, abandoned: reply[3].integer ?? 0, touched: reply[4].integer ?? 0,
                    now: now))
        }
        return states
    }

    /// Of a lease as `lease.lua` words it: `<owner> until <milliseconds>`.
    private static func holder(_ lease: String?, at now: Timestamp) -> String? {
        guard let lease, let until = lease.ranges(of: " until ").last, let end = Int64(lease[until.upperBound...]),
            end > now.milliseconds
        else { return nil }
        return String(lease[..<until.lowerBound])
    }

    /// `XINFO STREAM`, which also answers with the first and the last entry, whole: at most some megabytes.
    private func log(of shard: Shard) async throws(HotError) -> HotShard.Log? {
        let replies: [RedisReply]
        do throws(HotError) {
            replies = try await store.read([RedisCommand("XINFO", "STREAM", try keys(shard).log)])
        } catch {
            // Gone since it was looked for.
            return nil
        }
        var values: [String: RedisReply] = [:]
        let pairs = replies.first?.elements ?? []
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            if let name = pairs[index].string { values[name] = pairs[index + 1] }
        }
        guard let length = values["length"]?.integer else { throw store.unreadable }
        return HotShard.Log(
            length: length, added: values["entries-added"]?.integer ?? 0,
            oldest: values["first-entry"]?[0]?.string.flatMap { LogID($0) })
    }
}
