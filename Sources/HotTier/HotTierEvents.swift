import Logging
import NIOCore
import Redis
import SessionCore
import SessionModel

/// What the hot tier tells by itself: liveness keys that expired, and commits that were made. Both are hints that may be
/// lost: the sweep and SQLite's cursor are the truth.
public struct HotTierEvents: Sendable {
    private let subscriber: RedisSubscriber

    /// - Parameters:
    ///   - onExpired: a session whose liveness key ran out. Called on `eventLoop`.
    ///   - onFlushed: a shard's log is committed up to here. Called on `eventLoop`.
    public init(
        redis: RedisConfiguration, configuration: HotTierConfiguration, eventLoop: any EventLoop, logger: Logger,
        onExpired: @escaping @Sendable (SessionID) -> Void, onFlushed: @escaping @Sendable (Shard, LogID) -> Void
    ) {
        let channels = Dictionary(
            uniqueKeysWithValues: zip(configuration.keys.map(\.flushed), configuration.shards.all))
        let prefix = configuration.prefix
        let patterns: Set<String> = configuration.lifecycle.listensToExpiredEvents ? ["__keyevent@*__:expired"] : []
        subscriber = RedisSubscriber(
            configuration: redis, eventLoop: eventLoop, logger: logger,
            names: RedisSubscriptionNames(channels: Set(channels.keys), patterns: patterns)
        ) { event in
            guard case .message(let message) = event, let text = message.payload.string else { return }
            if let shard = message.channel.flatMap({ channels[$0] }) {
                if let log = LogID(text) { onFlushed(shard, log) }
            } else if let id = Keys.session(ofAlive: text, prefix: prefix) {
                onExpired(id)
            }
        }
    }

    /// Until the task is cancelled.
    public func run() async { await subscriber.run() }
}
