#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening unix socket, and the file that names it.
struct UnixSocket {
    let descriptor: Int32
    let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Side effects, in order: 1. a socket file at `path` on which nobody listens is unlinked; 2. a socket is made and
    /// bound there, from the first moment with no more rights than `mode`; 3. it gets exactly `mode`; 4. it listens.
    /// After an error the descriptor is closed; a file made in step 2 is unlinked.
    static func listen(path: String, mode: UInt16, backlog: Int) throws(FastCGIServerError) -> UnixSocket {
        try self.removeStale(path)
        let descriptor = try self.makeSocket()
        do throws(FastCGIServerError) {
            // Linux gives the file the socket's own mode, less the umask: so nobody gets in before chmod.
            _ = fchmod(descriptor, mode_t(mode))
            try self.bind(descriptor, path)
        } catch {
            _ = closeDescriptor(descriptor)
            throw error
        }
        do throws(FastCGIServerError) {
            guard chmod(path, mode_t(mode)) == 0 else { throw .system(call: "chmod \(path)", errno: errno) }
            try startListening(descriptor, backlog: backlog)
            guard let file = self.file(path) else { throw .system(call: "lstat \(path)", errno: errno) }
            return UnixSocket(descriptor: descriptor, path: path, device: file.device, inode: file.inode)
        } catch {
            _ = unlink(path)
            _ = closeDescriptor(descriptor)
            throw error
        }
    }

    /// Unlinks the file, if it is still the one that was made: another server may have replaced it.
    func removeFile() {
        guard let file = Self.file(self.path), file.device == self.device, file.inode == self.inode else { return }
        _ = unlink(self.path)
    }

    /// Unlinks a socket file on which nobody listens. Links are not followed; what is no socket stays.
    private static func removeStale(_ path: String) throws(FastCGIServerError) {
        guard let file = self.file(path) else { return }
        guard file.isSocket else { throw .notASocket(path) }
        let probe = try self.makeSocket()
        defer { _ = closeDescriptor(probe) }
        let result = try self.withAddress(path) { connect(probe, $0, $1) == 0 ? 0 : errno }
        switch result {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else { throw .system(call: "unlink \(path)", errno: errno) }
        case ENOENT:
            return
        case 0, EAGAIN:
            throw .socketInUse(path)
        default:
            throw .system(call: "connect \(path)", errno: result)
        }
    }

    private static func bind(_ descriptor: Int32, _ path: String) throws(FastCGIServerError) {
        let result = try self.withAddress(path) { bindTo(descriptor, $0, $1) == 0 ? 0 : errno }
        switch result {
        case 0: return
        case EADDRINUSE: throw .socketInUse(path)
        default: throw .system(call: "bind \(path)", errno: result)
        }
    }

    private static func makeSocket() throws(FastCGIServerError) -> Int32 {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #elseif canImport(Musl)
            let type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
        #else
            let type = SOCK_STREAM
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        return descriptor
    }

    private static func file(_ path: String) -> (device: UInt64, inode: UInt64, isSocket: Bool)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino), status.st_mode & S_IFMT == S_IFSOCK)
    }

    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(FastCGIServerError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard !bytes.isEmpty, bytes.count < room.count else { return false }
            room.copyBytes(from: bytes)
            return true
        }
        guard isFitting, !bytes.contains(0) else { throw .pathTooLong(path) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Whether the descriptor is a stream socket that listens (`SO_TYPE`, `SO_ACCEPTCONN`).
func isListening(_ descriptor: Int32) -> Bool {
    func option(_ name: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
    #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
    #else
        let stream = SOCK_STREAM
    #endif
    return option(SO_TYPE) == stream && option(SO_ACCEPTCONN) == 1
}

/// Soft limit of open descriptors, or `nil` if unknown.
func descriptorLimit() -> Int? {
    var limit = rlimit()
    #if canImport(Glibc)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    #else
        guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
    #endif
    return Int(clamping: limit.rlim_cur)
}

// Inside a type that has members of these names the global functions are out of reach.
private func bindTo(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    bind(descriptor, address, length)
}

/// On a socket that listens already: gives it this backlog.
func startListening(_ descriptor: Int32, backlog: Int) throws(FastCGIServerError) {
    guard listen(descriptor, Int32(clamping: backlog)) == 0 else { throw .system(call: "listen", errno: errno) }
}

private func closeDescriptor(_ descriptor: Int32) -> Int32 {
    close(descriptor)
}
