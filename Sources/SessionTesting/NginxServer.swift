import Glibc
import Synchronization

/// A real nginx with the shipped `config/nginx.conf`, in which only the sockets' paths are changed: it listens on a unix
/// socket in a private folder.
public final class NginxServer: Sendable {
    public let socket: String
    private let prefix: String
    private let folder: TemporaryFolder
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// - Parameters:
    ///   - services: The sockets of the services behind it.
    ///   - directives: Added to the `http` block.
    public static func start(
        services: [String], directives: String = "", in folder: TemporaryFolder? = nil
    ) async throws -> NginxServer {
        let folder = try folder ?? TemporaryFolder()
        let server = try NginxServer(services: services, directives: directives, in: folder)
        try await server.start()
        return server
    }

    private init(services: [String], directives: String, in folder: TemporaryFolder) throws {
        self.folder = folder
        socket = folder.file("nginx.sock")
        prefix = try folder.folder("nginx")
        let upstreams = services.map { "server unix:\($0);" }.joined(separator: "\n")
        var text = try Repository.configuration("nginx.conf")
        text = try replacing(
            "listen 127.0.0.1:8080 backlog=1024;", in: text, with: "listen unix:\(socket) backlog=1024;")
        text = try replacing("server unix:sessiond.sock;", in: text, with: upstreams)
        text = try replacing("    upstream sessiond {", in: text, with: "\(directives)\n    upstream sessiond {")
        try folder.write(text, to: "nginx/nginx.conf")
        try folder.write(try Repository.configuration("fastcgi_params"), to: "nginx/fastcgi_params")
    }

    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }
    public var pid: pid_t? { process.withLock { $0?.pid } }
    public func logTail() -> String { process.withLock { $0?.logTail() } ?? "" }

    /// Starts it, again. Returns when it takes connections.
    public func start() async throws {
        guard !isRunning else { return }
        // nginx does not replace a socket that a killed one left behind.
        unlink(socket)
        // As root, it would make its workers another user's, who may not open the service's socket.
        let globals = geteuid() == 0 ? "daemon off; user root;" : "daemon off;"
        let log = "\(prefix)/error.log"
        // TERM: killed, its master would leave the workers behind.
        let child = try await ChildProcess.start(
            [try Repository.program("nginx"), "-p", prefix, "-c", "\(prefix)/nginx.conf", "-e", log, "-g", globals],
            folder: prefix, logFile: log, deathSignal: "TERM")
        process.withLock { $0 = child }
        try await eventually("a connection to nginx") {
            guard child.isRunning else { throw TestingError("nginx ended:\n\(child.logTail())") }
            return canConnect(to: socket)
        }
    }

    /// SIGKILL to master and workers.
    public func kill() {
        process.withLock { $0?.kill() }
    }

    public func stop() async throws {
        if let child = process.withLock({ $0 }) { try await child.terminate() }
    }

}

/// Whether something takes connections on a unix socket.
func canConnect(to path: String) -> Bool {
    (try? BlockingSocket(path: path)) != nil
}

private func replacing(_ part: String, in text: String, with other: String) throws -> String {
    guard let range = text.firstRange(of: part) else {
        throw TestingError("config/nginx.conf has no line \"\(part)\": change NginxServer with it")
    }
    return text.replacingCharacters(in: range, with: other)
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
        String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
