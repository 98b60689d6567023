import Glibc
import Synchronization

/// The built `sessiond`, with the shipped `config/sessiond.yaml` and settings over it.
public final class SessiondProcess: Sendable {
    public enum Readiness: Sendable {
        /// `/health/ready` answers 200.
        case ready
        /// It takes connections; what it depends on may be missing.
        case listening
    }

    public let socket: String
    public let settings: [String: String]
    private let name: String
    private let folder: TemporaryFolder
    private let wrapper: [String]
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// Starts nothing yet.
    /// - Parameters:
    ///   - name: Its socket and its log are named so, in `folder`.
    ///   - settings: By the names of `config/sessiond.yaml`: `["lifecycle.abandon-after": "250ms"]`.
    ///   - wrapper: A command in front, such as strace with an injected fault.
    public init(
        name: String = "sessiond", settings: [String: String], in folder: TemporaryFolder, wrapper: [String] = []
    ) {
        self.name = name
        self.folder = folder
        self.wrapper = wrapper
        socket = folder.file("\(name).sock")
        self.settings = settings.merging(["listen.socket": socket]) { $1 }
    }

    public var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }
    public var pid: pid_t? { process.withLock { $0?.pid } }
    /// How the last process ended; nil while it runs, and before the first.
    public var ending: ChildProcess.Ending? { process.withLock { $0?.ending } }
    public func logTail(lines: Int = 40) -> String { process.withLock { $0?.logTail(lines: lines) } ?? "" }

    /// A file of SQLite's is made with some ten fsyncs, of each shard one after the other, and there can be sixteen.
    public static let startLimit: Duration = .seconds(60)

    /// - Parameter environment: Variables of this run alone, over those of the settings.
    public func start(
        until readiness: Readiness = .ready, within limit: Duration = startLimit, environment: [String: String] = [:]
    ) async throws {
        guard !isRunning else { return }
        let command =
            wrapper + [
                try Repository.product("sessiond"), "serve", "--config", "\(Repository.root)/config/sessiond.yaml",
            ]
        let child = try await ChildProcess.start(
            command, environment: Self.environment(settings).merging(environment) { $1 }, folder: folder.path,
            logFile: folder.file("\(name).log"))
        process.withLock { $0 = child }
        try await eventually("\(name) \(readiness)", within: limit) {
            guard child.isRunning else { throw TestingError("\(name) ended:\n\(child.logTail())") }
            return switch readiness {
            case .ready: (try? FastCGIProbe.get("/health/ready", socket: socket)) == 200
            case .listening: canConnect(to: socket)
            }
        }
    }

    /// SIGKILL.
    public func kill() {
        process.withLock { $0?.kill() }
    }

    /// SIGTERM; returns how it ended. The service drains first, so the default limit is longer than `drain`.
    @discardableResult
    public func stop(within limit: Duration = .seconds(20)) async throws -> ChildProcess.Ending {
        guard let child = process.withLock({ $0 }) else { throw TestingError("\(name) was never started") }
        return try await child.terminate(within: limit)
    }

    /// SIGKILL, and a new process on the same data.
    public func restart(until readiness: Readiness = .ready) async throws {
        kill()
        try await start(until: readiness)
    }

    /// SIGSTOP, as a machine that stalls.
    public func pause() {
        process.withLock { $0?.send(SIGSTOP) }
    }

    public func resume() {
        process.withLock { $0?.send(SIGCONT) }
    }

    /// The variables that set these settings: `redis.socket` is SESSIOND_REDIS_SOCKET.
    public static func environment(_ settings: [String: String]) -> [String: String] {
        let pairs = settings.map { name, value in
            ("SESSIOND_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined(), value)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
