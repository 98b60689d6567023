/// Why a server cannot listen.
public enum FastCGIServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Longer than a unix socket's address holds: 107 bytes.
    case pathTooLong(String)
    /// Another process answers on the socket.
    case socketInUse(String)
    /// There is something at the path that is no socket; it was left alone.
    case notASocket(String)
    /// The address is not loopback, and the server was not told to be open to the network.
    case notLoopback(String)
    /// Neither an IP address nor "localhost".
    case notAnAddress(String)
    /// The descriptor is not a listening stream socket.
    case notListening(Int32)
    /// The system refused; `call` names what.
    case system(call: String, errno: Int32)
    /// As above, told by the network library.
    case failed(String)

    public var description: String {
        switch self {
        case .pathTooLong(let path): "The socket's path is longer than 107 bytes: \(path)"
        case .socketInUse(let path): "Another process is listening on \(path); stop it, or choose another socket."
        case .notASocket(let path): "\(path) exists and is not a socket; remove it, or choose another path."
        case .notLoopback(let host): "\(host) is not loopback: everyone who reaches it could forge requests."
        case .notAnAddress(let host): "\(host) is not an IP address."
        case .notListening(let descriptor): "Descriptor \(descriptor) is not a listening stream socket."
        case .system(let call, let errno): "\(call) failed: error \(errno)."
        case .failed(let reason): "Cannot listen: \(reason)"
        }
    }
}
