import SessionModel
import SessionSettings

/// What to type to see the same without this tool.
struct ShellCommands {
    let lines: [String]

    init(_ settings: Settings, _ id: SessionID, _ sides: SessionSides, _ file: String) {
        var redis = "redis-cli"
        switch settings.redis.address {
        case .server(let server): redis += Self.options(server)
        // Whichever of them is the primary.
        case .candidates(let servers): redis += servers.first.map(Self.options) ?? ""
        case .sentinels(_, let primary): redis += " -h \(Self.quoted("the primary of \(primary)"))"
        }
        if let user = settings.redis.user { redis += " --user \(Self.quoted(user))" }
        if settings.redis.passwordFile != nil { redis += " --askpass" }
        let shard = "\(settings.redis.prefix):{\(id.shard.number)}:"
        var lines = [
            "\(redis) HGETALL '\(shard)session:\(id)'", "\(redis) LRANGE '\(shard)messages:\(id)' -5 -1",
            "\(redis) PTTL '\(shard)alive:\(id)'", "\(redis) XRANGE '\(shard)log' '(\(sides.stored.cursor)' + COUNT 5",
        ]
        if let mission = sides.hot.missionID { lines.append("\(redis) HGETALL '\(shard)mission:\(mission)'") }
        let query = "SELECT id, name, status, version, message_count FROM user_sessions WHERE id = '\(id)'"
        lines.append("sqlite3 -readonly -line \(Self.quoted(file)) \"\(query)\"")
        self.lines = lines
    }

    private static func options(_ server: Settings.Redis.Server) -> String {
        switch server {
        case .unix(let path): " -s \(quoted(path))"
        case .tcp(let host, let port): " -h \(quoted(host)) -p \(port)"
        }
    }

    /// As one word of a shell's.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isASCII
                && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                    || "/._-".utf8.contains(byte))
        }
        return isPlain && !text.isEmpty
            ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}
