/// What a server is, by its own word: the reply to `ROLE`.
enum RedisRole: Equatable {
    case primary
    /// With the primary that it copies, as it knows it; nil if that is no address.
    case replica(of: RedisConfiguration.Server?)
    case sentinel

    /// Nil for a reply that is none of the three.
    init?(_ reply: RedisReply) {
        switch reply[0]?.string {
        case "master": self = .primary
        case "slave": self = .replica(of: RedisConfiguration.Server(host: reply[1], port: reply[2]))
        case "sentinel": self = .sentinel
        default: return nil
        }
    }
}

extension RedisConfiguration.Server {
    /// An address as `ROLE` and `SENTINEL GET-MASTER-ADDR-BY-NAME` tell it. Nil if it can't be one.
    init?(host: RedisReply?, port: RedisReply?) {
        guard let host = host?.string, !host.isEmpty, let port = port?.integer, (1...65_535).contains(port) else {
            return nil
        }
        self = .tcp(host: host, port: port)
    }
}
