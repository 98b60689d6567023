import Logging
import Redis
import SessionCore
import SessionModel

/// Looks at how a Redis is set up when a connection to it is made, and says loudly what would lose data. It admits the
/// connection all the same: where CONFIG is forbidden nothing can be known.
public enum RedisAdmission {
    private static let demands: [(setting: String, isMet: @Sendable (String) -> Bool, wanted: String, else: String)] = [
        ("maxmemory-policy", { $0 == "noeviction" }, "noeviction", "Redis will throw away sessions when it is full"),
        ("appendonly", { $0 == "yes" }, "yes", "whatever Redis holds is lost when it stops"),
        ("appendfsync", { $0 != "no" }, "everysec or always", "writes may be lost for as long as the system likes"),
        ("no-appendfsync-on-rewrite", { $0 == "no" }, "no", "half a minute of writes may be lost during a rewrite"),
        ("aof-load-truncated", { $0 == "yes" }, "yes", "Redis will not start after it was cut off"),
        ("maxmemory", { $0 != "0" }, "a limit", "the log can take all memory of the machine"),
        (
            "notify-keyspace-events", { $0.contains("E") && ($0.contains("x") || $0.contains("A")) }, "Ex",
            "abandonment is noticed by the sweep alone"
        ),
    ]

    /// Bytes of the line that a manifest keeps: some two thousand admissions. A backup of SQLite from before these is taken for
    /// one of another line.
    static let lineBytes = 41_000

    static func words(_ reply: RedisReply?) -> [String] {
        reply?.string?.split(separator: " ").map(String.init) ?? []
    }

    /// Looks whether the server's dataset is of the line that was admitted last, of all: the primary of another time, which
    /// was cut off while another took its place, names itself in its manifest as if nothing had been. Such a one takes no
    /// more writes until it is reconciled.
    /// - Parameter line: as SQLite has it; nil where it knows of none or can't be read.
    public static func checkLine(
        _ connection: RedisSender, _ configuration: HotTierConfiguration, _ logger: Logger,
        line: (Shard) async -> HotLine?
    ) async throws {
        for shard in configuration.shards.all {
            guard let line = await line(shard) else { continue }
            let keys = configuration.keys[Int(shard.number)]
            let named = try await connection.send(RedisCommand("HGET", keys.manifest, "line"))
            guard let text = named.string, !words(named).contains(line.admission) else { continue }
            logger.warning(
                "another Redis was admitted since this one was", metadata: ["shard": "\(shard.number)"])
            _ = try await connection.evaluate(HotScripts.disown, keys: [keys.manifest], arguments: [text])
        }
    }

    public static func check(_ connection: RedisSender, _ logger: Logger) async throws {
        for demand in demands {
            let reply: RedisReply
            do { reply = try await connection.send(RedisCommand("CONFIG", "GET", demand.setting)) } catch {
                guard case .refused(let refusal) = error else { throw error }
                logger.warning("Redis' settings can't be checked", metadata: ["reason": "\(refusal.message)"])
                return
            }
            guard let value = reply[1]?.string, !demand.isMet(value) else { continue }
            logger.warning(
                "Redis is set up dangerously: \(demand.else)",
                metadata: ["setting": "\(demand.setting)", "is": "\(value)", "wanted": "\(demand.wanted)"])
        }
    }
}
