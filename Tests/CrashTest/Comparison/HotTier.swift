import SessionTesting

/// What Redis holds.
struct HotTier {
    struct Session {
        var version: Int
        var logID: String
        var messages: Int
        var status: String
        /// Whether the sweep and the liveness key know of it, as they must of an active one.
        var isWatched: Bool
    }

    var sessions: [String: Session] = [:]
    /// Versions.
    var missions: [String: Int] = [:]

    private static let sessionsScript = """
        local found = {}
        for _, key in ipairs(redis.call('KEYS', 'sd:{*}:session:*')) do
          local shard, id = string.match(key, '^(sd:{%d+}:)session:(.*)$')
          for _, value in ipairs(redis.call('HMGET', key, 'version', 'log_id', 'messages', 'status')) do
            found[#found + 1] = value or ''
          end
          found[#found + 1] = id
          found[#found + 1] = redis.call('ZSCORE', shard .. 'activity', id) and
            redis.call('EXISTS', shard .. 'alive:' .. id) == 1 and '1' or '0'
        end
        return found
        """

    private static let missionsScript = """
        local found = {}
        for _, key in ipairs(redis.call('KEYS', 'sd:{*}:mission:*')) do
          found[#found + 1] = string.match(key, 'mission:(.*)$')
          found[#found + 1] = redis.call('HGET', key, 'version') or ''
        end
        return found
        """

    init(_ site: Site) throws {
        let flat = try Self.run(Self.sessionsScript, site)
        for index in stride(from: 0, to: flat.count - 5, by: 6) {
            sessions[flat[index + 4]] = Session(
                version: Int(flat[index]) ?? 0, logID: flat[index + 1], messages: Int(flat[index + 2]) ?? -1,
                status: flat[index + 3], isWatched: flat[index + 5] == "1")
        }
        let pairs = try Self.run(Self.missionsScript, site)
        for index in stride(from: 0, to: pairs.count - 1, by: 2) { missions[pairs[index]] = Int(pairs[index + 1]) ?? 0 }
    }

    private static func run(_ script: String, _ site: Site) throws -> [String] {
        let reply = try site.stack.redis.command("EVAL", script, "0")
        guard let values = reply.array else { throw TestingError("Redis: \(reply)") }
        return values.map { $0.string ?? "" }
    }
}

extension Site {
    /// What keeps the log from being drained; nil: every shard has one, it is empty, and all activity is recorded.
    func undrained() throws -> String? {
        for shard in 0..<shards {
            guard try stack.redis.command("EXISTS", "sd:{\(shard)}:log").int == 1 else {
                return "shard \(shard) has no log"
            }
            let entries = try stack.redis.command("XLEN", "sd:{\(shard)}:log").int ?? -1
            let touched = try stack.redis.command("ZCARD", "sd:{\(shard)}:touched").int ?? -1
            if entries != 0 || touched != 0 {
                return "shard \(shard) has \(entries) entries in its log and \(touched) sessions touched"
            }
        }
        return nil
    }
}
