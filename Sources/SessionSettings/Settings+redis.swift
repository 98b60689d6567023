extension Settings {
    public struct Redis: Sendable, Equatable {
        public enum Server: Sendable, Hashable {
            case unix(path: String)
            case tcp(host: String, port: Int)
        }

        /// The way to the primary.
        public enum Address: Sendable, Equatable {
            case server(Server)
            /// One of these is the primary, the others replicate it.
            case candidates([Server])
            /// These know where the primary of that name is.
            case sentinels([Server], primary: String)
        }

        public var address: Address
        public var user: String?
        public var passwordFile: String?
        /// For the sentinels, not for Redis itself.
        public var sentinelUser: String?
        public var sentinelPasswordFile: String?
        public var prefix: String

        /// Servers in a list: each that is down can cost an attempt to connect some seconds.
        public static let mostServers = 16
    }
}

extension Settings.Redis {
    init(_ read: SettingsReader) throws(SettingsError) {
        address = try Self.address(read)
        user = read.optional("redis.user")
        passwordFile = read.optional("redis.password-file")
        sentinelUser = read.optional("redis.sentinel-user")
        sentinelPasswordFile = read.optional("redis.sentinel-password-file")
        prefix = read.text("redis.prefix", default: "sd")
        guard prefix.utf8.count <= 32, prefix.utf8.allSatisfy({ Self.isPlain($0) }) else {
            throw SettingsError("redis.prefix: at most 32 letters, digits, - and _")
        }
        if sentinelUser != nil, sentinelPasswordFile == nil {
            throw SettingsError("redis.sentinel-user is set without redis.sentinel-password-file")
        }
        if case .sentinels = address { return }
        for key in ["redis.primary", "redis.sentinel-user", "redis.sentinel-password-file"]
        where read.optional(key) != nil {
            throw SettingsError("\(key) is set without redis.sentinels")
        }
    }

    private static func address(_ read: SettingsReader) throws(SettingsError) -> Address {
        let ways = ["redis.socket", "redis.host", "redis.addresses", "redis.sentinels"]
        let chosen = ways.compactMap { key in read.optional(key).map { (key: key, text: $0) } }
        guard let way = chosen.first else {
            throw SettingsError("\(ways.joined(separator: ", ")): one of them must be set")
        }
        guard chosen.count == 1 else {
            let keys = chosen.map(\.key).joined(separator: " and ")
            throw SettingsError(
                "\(keys) are \(chosen.count == 2 ? "both" : "all") set: choose one, the others are \"off\"")
        }
        switch way.key {
        case "redis.socket":
            return .server(.unix(path: way.text))
        case "redis.host":
            let port = try read.integer("redis.port", in: 1...65_535, default: 6379)
            return .server(.tcp(host: way.text, port: port))
        case "redis.addresses":
            return .candidates(try servers(way.key, way.text))
        default:
            let sentinels = try servers(way.key, way.text)
            guard !sentinels.contains(where: { if case .unix = $0 { true } else { false } }) else {
                throw SettingsError("\(way.key): a sentinel has a host and a port, not a socket")
            }
            let name = read.text("redis.primary", default: "mymaster")
            guard name.utf8.count <= 128, name.utf8.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: ".") }) else {
                throw SettingsError("redis.primary: at most 128 letters, digits, ., - and _")
            }
            return .sentinels(sentinels, primary: name)
        }
    }

    /// `10.0.0.1:6379, [fe80::1]:6379, /run/redis.sock`.
    private static func servers(_ key: String, _ text: String) throws(SettingsError) -> [Server] {
        var servers: [Server] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(whereSeparator: \.isWhitespace)
            guard words.count == 1, let server = Server(words[0]) else {
                throw SettingsError("\(key): \"\(part)\" is neither host:port nor the path of a socket")
            }
            guard !servers.contains(server) else { throw SettingsError("\(key): \(words[0]) is there twice") }
            servers.append(server)
        }
        guard servers.count <= mostServers else { throw SettingsError("\(key): more than \(mostServers)") }
        return servers
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || character == "-" || character == "_")
    }
}

extension Settings.Redis.Server {
    fileprivate init?(_ text: Substring) {
        if text.hasPrefix("/") {
            self = .unix(path: String(text))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { "/[]".contains($0) }) else { return nil }
        self = .tcp(host: String(host), port: port)
    }
}
