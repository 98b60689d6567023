import FuzzSupport
import NIOCore

@testable import Redis

/// Takes the same replies for those to a subscription of two names.
struct Subscriber {
    private var state: SubscriptionState
    private var isLive = false
    private var isOver = false

    init(_ limits: RedisLimits) {
        state = SubscriptionState(
            limits: limits, wanted: RedisSubscriptionNames(channels: ["c"], patterns: ["p"]),
            now: .uptimeNanoseconds(0))
    }

    enum Event: Equatable {
        case connected, subscribed(String), message(channel: String?), over(RedisError)
    }

    /// Returns what it told.
    mutating func take(_ reply: RedisReply, now: NIODeadline) -> Event? {
        guard !isOver else { return nil }
        switch state.reply(reply, now: now) {
        case .none: return nil
        case .close(let error):
            isOver = true
            return .over(error)
        case .deliver(.connected):
            check(!isLive && state.isLive, "connected twice")
            isLive = true
            return .connected
        case .deliver(.subscribed(let name)):
            check(isLive, "subscribed before connected")
            return .subscribed(name)
        case .deliver(.message(let message)):
            _ = (message.pattern, message.payload.bytes)
            return .message(channel: message.channel)
        case .deliver(.disconnected), .deliver(.dropped): fatalError("an event that is not the state's")
        }
    }
}
