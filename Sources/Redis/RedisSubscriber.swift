public import Logging
public import NIOCore

/// Hears what is published, over a connection of its own (RESP2 allows nothing else on it), which it renews; it then
/// subscribes again by itself.
///
/// Redis delivers at most once: messages published while there was no connection are gone, and those that a slow
/// connection lets pile up cost it the connection (`client-output-buffer-limit pubsub`).
///
/// Unchecked: `wanted` and `handler` are touched on `eventLoop` alone, which is asserted; all else is immutable.
public final class RedisSubscriber: @unchecked Sendable {
    private let connector: Connector
    private let deliver: @Sendable (RedisSubscriptionEvent) -> Void
    private var wanted: RedisSubscriptionNames
    private var handler: SubscriptionHandler?

    private var eventLoop: any EventLoop { connector.eventLoop }

    /// - Parameter deliver: called for every event, on `eventLoop`; it must not block. For a reader at its own pace see
    ///   ``RedisSubscriptionStream``.
    public init(
        configuration: RedisConfiguration, eventLoop: any EventLoop, logger: Logger, pacing: RedisPacing = .init(),
        names: RedisSubscriptionNames = .init(), deliver: @escaping @Sendable (RedisSubscriptionEvent) -> Void
    ) {
        self.connector = Connector(configuration: configuration, eventLoop: eventLoop, logger: logger, pacing: pacing)
        self.deliver = deliver
        self.wanted = names
    }

    /// Keeps it connected until the task is cancelled. To be called once.
    public func run() async {
        await connector.keepTrying { connection in
            try await eventLoop.flatSubmit { self.takeOver(connection) }.get()
            return await connector.untilEnd(of: connection) { [connector] in
                // A subscription can ask nothing itself.
                try await connector.role(of: connection.server)
            } end: {
                connection.channel.close(promise: nil)
            }
        }
    }

    private func takeOver(_ connection: Connector.Connection) -> EventLoopFuture<Void> {
        let operations = connection.channel.pipeline.syncOperations
        guard let pipeline = connection.sender.pipeline else {
            return eventLoop.makeFailedFuture(RedisError.unknown(.connectionLost))
        }
        return operations.removeHandler(pipeline).flatMapThrowing {
            let handler = try SubscriptionHandler(
                limits: self.connector.configuration.limits, wanted: self.wanted, now: self.eventLoop.now,
                logger: self.connector.logger, deliver: self.deliver)
            self.handler = handler
            try connection.channel.pipeline.syncOperations.addHandler(handler)
        }
    }

    /// Hears these too, from the ``RedisSubscriptionEvent/subscribed(_:)`` (or `connected`) that follows. From any thread.
    public func subscribe(_ names: RedisSubscriptionNames) {
        onLoop {
            let new = RedisSubscriptionNames(
                channels: names.channels.subtracting(self.wanted.channels),
                patterns: names.patterns.subtracting(self.wanted.patterns))
            self.wanted.channels.formUnion(new.channels)
            self.wanted.patterns.formUnion(new.patterns)
            self.handler?.subscribe(new)
        }
    }

    /// Hears these no longer; a few messages already under way may still come. From any thread.
    public func unsubscribe(_ names: RedisSubscriptionNames) {
        onLoop {
            let old = RedisSubscriptionNames(
                channels: names.channels.intersection(self.wanted.channels),
                patterns: names.patterns.intersection(self.wanted.patterns))
            self.wanted.channels.subtract(old.channels)
            self.wanted.patterns.subtract(old.patterns)
            self.handler?.unsubscribe(old)
        }
    }

    private func onLoop(_ work: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { work() } else { eventLoop.execute(work) }
    }
}
