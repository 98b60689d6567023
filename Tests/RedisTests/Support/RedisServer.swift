import Foundation
import NIOCore
import NIOPosix

@testable import Redis

/// A redis-server of the test's own, in a private folder, on a private unix socket and, if asked for, a port.
final class RedisServer: @unchecked Sendable {
    let folder: URL
    let port: Int?
    private let options: [String]
    private var process = Process()

    var socket: String { folder.appending(path: "r.sock").path }

    init(tcp: Bool = false, _ options: String...) async throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "r\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = tcp ? try await Self.freePort() : nil
        self.options = options
        try await start()
    }

    func start() async throws {
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "redis-server", "--unixsocket", socket, "--dir", folder.path, "--save", "", "--appendonly", "no",
                "--bind", "127.0.0.1", "--port", "\(port ?? 0)", "--loglevel", "warning",
                "--repl-diskless-sync-delay", "0",
            ] + options
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await eventually("redis-server listens") {
            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket).get()
            try? await channel?.close()
            return channel != nil
        }
    }

    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Stops, and starts again, the answering.
    func pause() { Foundation.kill(process.processIdentifier, SIGSTOP) }
    func resume() { Foundation.kill(process.processIdentifier, SIGCONT) }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return channel.localAddress?.port ?? 0
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
