import Logging
import NIOCore

extension RedisConfiguration.Address {
    /// Those that are configured.
    var servers: [RedisConfiguration.Server] {
        switch self {
        case .server(let server): [server]
        case .candidates(let servers), .sentinels(let servers, _, _): servers
        }
    }
}

/// Finding the primary, and noticing that it is one no longer.
extension Connector {
    /// A connection to a server that says it is a primary.
    /// - Throws: ``NoPrimary``, with a reason for each server that was tried; `CancellationError`.
    func primary(_ order: inout ServerOrder) async throws -> Connection {
        switch configuration.address {
        case .server(let server):
            return try await search([server], follows: false)
        case .candidates:
            let connection = try await search(order.servers, follows: true)
            order.prefer(connection.server)
            return connection
        case .sentinels(_, let name, let credentials):
            var failure = NoPrimary(reasons: [])
            for sentinel in order.servers {
                let server: RedisConfiguration.Server
                do {
                    server = try await ask(sentinel, for: name, as: credentials)
                } catch {
                    try Task.checkCancellation()
                    failure.reasons.append("sentinel \(sentinel): \(error)")
                    continue
                }
                // A sentinel that is cut off from the others may point to a server that is gone, for as long as it
                // likes: next time another is asked first.
                order.postpone(sentinel)
                let connection = try await search([server], follows: false)
                order.prefer(sentinel)
                return connection
            }
            throw failure
        }
    }

    private func search(_ servers: [RedisConfiguration.Server], follows: Bool) async throws -> Connection {
        var search = PrimarySearch(servers, follows: follows)
        while let server = search.next() {
            do {
                let (connection, role) = try await open(
                    server, as: configuration.credentials, asking: RedisCommand("ROLE"))
                if search.found(server, RedisRole(role)) { return connection }
                try? await connection.channel.close()
            } catch {
                search.failed(server, error)
            }
            try Task.checkCancellation()
        }
        throw search.error
    }

    func role(of server: RedisConfiguration.Server) async throws -> RedisReply {
        let (connection, role) = try await open(server, as: configuration.credentials, asking: RedisCommand("ROLE"))
        try? await connection.channel.close()
        return role
    }

    private func ask(
        _ sentinel: RedisConfiguration.Server, for name: String, as credentials: RedisConfiguration.Credentials?
    ) async throws -> RedisConfiguration.Server {
        let (connection, answer) = try await open(
            sentinel, as: credentials, asking: RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name),
            timeout: configuration.limits.sentinelReply)
        try? await connection.channel.close()
        guard let server = RedisConfiguration.Server(host: answer[0], port: answer[1]) else {
            throw NoPrimary(reasons: [answer.isNull ? "knows no primary \(name)" : "its answer is no address"])
        }
        return server
    }

    /// Waits for the connection's end, which is brought about by `end` when the task is cancelled, and when the server
    /// says that it is a replica now. (Redis keeps the connections of a primary that it demotes.)
    /// - Parameter ask: sends `ROLE` to the server, every ``RedisLimits/roleCheck``.
    /// - Returns: how long it was in use.
    func untilEnd(
        of connection: Connection, asking ask: @escaping @Sendable () async throws -> RedisReply,
        end: @escaping @Sendable () -> Void
    ) async -> TimeAmount {
        let start = eventLoop.now
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        repeat {
                            try await pacing.sleep(configuration.limits.roleCheck)
                            try Task.checkCancellation()
                        } while !(await isReplica(connection.server, ask))
                        end()
                    } catch {
                        // Cancelled: it has ended.
                    }
                }
                try? await connection.channel.closeFuture.get()
                group.cancelAll()
            }
        } onCancel: {
            end()
        }
        return eventLoop.now - start
    }

    /// False as long as it doesn't say so.
    private func isReplica(
        _ server: RedisConfiguration.Server, _ ask: @Sendable () async throws -> RedisReply
    ) async -> Bool {
        guard let reply = try? await ask(), case .replica? = RedisRole(reply) else { return false }
        logger.warning("Redis is no primary any more; looking for it anew", metadata: ["server": "\(server)"])
        return true
    }
}
