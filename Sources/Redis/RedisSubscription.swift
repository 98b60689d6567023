/// What a ``RedisSubscriber`` tells, in order.
public enum RedisSubscriptionEvent: Sendable {
    /// Every channel and pattern wanted so far is subscribed to, for the first time or again. Whatever was published before this
    /// may have been missed: Redis keeps no messages for those who are away.
    case connected
    /// After a `connected`: nothing is heard until the next one.
    case disconnected
    /// A channel or pattern, asked for after the connection was made, is heard from now on.
    case subscribed(String)
    case message(RedisMessage)
    /// So many messages were lost here because their reader was too slow. See ``RedisSubscriptionStream``.
    case dropped(Int)
}

/// A published message, read where hiredis put it.
public struct RedisMessage: Sendable {
    /// `message <channel> <payload>` or `pmessage <pattern> <channel> <payload>`.
    private let channelReply: RedisReply
    private let patternReply: RedisReply?
    public let payload: RedisReply

    /// Nil unless `reply` has one of these shapes.
    init?(_ reply: RedisReply) {
        if reply[0]?.equals("message") == true, let channel = reply[1], let payload = reply[2] {
            (patternReply, channelReply, self.payload) = (nil, channel, payload)
        } else if reply[0]?.equals("pmessage") == true, let channel = reply[2], let payload = reply[3] {
            (patternReply, channelReply, self.payload) = (reply[1], channel, payload)
        } else {
            return nil
        }
    }

    /// Nil if it is not UTF-8.
    public var channel: String? { channelReply.string }

    /// The pattern by which it was heard; nil for a channel subscribed to by name.
    public var pattern: String? { patternReply?.string }
}

/// Events for a reader at its own pace, kept up to a limit: beyond it the new ones are lost, and counted.
///
///     let (events, deliver) = RedisSubscriptionStream.make(limit: 1_000)
///     let subscriber = RedisSubscriber(…, deliver: deliver)
public enum RedisSubscriptionStream {
    /// Before the first event after a loss comes ``RedisSubscriptionEvent/dropped(_:)``; a lost
    /// ``RedisSubscriptionEvent/connected`` counts too, and means the same.
    /// - Parameter limit: events kept for the reader, one at least.
    public static func make(
        limit: Int
    ) -> (events: AsyncStream<RedisSubscriptionEvent>, deliver: @Sendable (RedisSubscriptionEvent) -> Void) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisSubscriptionEvent.self, bufferingPolicy: .bufferingOldest(max(1, limit)))
        let lost = Lost()
        return (
            stream,
            { event in
                if lost.count > 0 {
                    guard case .enqueued = continuation.yield(.dropped(lost.count)) else { return lost.count += 1 }
                    lost.count = 0
                }
                if case .dropped = continuation.yield(event) { lost.count += 1 }
            }
        )
    }

    /// Unchecked: a subscriber delivers on its event loop only.
    private final class Lost: @unchecked Sendable {
        var count = 0
    }
}
