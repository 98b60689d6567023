import Glibc
import Synchronization

/// A real redis-server with the shipped `config/redis.conf`, on a unix socket in a private folder.
public final class RedisServer: Sendable {
    public struct Options: Sendable {
        /// Settings over those of `config/redis.conf`.
        public var settings: [String: String]
        /// A command in front, such as strace with an injected fault.
        public var wrapper: [String]

        public init(_ settings: [String: String] = [:], wrapper: [String] = []) {
            self.settings = settings
            self.wrapper = wrapper
        }
    }

    public let socket: String
    /// The append-only file's folder is in it.
    public let dataFolder: String
    private let folder: TemporaryFolder
    private let options: Options
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// Returns when it answers PING.
    public static func start(_ options: Options = Options(), in folder: TemporaryFolder? = nil) async throws
        -> RedisServer
    {
        let server = try RedisServer(options, in: folder ?? TemporaryFolder())
        try await server.start()
        return server
    }

    private init(_ options: Options, in folder: TemporaryFolder) throws {
        self.folder = folder
        self.options = options
        socket = folder.file("redis.sock")
        dataFolder = try folder.folder("redis")
    }

    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }
    public var pid: pid_t? { process.withLock { $0?.pid } }
    public func logTail() -> String { process.withLock { $0?.logTail() } ?? "" }

    /// Starts it, again, on what its folder holds. Returns when it answers PING, so after the append-only file is loaded.
    public func start() async throws {
        guard !isRunning else { return }
        var settings = options.settings
        settings["dir"] = dataFolder
        settings["unixsocket"] = socket
        settings["maxmemory"] = settings["maxmemory"] ?? "256mb"
        let command =
            options.wrapper + [try Repository.program("redis-server"), "\(Repository.root)/config/redis.conf"]
            + settings.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
        let child = try await ChildProcess.start(
            command, folder: dataFolder, logFile: folder.file("redis.log"))
        process.withLock { $0 = child }
        try await eventually("PING of redis-server", within: .seconds(20)) {
            guard child.isRunning else { throw TestingError("redis-server ended:\n\(child.logTail())") }
            return (try? self.command("PING")) == .simple("PONG")
        }
    }

    /// SIGKILL. Its files stay.
    public func kill() {
        process.withLock { $0?.kill() }
    }

    /// SIGTERM: it syncs its append-only file and exits.
    public func stop() async throws {
        if let child = process.withLock({ $0 }) { try await child.terminate() }
    }

    /// SIGKILL, and a new process on the same files.
    public func restart() async throws {
        kill()
        try await start()
    }

    /// SIGSTOP: it takes connections and bytes (the kernel does), and answers nothing.
    public func pause() {
        process.withLock { $0?.send(SIGSTOP) }
    }

    public func resume() {
        process.withLock { $0?.send(SIGCONT) }
    }

    /// Sends a command on a connection of its own and waits for the reply, at most 5 s. An error reply is a value.
    @discardableResult
    public func command(_ arguments: String...) throws -> RESPValue {
        try self.command(arguments)
    }

    @discardableResult
    public func command(_ arguments: [String]) throws -> RESPValue {
        var connection = try BlockingSocket(path: socket)
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes += Array("$\(argument.utf8.count)\r\n\(argument)\r\n".utf8)
        }
        try connection.write(bytes)
        return try RESPValue.read(from: &connection)
    }
}
