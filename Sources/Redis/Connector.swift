import Logging
import NIOCore
import NIOPosix

/// Makes one connection after another, for as long as its task lives.
struct Connector: Sendable {
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let pacing: RedisPacing

    /// Calls `serve` again and again, with a pause after each time.
    ///
    /// `serve` makes a connection and returns when it has ended, with how long it was in use, or throws.
    /// - Returns: when the task is cancelled.
    func keepTrying(_ serve: () async throws -> TimeAmount) async {
        var backoff = Backoff(limits: configuration.limits)
        while !Task.isCancelled {
            do {
                backoff.lasted(try await serve())
                logger.info("connection to Redis ended")
            } catch {
                logger.warning("no connection to Redis", metadata: ["error": "\(error)"])
            }
            let pause = backoff.pause(fraction: pacing.fraction())
            // Fails only by cancellation, which the loop's head sees.
            try? await pacing.sleep(pause)
        }
    }

    /// - Parameter prepare: adds the handlers; on the event loop, before anything is read.
    func connect(_ prepare: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.limits.connect)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel) }
            }
        switch configuration.address {
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
