#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension FastCGIAddress {
    /// The first socket passed by systemd (sd_listen_fds(3): LISTEN_PID names this process, LISTEN_FDS counts the
    /// descriptors from 3 on), or `nil`. More than one: the others are left alone.
    public static func socketActivation(_ environment: [String: String]) -> FastCGIAddress? {
        guard
            let process = environment["LISTEN_PID"].flatMap(Int32.init), process == getpid(),
            let count = environment["LISTEN_FDS"].flatMap(Int.init), count >= 1
        else { return nil }
        return .listening(descriptor: 3)
    }

    /// The addresses in FCGI_WEB_SERVER_ADDRS, which a web server sets to say who may connect over TCP (FastCGI 1.0,
    /// section 3.2), or `nil` if it is not set.
    public static func webServerAddresses(_ environment: [String: String]) -> [String]? {
        environment["FCGI_WEB_SERVER_ADDRS"].map { list in
            list.split(separator: ",").map { $0.filter { $0 != " " } }
        }
    }
}
