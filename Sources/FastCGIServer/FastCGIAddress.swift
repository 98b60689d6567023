/// Where a server listens.
public enum FastCGIAddress: Sendable, Equatable {
    /// A unix socket. Only who may write to it (`mode`, which the process's umask does not narrow) can send requests. A
    /// socket that nobody listens on is replaced; anything else at the path is an error.
    case unixSocket(path: String, mode: UInt16 = 0o660)
    /// TCP, on an IP address ("localhost" is 127.0.0.1); port 0: any. Everyone who can connect can send requests with
    /// any parameters, so an address that is not loopback is refused unless `isOpenToNetwork`.
    case tcp(host: String, port: Int, isOpenToNetwork: Bool = false)
    /// A stream socket that listens already, as systemd's socket activation passes it. Closed at the end, not unlinked.
    case listening(descriptor: Int32)
}
