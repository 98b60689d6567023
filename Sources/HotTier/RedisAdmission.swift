import Logging
import Redis

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
