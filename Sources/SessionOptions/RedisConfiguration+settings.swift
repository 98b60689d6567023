import Redis
import SessionSettings

extension RedisConfiguration {
    /// As the settings have it. Reads the files of the passwords.
    /// - Parameter name: as which the connection is shown by `CLIENT LIST`.
    public init(_ settings: Settings, name: String) throws {
        let redis = settings.redis
        let address: Address =
            switch redis.address {
            case .server(let server): .server(server.address)
            case .candidates(let servers): .candidates(servers.map(\.address))
            case .sentinels(let sentinels, let primary):
                .sentinels(
                    sentinels.map(\.address), primary: primary,
                    credentials: try Self.credentials(redis.sentinelUser, redis.sentinelPasswordFile))
            }
        // A window of 200 messages, each as large as a body may be, is one reply, or one command that fills a miss.
        var limits = RedisLimits()
        limits.replyBytes = 256 << 20
        limits.bytesInFlight = 256 << 20
        self.init(
            address: address, credentials: try Self.credentials(redis.user, redis.passwordFile), name: name,
            limits: limits)
    }

    private static func credentials(_ user: String?, _ passwordFile: String?) throws -> Credentials? {
        guard let passwordFile else { return nil }
        let password = try SecretFile.readLine(passwordFile)
        return user.map { .user($0, password: password) } ?? .password(password)
    }
}

extension Settings.Redis.Server {
    fileprivate var address: RedisConfiguration.Server {
        switch self {
        case .unix(let path): .unixSocket(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        }
    }
}
