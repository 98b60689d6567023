/// Where Redis is, and as whom to speak to it.
public struct RedisConfiguration: Sendable {
    /// One server.
    public enum Server: Sendable, Hashable {
        case unixSocket(path: String)
        case tcp(host: String, port: Int)
    }

    /// How the primary is reached: the one server that takes writes. Wherever a connection leads, the server must say that
    /// it is a primary (`ROLE`), or the connection is turned down.
    public enum Address: Sendable, Equatable {
        case server(Server)

        /// Any of these may be the primary, and those that are not replicate it.
        case candidates([Server])

        /// Sentinels, who know which server is the primary of that name. Credentials for the sentinels, not for it.
        case sentinels([Server], primary: String, credentials: Credentials? = nil)

        public static func unixSocket(path: String) -> Address { .server(.unixSocket(path: path)) }
        public static func tcp(host: String, port: Int) -> Address { .server(.tcp(host: host, port: port)) }
    }

    public enum Credentials: Sendable, Equatable {
        /// `requirepass`, or the default user's.
        case password(String)
        case user(String, password: String)
    }

    public var address: Address
    public var credentials: Credentials?

    /// Shown by `CLIENT LIST`; printable ASCII without spaces, or Redis refuses it and no connection is made.
    public var name: String

    public var limits: RedisLimits

    public init(
        address: Address, credentials: Credentials? = nil, name: String = "swift-redis", limits: RedisLimits = .init()
    ) {
        self.address = address
        self.credentials = credentials
        self.name = name
        self.limits = limits
    }

    /// What is said on a new connection before anything else, each answered by `+OK`.
    func greeting(_ credentials: Credentials?) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        switch credentials {
        case .none: break
        case .password(let password): commands.append(RedisCommand("AUTH", password))
        case .user(let user, let password): commands.append(RedisCommand("AUTH", user, password))
        }
        commands.append(RedisCommand("CLIENT", "SETNAME", name))
        return commands
    }
}

extension RedisConfiguration.Server: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unixSocket(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
