import FoundationEssentials
import Glibc
import NIOPosix
import Synchronization

/// A process that a test starts, in a process group of its own, and that cannot outlive the test:
///
/// - its last reference ends it (SIGKILL to its group, and only to that), whether the test succeeded or threw;
/// - `setpriv --pdeathsig` makes the kernel end it when the test process dies, however that happens. The kernel counts by
///   the *thread* that started it, so children are started from NIO's singleton thread pool, whose threads never end.
///
/// What it prints goes to a file.
public final class ChildProcess: Sendable {
    public enum Ending: Sendable, Equatable {
        case exited(code: Int32)
        case killed(signal: Int32)
    }

    private enum State {
        case running
        case ended(Ending)
    }

    /// Its process id, which is its group's too.
    public let pid: pid_t
    public let logFile: String
    private let state = Mutex(State.running)

    /// - Parameters:
    ///   - arguments: The program's path and its arguments.
    ///   - environment: Added to the test's own.
    ///   - folder: Its working directory.
    ///   - logFile: Gets its output and errors, appended.
    ///   - deathSignal: What it gets when the test process dies. Not KILL for one that must end its own children.
    public static func start(
        _ arguments: [String], environment: [String: String] = [:], folder: String, logFile: String,
        deathSignal: String = "KILL"
    ) async throws -> ChildProcess {
        // The shell looks whether the test had already died before the kernel was asked.
        let script = #"[ "$PPID" = "$0" ] && cd "$1" && shift && exec "$@""#
        let command =
            [
                try Repository.program("setpriv"), "--pdeathsig", deathSignal, "/bin/sh", "-c", script,
                String(getpid()), folder,
            ]
            + arguments
        let pid = try await NIOThreadPool.singleton.runIfActive {
            try spawn(command, environment: environment, logFile: logFile)
        }
        return ChildProcess(pid: pid, logFile: logFile)
    }

    private init(pid: pid_t, logFile: String) {
        self.pid = pid
        self.logFile = logFile
    }

    deinit {
        kill()
    }

    /// How it ended, or `nil` while it runs.
    public var ending: Ending? {
        state.withLock { reap(&$0, WNOHANG) }
    }

    public var isRunning: Bool { ending == nil }

    /// Does nothing if it has ended: its id may be another's by now.
    public func send(_ signal: Int32) {
        state.withLock {
            if reap(&$0, WNOHANG) == nil { Glibc.kill(pid, signal) }
        }
    }

    /// SIGKILL to its whole group; returns when it is gone.
    public func kill() {
        state.withLock {
            guard reap(&$0, WNOHANG) == nil else { return }
            Glibc.kill(-pid, SIGKILL)
            _ = reap(&$0, 0)
        }
    }

    /// Waits for it to end by itself.
    public func wait(within limit: Duration = .seconds(15)) async throws -> Ending {
        try await eventually("the end of process \(pid)", within: limit) { !isRunning }
        guard let ending else { throw TestingError("process \(pid) came back") }
        return ending
    }

    /// SIGTERM, and waits; past the limit, SIGKILL and an error.
    @discardableResult
    public func terminate(within limit: Duration = .seconds(15)) async throws -> Ending {
        send(SIGTERM)
        send(SIGCONT)
        do {
            return try await wait(within: limit)
        } catch {
            kill()
            throw error
        }
    }

    /// The last lines that it printed.
    public func logTail(lines: Int = 40) -> String {
        let log = (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? ""
        return log.split(separator: "\n", omittingEmptySubsequences: false).suffix(lines).joined(separator: "\n")
    }

    private func reap(_ state: inout State, _ options: Int32) -> Ending? {
        if case .ended(let ending) = state { return ending }
        var status: Int32 = 0
        var result: pid_t
        repeat { result = waitpid(pid, &status, options) } while result == -1 && errno == EINTR
        guard result != 0 else { return nil }
        let signal = status & 0x7f
        let ending: Ending = signal == 0 ? .exited(code: (status >> 8) & 0xff) : .killed(signal: signal)
        state = .ended(ending)
        // What its children left running, if it had any.
        Glibc.kill(-pid, SIGKILL)
        return ending
    }
}

private func spawn(_ arguments: [String], environment: [String: String], logFile: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, logFile, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = variables.map { strdup($0) } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
    guard failure == 0 else { throw TestingError("\(arguments.joined(separator: " ")): \(systemMessage(failure))") }
    return pid
}
