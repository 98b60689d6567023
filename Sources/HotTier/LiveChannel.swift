public import Logging
public import NIOCore
public import Redis
public import SessionCore
import SessionModel

/// Hears, for one event loop, of the sessions that somebody there follows: one connection, whatever the number of followers.
public struct LiveChannel: Sendable {
    public let feed: LiveFeed
    private let subscriber: RedisSubscriber
    private let eventLoop: any EventLoop

    /// To be called on no matter which thread; `feed` belongs to `eventLoop`.
    public init(
        redis: RedisConfiguration, configuration: HotTierConfiguration, eventLoop: any EventLoop,
        limits: LiveFeed.Limits, count: LiveFeed.Count, logger: Logger
    ) {
        let keys = configuration.keys
        let shards = Dictionary(uniqueKeysWithValues: zip(keys.map(\.flushed), configuration.shards.all))
        let prefix = configuration.prefix
        let names = Names()
        let feed = LiveFeed(limits: limits, count: count) { id, isFollowed in
            let name: String = Keys(prefix: prefix, shard: id.shard).events(id)
            if isFollowed {
                names.sessions[name] = id
                names.subscriber?.subscribe(RedisSubscriptionNames(channels: [name]))
            } else {
                names.sessions[name] = nil
                names.subscriber?.unsubscribe(RedisSubscriptionNames(channels: [name]))
            }
        }
        subscriber = RedisSubscriber(
            configuration: redis, eventLoop: eventLoop, logger: logger,
            names: RedisSubscriptionNames(channels: Set(shards.keys))
        ) { event in
            switch event {
            case .connected:
                feed.connected()
            case .disconnected:
                feed.lost()
            case .subscribed(let channel):
                if let id = names.sessions[channel] { feed.heard(id) }
            case .message(let message):
                guard let channel = message.channel, let payload = message.payload.string else { return }
                if let id = names.sessions[channel] {
                    if let change = LiveChange(published: payload) { feed.changed(id, change) }
                } else if let shard = shards[channel], let logID = LogID(payload) {
                    feed.flushed(shard, upTo: logID)
                }
            case .dropped:
                break
            }
        }
        names.subscriber = subscriber
        self.feed = feed
        self.eventLoop = eventLoop
    }

    /// Until the task is cancelled.
    public func run() async {
        let step = TimeAmount.milliseconds(LiveFeed.longestStep)
        let ticker = eventLoop.scheduleRepeatedTask(initialDelay: step, delay: step) { [feed] _ in feed.tick(.now) }
        await subscriber.run()
        ticker.cancel()
    }

    /// Ends all answers that go on. From any thread.
    public func drain() { eventLoop.execute { [feed] in feed.drain() } }

    /// Unchecked: made before anything runs, and then touched on the event loop alone.
    private final class Names: @unchecked Sendable {
        var sessions: [String: SessionID] = [:]
        var subscriber: RedisSubscriber?
    }
}

extension LiveChange {
    /// What the scripts publish: {event, version?, messages?, status?, mission?, mission_version?, log_id}. Nil for what is
    /// nothing of the kind.
    init?(published: String) {
        guard let root = (try? JSONTape(Array(published.utf8)))?.root, let event = root["event"]?.string else {
            return nil
        }
        func number(_ name: String) -> Int64? {
            root[name].flatMap { Int64(String(decoding: $0.raw, as: UTF8.self)) }
        }
        let status = root["status"]?.string.flatMap(SessionStatus.init(rawValue:))
        let kind: Kind =
            switch event {
            case "append": .message
            case "delete": .deletion
            case _ where root["mission_version"] != nil || root["mission"] != nil: .mission
            case _ where status != nil: .status
            default: .session
            }
        self.init(
            kind, version: number("version"), messageCount: number("messages"), status: status,
            missionVersion: number("mission_version"), logID: root["log_id"]?.string.flatMap { LogID($0) } ?? .zero)
    }
}
