/// One search for the primary: which server to try next, and why each one before was turned down.
///
///     listed ──next()──► tried ──► a primary: the search is over
///       ▲                  └─────► a replica, of this one: that is tried next ──► …
///       └────────────────────────── none left: ``error``
///
/// A server is tried once. Of those that are not listed themselves, only what a listed one names is tried: so a search ends
/// after twice as many servers as are listed, whatever they say.
struct PrimarySearch {
    private let listed: [RedisConfiguration.Server]
    private let follows: Bool
    private var waiting: [RedisConfiguration.Server]
    private var tried: Set<RedisConfiguration.Server> = []
    private var reasons: [String] = []

    /// - Parameter follows: whether to try what a replica names.
    init(_ servers: [RedisConfiguration.Server], follows: Bool) {
        self.listed = servers
        self.follows = follows
        self.waiting = servers
    }

    mutating func next() -> RedisConfiguration.Server? {
        while !waiting.isEmpty {
            let server = waiting.removeFirst()
            if tried.insert(server).inserted { return server }
        }
        return nil
    }

    /// - Parameter role: nil if the server's answer was none.
    /// - Returns: whether it is the primary.
    mutating func found(_ server: RedisConfiguration.Server, _ role: RedisRole?) -> Bool {
        switch role {
        case .primary:
            return true
        case .replica(let primary):
            reasons.append("\(server) is a replica of \(primary.map(\.description) ?? "an unknown server")")
            if follows, listed.contains(server), let primary { waiting.insert(primary, at: 0) }
        case .sentinel:
            reasons.append("\(server) is a sentinel")
        case nil:
            reasons.append("\(server) doesn't say what it is")
        }
        return false
    }

    mutating func failed(_ server: RedisConfiguration.Server, _ error: any Error) {
        reasons.append("\(server): \(error)")
    }

    var error: NoPrimary { NoPrimary(reasons: reasons) }
}

/// Why no server was found that takes writes.
struct NoPrimary: Error, CustomStringConvertible {
    /// One for each server that was tried.
    var reasons: [String]
    var description: String { reasons.joined(separator: "; ") }
}

/// Servers in the order in which to ask them: who was of use last comes first, who was not comes last.
struct ServerOrder {
    private(set) var servers: [RedisConfiguration.Server]

    init(_ servers: [RedisConfiguration.Server]) { self.servers = servers }

    mutating func prefer(_ server: RedisConfiguration.Server) {
        guard let index = servers.firstIndex(of: server) else { return }
        servers.insert(servers.remove(at: index), at: 0)
    }

    mutating func postpone(_ server: RedisConfiguration.Server) {
        guard let index = servers.firstIndex(of: server) else { return }
        servers.append(servers.remove(at: index))
    }
}
