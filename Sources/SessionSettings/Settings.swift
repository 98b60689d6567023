import SessionCore
import SessionModel

/// Everything that can be configured, checked. `config/sessiond.yaml` says what each is for.
public struct Settings: Sendable {
    public enum Address: Sendable, Equatable {
        case unix(path: String, mode: UInt16)
        case tcp(host: String, port: Int)
    }

    public struct Tokens: Sendable, Equatable {
        public var secretFile: String?
        public var keySetFile: String?
        public var issuer: String?
        public var audience: String?
        /// Milliseconds.
        public var leeway: Int64
    }

    public struct Limits: Sendable, Equatable {
        /// Bytes.
        public var body: Int
        public var message: Int
        public var metadata: Int
        public var asset: Int
        /// Live followers at one time.
        public var followers: Int
    }

    /// What a process does.
    public enum Role: String, Sendable, CaseIterable {
        case all
        /// Serves requests.
        case api
        /// Flushes the log and sweeps.
        case flush
    }

    public struct Log: Sendable, Equatable {
        public var level: String
        public var isJSON: Bool
    }

    public var listen: Address
    /// 0: one for each core, at most 4.
    public var loops: Int
    public var redis: Redis
    public var shards: ShardCount
    public var dataFolder: String
    public var metadataKeysFile: String
    public var tokens: Tokens
    public var lifecycle: LifecyclePolicy
    public var writeBehind: WriteBehindPolicy
    public var limits: Limits
    public var quotas: QuotaPolicy
    public var role: Role
    /// Milliseconds from SIGTERM to the end.
    public var drain: Int64
    public var log: Log
    /// Makes the secrets that are missing.
    public var isDevelopment: Bool

    /// - Parameters:
    ///   - file: a YAML file; nil for none.
    ///   - overrides: values by key, stronger than everything else.
    public init(file: String?, overrides: [String: String]) async throws(SettingsError) {
        let read = try await SettingsReader(file: file, overrides: overrides)
        listen = try Self.listen(read)
        loops = try read.integer("loops", in: 0...64, default: 0)
        redis = try Redis(read)
        guard let count = ShardCount(try read.integer("shards", in: 1...ShardCount.limit, default: 1)) else {
            throw SettingsError("shards")
        }
        shards = count
        dataFolder = read.text("data.folder", default: "/var/lib/sessiond")
        metadataKeysFile = read.text("keys.metadata-file", default: "/etc/sessiond/metadata-keys")
        tokens = Tokens(
            secretFile: read.optional("tokens.secret-file"), keySetFile: read.optional("tokens.jwks-file"),
            issuer: read.optional("tokens.issuer"), audience: read.optional("tokens.audience"),
            leeway: try read.duration("tokens.leeway", in: 0...60_000, always: 30_000))
        lifecycle = try Self.lifecycle(read)
        writeBehind = try Self.writeBehind(read)
        limits = Limits(
            body: try read.size("limits.body", in: 1024...(16 << 20), default: 1 << 20),
            message: try read.size("limits.message", in: 1...(4 << 20), default: 256 << 10),
            metadata: try read.size("limits.metadata", in: 2...(1 << 20), default: 64 << 10),
            asset: try read.size("limits.asset", in: 1...(16 << 20), default: 1 << 20),
            followers: try read.integer("limits.followers", in: 0...6_000, default: 4_096))
        quotas = try Self.quotas(read)
        let roleName = read.text("role", default: Role.all.rawValue)
        guard let role = Role(rawValue: roleName) else {
            throw SettingsError("role: \(roleName) is none of all, api and flush")
        }
        self.role = role
        drain = try read.duration("drain", in: 100...3_600_000, always: 10_000)
        log = try Self.log(read)
        isDevelopment = try read.flag("development", default: false)
        switch (tokens.secretFile, tokens.keySetFile) {
        case (nil, nil):
            throw SettingsError("tokens.secret-file or tokens.jwks-file must be set: without keys nobody can be let in")
        case (.some, .some):
            throw SettingsError("tokens.secret-file and tokens.jwks-file are both set: turn one off")
        case (.some, nil), (nil, .some): break
        }
    }

    private static func listen(_ read: SettingsReader) throws(SettingsError) -> Address {
        guard let tcp = read.optional("listen.tcp") else {
            return .unix(
                path: read.text("listen.socket", default: "/run/sessiond/sessiond.sock"),
                mode: try read.mode("listen.mode", default: 0o660))
        }
        guard let colon = tcp.lastIndex(of: ":"), let port = Int(tcp[tcp.index(after: colon)...]),
            (1...65_535).contains(port)
        else { throw SettingsError("listen.tcp: \(tcp) is not an address such as 127.0.0.1:9000") }
        return .tcp(host: String(tcp[..<colon]), port: port)
    }

    private static func lifecycle(_ read: SettingsReader) throws(SettingsError) -> LifecyclePolicy {
        let years: Int64 = 100 * 366 * 86_400_000
        var policy = LifecyclePolicy()
        policy.abandonAfter = try read.duration(
            "lifecycle.abandon-after", in: 1...years, always: policy.abandonAfter)
        policy.archiveAfter = try read.duration(
            "lifecycle.archive-after", in: 1...years, always: policy.archiveAfter)
        policy.deleteAfter = try read.duration("lifecycle.delete-after", in: 1...years, default: nil)
        policy.sweepInterval = try read.duration(
            "lifecycle.sweep-interval", in: 1...86_400_000, always: policy.sweepInterval)
        policy.clockTolerance = try read.duration(
            "lifecycle.clock-tolerance", in: 1000...86_400_000, always: policy.clockTolerance)
        policy.sweepBound = try read.share("lifecycle.sweep-bound", default: policy.sweepBound)
        policy.secondLook = try read.duration(
            "lifecycle.second-look", in: 1...7 * 86_400_000, always: policy.secondLook)
        policy.hotLinger = try read.duration(
            "lifecycle.hot-linger", in: LifecyclePolicy.shortestLinger...years, always: policy.hotLinger)
        policy.hotWindow = try read.integer("lifecycle.hot-window", in: 200...10_000, default: policy.hotWindow)
        policy.listensToExpiredEvents = try read.flag("lifecycle.expired-events", default: true)
        return policy
    }

    private static func writeBehind(_ read: SettingsReader) throws(SettingsError) -> WriteBehindPolicy {
        var policy = WriteBehindPolicy()
        policy.batch = try read.integer("write-behind.batch", in: 1...4_000, default: policy.batch)
        policy.linger = try read.duration("write-behind.linger", in: 1...60_000, always: policy.linger)
        policy.activityFlush = try read.duration(
            "write-behind.activity-flush", in: 1...3_600_000, always: policy.activityFlush)
        policy.maxBacklog = try read.integer(
            "write-behind.max-backlog", in: 1...100_000_000, default: policy.maxBacklog)
        policy.maxBacklogShare = try read.share("write-behind.max-backlog-memory", default: policy.maxBacklogShare)
        policy.lease = try read.duration("write-behind.lease", in: 100...600_000, always: policy.lease)
        guard policy.linger * 3 <= policy.lease else {
            throw SettingsError("write-behind.linger is over a third of write-behind.lease: the lease would run out")
        }
        return policy
    }

    private static func quotas(_ read: SettingsReader) throws(SettingsError) -> QuotaPolicy {
        var policy = QuotaPolicy()
        policy.sessions = try read.bound("quotas.sessions", upTo: 1_000_000_000)
        policy.messages = try read.bound("quotas.messages", upTo: 1_000_000_000)
        policy.bytes =
            read.optional("quotas.bytes") == nil
            ? nil : try read.size("quotas.bytes", in: 1024...(1 << 40), default: 0)
        policy.writesPerMinute = try read.bound("quotas.writes-per-minute", upTo: 1_000_000_000)
        return policy
    }

    private static func log(_ read: SettingsReader) throws(SettingsError) -> Log {
        let level = read.text("log.level", default: "info")
        guard ["trace", "debug", "info", "notice", "warning", "error", "critical"].contains(level) else {
            throw SettingsError("log.level: \(level) is none of trace, debug, info, notice, warning, error, critical")
        }
        let format = read.text("log.format", default: "json")
        guard format == "json" || format == "text" else {
            throw SettingsError("log.format: \(format) is neither json nor text")
        }
        return Log(level: level, isJSON: format == "json")
    }
}
