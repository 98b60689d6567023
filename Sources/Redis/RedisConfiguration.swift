/// Where Redis is, and as whom to speak to it.
public struct RedisConfiguration: Sendable {
    public enum Address: Sendable, Equatable {
        case unixSocket(path: String)
        case tcp(host: String, port: Int)
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

    /// What is said on a new connection before anything else, each answered by `+OK`. There is always at least one
    /// command, so that a server that turns us away on accepting (`-ERR max number of clients reached`) is
    /// found out before a caller's command is written.
    var greeting: [RedisCommand] {
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
