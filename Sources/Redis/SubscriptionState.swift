import NIOCore

/// One subscription connection, from its first command on.
///
///     confirming ──every first name is confirmed──► live
///
/// Redis confirms each name by itself, in the order asked for; a name wanted later is asked for at once. In both phases
/// a reply of unforeseen shape ends the connection.
struct SubscriptionState {
    private enum Phase {
        case confirming(left: Int)
        case live
    }

    private let limits: RedisLimits
    private var phase: Phase
    private var heard: NIODeadline
    private var isPinged = false

    init(limits: RedisLimits, wanted: RedisSubscriptionNames, now: NIODeadline) {
        self.limits = limits
        self.phase = wanted.count == 0 ? .live : .confirming(left: wanted.count)
        self.heard = now
    }

    enum Action {
        case none
        case deliver(RedisSubscriptionEvent)
        case close(RedisError)
    }

    /// Whether everything wanted at first is subscribed to.
    var isLive: Bool {
        switch phase {
        case .live: true
        case .confirming: false
        }
    }

    mutating func reply(_ reply: RedisReply, now: NIODeadline) -> Action {
        heard = now
        isPinged = false
        if let message = RedisMessage(reply) { return .deliver(.message(message)) }
        if let refusal = reply.refusal { return .close(.refused(refusal)) }
        guard let kind = reply[0] else {
            return reply.equals("PONG") ? .none : .close(.unknown(.unexpectedReply))
        }
        if kind.equals("subscribe") || kind.equals("psubscribe") { return confirmed(reply[1]?.string ?? "") }
        if kind.equals("unsubscribe") || kind.equals("punsubscribe") || kind.equals("pong") { return .none }
        return .close(.unknown(.unexpectedReply))
    }

    private mutating func confirmed(_ name: String) -> Action {
        switch phase {
        case .live:
            return .deliver(.subscribed(name))
        case .confirming(let left) where left > 1:
            phase = .confirming(left: left - 1)
            return .none
        case .confirming:
            phase = .live
            return .deliver(.connected)
        }
    }

    enum Check {
        /// Look again then.
        case fine(until: NIODeadline)
        case ping(again: NIODeadline)
        case dead
    }

    mutating func check(now: NIODeadline) -> Check {
        guard now - heard >= limits.silence else { return .fine(until: heard + limits.silence) }
        if isPinged { return .dead }
        isPinged = true
        return .ping(again: now + limits.silence)
    }
}

/// What is subscribed to: channels by name, and by glob patterns (`PSUBSCRIBE`).
public struct RedisSubscriptionNames: Sendable, Equatable {
    public var channels: Set<String>
    public var patterns: Set<String>

    public init(channels: Set<String> = [], patterns: Set<String> = []) {
        self.channels = channels
        self.patterns = patterns
    }

    var count: Int { channels.count + patterns.count }

    var subscribing: [RedisCommand] { commands("SUBSCRIBE", "PSUBSCRIBE") }
    var unsubscribing: [RedisCommand] { commands("UNSUBSCRIBE", "PUNSUBSCRIBE") }

    private func commands(_ byName: StaticString, _ byPattern: StaticString) -> [RedisCommand] {
        [(byName, channels), (byPattern, patterns)].compactMap { verb, names in
            guard !names.isEmpty else { return nil }
            var command = RedisCommand(verb)
            for name in names.sorted() { command.append(name) }
            return command
        }
    }
}
