import Foundation
import NIOCore
import NIOPosix
import SessionTesting

@testable import Redis

/// A redis-server of the test's own, in a private folder, on a private unix socket and, if asked for, a port.
final class RedisServer: @unchecked Sendable {
    let folder: URL
    private(set) var port: Int?
    private let options: [String]
    private var process: ChildProcess?

    var socket: String { folder.appending(path: "r.sock").path }

    init(tcp: Bool = false, _ options: String...) async throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "r\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.options = options
        // What was free a moment ago, another test may have taken since.
        var attempts = tcp ? 5 : 1
        while attempts > 0 {
            attempts -= 1
            if tcp { port = try await Self.freePort() }
            do {
                try await start()
                attempts = 0
            } catch { if attempts == 0 { throw error } }
        }
    }

    func start() async throws {
        process = try await ChildProcess.start(
            [
                "/usr/bin/env", "redis-server", "--unixsocket", socket, "--dir", folder.path, "--save", "",
                "--appendonly", "no",
                "--bind", "127.0.0.1", "--port", "\(port ?? 0)", "--loglevel", "warning",
                "--repl-diskless-sync-delay", "0",
            ] + options, folder: folder.path, logFile: folder.appending(path: "log").path)
        try await eventually("redis-server listens") {
            guard process?.isRunning == true else {
                throw NeverHappened(
                    description:
                        "redis-server ended: \((try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "")"
                )
            }
            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket).get()
            try? await channel?.close()
            return channel != nil
        }
    }

    func kill() { process?.kill() }

    /// Stops, and starts again, the answering.
    func pause() { process?.send(SIGSTOP) }
    func resume() { process?.send(SIGCONT) }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}

extension EventLoopGroup where Self == MultiThreadedEventLoopGroup {
    static var singletonMultiThreadedEventLoopGroup: MultiThreadedEventLoopGroup { .singleton }
}

struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, for ten seconds at most.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw NeverHappened(description: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}
