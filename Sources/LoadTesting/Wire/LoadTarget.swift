/// Where requests go, and how they are written.
package enum LoadTarget: Equatable, Sendable, CustomStringConvertible {
    case http(host: String, port: Int)
    case httpSocket(String)
    case fastCGI(host: String, port: Int)
    case fastCGISocket(String)

    /// `http://HOST:PORT`, `http+unix:PATH`, `fastcgi://HOST:PORT`, `fastcgi+unix:PATH`.
    package init?(_ text: String) {
        func address(_ prefix: String, port fallback: Int?) -> (String, Int)? {
            guard text.hasPrefix(prefix) else { return nil }
            var rest = text.dropFirst(prefix.count)
            if rest.hasSuffix("/") { rest.removeLast() }
            guard let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else {
                return fallback.flatMap { rest.isEmpty || rest.contains("/") ? nil : (String(rest), $0) }
            }
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port) else { return nil }
            var host = rest[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            return host.isEmpty || host.contains("/") ? nil : (String(host), port)
        }
        func path(_ prefix: String) -> String? {
            guard text.hasPrefix(prefix), text.count > prefix.count else { return nil }
            return String(text.dropFirst(prefix.count))
        }
        if let (host, port) = address("http://", port: 80) {
            self = .http(host: host, port: port)
        } else if let path = path("http+unix:") {
            self = .httpSocket(path)
        } else if let (host, port) = address("fastcgi://", port: nil) {
            self = .fastCGI(host: host, port: port)
        } else if let path = path("fastcgi+unix:") {
            self = .fastCGISocket(path)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .http(let host, let port): "http://\(host):\(port)"
        case .httpSocket(let path): "http+unix:\(path)"
        case .fastCGI(let host, let port): "fastcgi://\(host):\(port)"
        case .fastCGISocket(let path): "fastcgi+unix:\(path)"
        }
    }

    package var isFastCGI: Bool {
        switch self {
        case .fastCGI, .fastCGISocket: true
        case .http, .httpSocket: false
        }
    }

    /// Whether its processes can be on this machine.
    package var isLocal: Bool {
        switch self {
        case .httpSocket, .fastCGISocket: true
        case .http(let host, _), .fastCGI(let host, _):
            host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    /// The `Host` header.
    package var authority: String {
        switch self {
        case .http(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .httpSocket, .fastCGI, .fastCGISocket: "localhost"
        }
    }
}
