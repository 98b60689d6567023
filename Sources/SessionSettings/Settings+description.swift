extension Settings: CustomStringConvertible {
    /// A line for each setting, as it is in force.
    public var description: String {
        func milliseconds(_ value: Int64?) -> String { value.map { "\($0) ms" } ?? "off" }
        let rows: [(String, String)] = [
            ("listen", "\(listen)"),
            ("loops", loops == 0 ? "one for each core, at most 4" : "\(loops)"),
            ("redis", "\(redis.address)"),
            ("redis.user", redis.user ?? "none"),
            ("redis.password-file", redis.passwordFile ?? "none"),
            ("redis.sentinel-user", redis.sentinelUser ?? "none"),
            ("redis.sentinel-password-file", redis.sentinelPasswordFile ?? "none"),
            ("redis.prefix", redis.prefix),
            ("shards", "\(shards.value)"),
            ("data.folder", dataFolder),
            ("keys.metadata-file", metadataKeysFile),
            ("tokens.secret-file", tokens.secretFile ?? "none"),
            ("tokens.jwks-file", tokens.keySetFile ?? "none"),
            ("tokens.issuer", tokens.issuer ?? "any"),
            ("tokens.audience", tokens.audience ?? "any"),
            ("tokens.leeway", milliseconds(tokens.leeway)),
            ("lifecycle.abandon-after", milliseconds(lifecycle.abandonAfter)),
            ("lifecycle.archive-after", milliseconds(lifecycle.archiveAfter)),
            ("lifecycle.delete-after", milliseconds(lifecycle.deleteAfter)),
            ("lifecycle.sweep-interval", milliseconds(lifecycle.sweepInterval)),
            ("lifecycle.clock-tolerance", milliseconds(lifecycle.clockTolerance)),
            ("lifecycle.sweep-bound", "\(Int((lifecycle.sweepBound * 100).rounded())) %"),
            ("lifecycle.second-look", milliseconds(lifecycle.secondLook)),
            ("lifecycle.hot-linger", milliseconds(lifecycle.hotLinger)),
            ("lifecycle.hot-window", "\(lifecycle.hotWindow) messages"),
            ("lifecycle.expired-events", "\(lifecycle.listensToExpiredEvents)"),
            ("write-behind.batch", "\(writeBehind.batch) entries"),
            ("write-behind.linger", milliseconds(writeBehind.linger)),
            ("write-behind.activity-flush", milliseconds(writeBehind.activityFlush)),
            ("write-behind.max-backlog", "\(writeBehind.maxBacklog) entries"),
            ("write-behind.max-backlog-memory", "\(Int(writeBehind.maxBacklogShare * 100)) %"),
            ("write-behind.lease", milliseconds(writeBehind.lease)),
            ("limits.body", "\(limits.body) bytes"),
            ("limits.message", "\(limits.message) bytes"),
            ("limits.metadata", "\(limits.metadata) bytes"),
            ("limits.asset", "\(limits.asset) bytes"),
            ("limits.followers", "\(limits.followers)"),
            ("quotas.sessions", quotas.sessions.map { "\($0) of a user" } ?? "off"),
            ("quotas.messages", quotas.messages.map { "\($0) of a chat" } ?? "off"),
            ("quotas.bytes", quotas.bytes.map { "\($0) of a user" } ?? "off"),
            ("quotas.writes-per-minute", quotas.writesPerMinute.map { "\($0) of a user" } ?? "off"),
            ("role", role.rawValue),
            ("drain", milliseconds(drain)),
            ("log.level", log.level),
            ("log.format", log.isJSON ? "json" : "text"),
            ("development", "\(isDevelopment)"),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
            .joined(separator: "\n")
    }
}

extension Settings.Address: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unix(let path, let mode): "\(path), mode 0\(String(mode, radix: 8))"
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}

extension Settings.Redis.Address: CustomStringConvertible {
    public var description: String {
        func list(_ servers: [Settings.Redis.Server]) -> String { servers.map(\.description).joined(separator: ", ") }
        return switch self {
        case .server(let server): "\(server)"
        case .candidates(let servers): "the primary among \(list(servers))"
        case .sentinels(let sentinels, let primary): "the primary \(primary), as told by sentinels \(list(sentinels))"
        }
    }
}

extension Settings.Redis.Server: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
