import Foundation
import NIOPosix
import SessionTesting

@testable import Redis

extension RedisServer {
    var server: RedisConfiguration.Server { .unixSocket(path: socket) }
    var tcp: RedisConfiguration.Server { .tcp(host: "127.0.0.1", port: port ?? 0) }

    /// Whatever the server is; a client takes only a primary.
    @discardableResult
    func command(_ command: RedisCommand) async throws -> RedisReply {
        try await answer(of: server, to: command)
    }

    /// Returns when it has everything that `primary` has.
    func replicate(_ primary: RedisServer) async throws {
        try await command(RedisCommand("REPLICAOF", "127.0.0.1", "\(primary.port ?? 0)"))
        try await eventually("the replica is up to date") {
            try await command(RedisCommand("INFO", "replication")).string?.contains("master_link_status:up") == true
        }
    }

    func promote() async throws { try await command(RedisCommand("REPLICAOF", "NO", "ONE")) }
}

/// Sends one command on a connection of its own.
func answer(of server: RedisConfiguration.Server, to command: RedisCommand) async throws -> RedisReply {
    let connector = Connector(
        configuration: .init(address: .server(server)), eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
        logger: .silent, pacing: .init())
    let (connection, reply) = try await connector.open(server, as: nil, asking: command)
    try await connection.channel.close()
    return reply
}

/// A Redis Sentinel of the test's own, on a private port, that watches a server under the name `mymaster`. Until it is
/// told to ``watchClosely()``, it is slow to take one for dead.
final class Sentinel: @unchecked Sendable {
    let port: Int
    private let folder: URL
    private let process: ChildProcess

    var server: RedisConfiguration.Server { .tcp(host: "127.0.0.1", port: port) }

    /// - Parameters:
    ///   - port: a free one if nil.
    ///   - settings: lines added to its configuration.
    init(watching primary: RedisServer, on port: Int? = nil, settings: String = "") async throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "s\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let port { self.port = port } else { self.port = try await RedisServer.freePort() }
        let file = folder.appending(path: "sentinel.conf")
        try """
        bind 127.0.0.1
        port \(self.port)
        dir \(folder.path)
        sentinel monitor mymaster 127.0.0.1 \(primary.port ?? 0) 1
        sentinel down-after-milliseconds mymaster 60000
        sentinel failover-timeout mymaster 3000
        \(settings)
        """.write(to: file, atomically: true, encoding: .utf8)
        process = try await ChildProcess.start(
            ["/usr/bin/env", "redis-server", file.path, "--sentinel"], folder: folder.path,
            logFile: folder.appending(path: "log").path)
        try await eventually("the sentinel listens") {
            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: self.port).get()
            try? await channel?.close()
            return channel != nil
        }
    }

    /// Returns when it has found so many replicas, and could make one of them the primary.
    func knows(replicas: Int) async throws {
        try await eventually("the sentinel knows the replicas") {
            let reply = try await answer(of: server, to: RedisCommand("SENTINEL", "REPLICAS", "mymaster"))
            return reply.elements.count { replica in
                let fields = replica.elements.map { $0.string ?? "" }
                return [["flags", "slave"], ["master-link-status", "ok"]].allSatisfy { fields.contains($0) }
            } >= replicas
        }
    }

    /// From now on a server is dead that was silent for 300 ms: before, a machine that stalls would begin a failover.
    func watchClosely() async throws {
        let period = RedisCommand("SENTINEL", "SET", "mymaster", "down-after-milliseconds", "300")
        _ = try await answer(of: server, to: period)
    }

    func kill() { process.kill() }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }
}
