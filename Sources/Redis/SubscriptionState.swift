import NIOCore

/// One subscription connection, from the greeting on.
///
///     greeting ──every greeting command is answered OK──► confirming ──every first name is confirmed──► live
///
/// What is wanted is written with the greeting, in one go. Redis confirms each name by itself, in the order asked for. A name
/// wanted later is written at once. In all phases a reply of unforeseen shape ends the connection.
struct SubscriptionState {
    private enum Phase {
        case idle
        case greeting(left: Int)
        case confirming(left: Int)
        case live
    }

    private let limits: RedisLimits
    private var wanted: RedisSubscriptionNames
    private var phase = Phase.idle
    private var heard: NIODeadline
    private var isPinged = false

    init(limits: RedisLimits, wanted: RedisSubscriptionNames, now: NIODeadline) {
        self.limits = limits
        self.wanted = wanted
        self.heard = now
    }

    /// - Returns: what to write.
    mutating func connected(greeting: [RedisCommand]) -> [RedisCommand] {
        phase = .greeting(left: greeting.count)
        return greeting + wanted.commands("SUBSCRIBE", "PSUBSCRIBE")
    }

    /// - Returns: what to write.
    mutating func subscribe(_ names: RedisSubscriptionNames) -> [RedisCommand] {
        switch phase {
        case .idle:
            wanted.channels.formUnion(names.channels)
            wanted.patterns.formUnion(names.patterns)
            return []
        case .greeting, .confirming, .live:
            return names.commands("SUBSCRIBE", "PSUBSCRIBE")
        }
    }

    /// - Returns: what to write.
    mutating func unsubscribe(_ names: RedisSubscriptionNames) -> [RedisCommand] {
        switch phase {
        case .idle:
            wanted.channels.subtract(names.channels)
            wanted.patterns.subtract(names.patterns)
            return []
        case .greeting, .confirming, .live:
            return names.commands("UNSUBSCRIBE", "PUNSUBSCRIBE")
        }
    }

    enum Action {
        case none
        case deliver(RedisSubscriptionEvent)
        case close(RedisError)
    }

    /// Whether `connected` was delivered.
    var isLive: Bool {
        switch phase {
        case .live: true
        case .idle, .greeting, .confirming: false
        }
    }

    mutating func reply(_ reply: RedisReply, now: NIODeadline) -> Action {
        heard = now
        isPinged = false
        switch phase {
        case .idle: return .close(.unknown(.unexpectedReply))
        case .greeting(let left): return greeted(reply, left: left)
        case .confirming, .live: return told(reply)
        }
    }

    private mutating func greeted(_ reply: RedisReply, left: Int) -> Action {
        guard reply.equals("OK") else {
            return .close(reply.refusal.map { .refused($0) } ?? .unknown(.unexpectedReply))
        }
        guard left == 1 else {
            phase = .greeting(left: left - 1)
            return .none
        }
        return confirm(left: wanted.count)
    }

    private mutating func confirm(left: Int) -> Action {
        guard left == 0 else {
            phase = .confirming(left: left)
            return .none
        }
        phase = .live
        return .deliver(.connected)
    }

    private mutating func told(_ reply: RedisReply) -> Action {
        if let message = RedisMessage(reply) { return .deliver(.message(message)) }
        if let refusal = reply.refusal { return .close(.refused(refusal)) }
        guard let kind = reply[0] else {
            return reply.equals("PONG") ? .none : .close(.unknown(.unexpectedReply))
        }
        if kind.equals("subscribe") || kind.equals("psubscribe") {
            if case .confirming(let left) = phase { return confirm(left: left - 1) }
            return .deliver(.subscribed(reply[1]?.string ?? ""))
        }
        if kind.equals("unsubscribe") || kind.equals("punsubscribe") || kind.equals("pong") { return .none }
        return .close(.unknown(.unexpectedReply))
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

    func commands(_ byName: StaticString, _ byPattern: StaticString) -> [RedisCommand] {
        [(byName, channels), (byPattern, patterns)].compactMap { verb, names in
            guard !names.isEmpty else { return nil }
            var command = RedisCommand(verb)
            for name in names.sorted() { command.append(name) }
            return command
        }
    }
}
