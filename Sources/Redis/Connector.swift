import Logging
import NIOCore
import NIOPosix

/// Makes one connection to the primary after another, for as long as its task lives.
struct Connector: Sendable {
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let pacing: RedisPacing

    /// A connection on which the greeting is said; commands are sent by `sender`.
    struct Connection: Sendable {
        let server: RedisConfiguration.Server
        let channel: any Channel
        let sender: RedisSender
    }

    /// Calls `use` again and again with a new connection to the primary, with a pause after each time.
    ///
    /// `use` returns when the connection has ended, with how long it was in use, or throws, which closes it.
    /// - Returns: when the task is cancelled.
    func keepTrying(_ use: (Connection) async throws -> TimeAmount) async {
        var backoff = Backoff(limits: configuration.limits)
        var order = ServerOrder(configuration.address.servers)
        while !Task.isCancelled {
            do {
                let connection = try await primary(&order)
                do {
                    backoff.lasted(try await use(connection))
                } catch {
                    try? await connection.channel.close()
                    throw error
                }
                logger.info("connection to Redis ended", metadata: ["server": "\(connection.server)"])
            } catch {
                logger.warning("no connection to Redis", metadata: ["error": "\(error)"])
            }
            let pause = backoff.pause(fraction: pacing.fraction())
            // Fails only by cancellation, which the loop's head sees.
            try? await pacing.sleep(pause)
        }
    }

    /// Says the greeting and then `question`.
    /// - Returns: the connection, open, and the answer, which is no error.
    func open(
        _ server: RedisConfiguration.Server, as credentials: RedisConfiguration.Credentials?,
        asking question: RedisCommand, timeout: TimeAmount? = nil
    ) async throws -> (Connection, RedisReply) {
        let sender = RedisSender(eventLoop: eventLoop)
        let channel = try await connect(server) { [configuration, logger] channel in
            let handler = try PipelineHandler(
                limits: configuration.limits, eventLoop: channel.eventLoop, logger: logger)
            try channel.pipeline.syncOperations.addHandler(handler)
            sender.pipeline = handler
        }
        do {
            let commands = configuration.greeting(credentials) + [question]
            let replies = try await sender.pipeline(commands, timeout: timeout)
            if let refusal = replies.lazy.compactMap(\.refusal).first { throw RedisError.refused(refusal) }
            guard let answer = replies.last else { throw RedisError.unknown(.unexpectedReply) }
            return (Connection(server: server, channel: channel, sender: sender), answer)
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// - Parameter prepare: adds the handlers; on the event loop, before anything is read.
    private func connect(
        _ server: RedisConfiguration.Server, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.limits.connect)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel) }
            }
        switch server {
        case .unixSocket(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path).get()
        case .tcp(let host, let port):
            return
                try await bootstrap
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: host, port: port).get()
        }
    }
}

/// Chance and the passing of time, for what happens between connections.
public struct RedisPacing: Sendable {
    /// From 0 up to 1.
    let fraction: @Sendable () -> Double
    /// Throws when cancelled.
    let sleep: @Sendable (TimeAmount) async throws -> Void

    public init(
        fraction: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        sleep: @escaping @Sendable (TimeAmount) async throws -> Void = {
            try await Task.sleep(for: .nanoseconds($0.nanoseconds))
        }
    ) {
        self.fraction = fraction
        self.sleep = sleep
    }
}
