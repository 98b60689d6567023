import Logging
import NIOPosix
import Redis
import SessionCore
import SessionModel
import Synchronization
import Testing

@testable import HotTier

/// What a subscriber heard.
final class Heard: Sendable {
    private let state = Mutex((isConnected: false, messages: [String]()))

    var isConnected: Bool { state.withLock { $0.isConnected } }
    var messages: [String] { state.withLock { $0.messages } }

    /// With nothing where the id of a log entry stands.
    var withoutLogIDs: [String] { messages.map { $0.replacing(/"[0-9]+-[0-9]+"/, with: "") } }

    func take(_ event: RedisSubscriptionEvent) {
        state.withLock {
            switch event {
            case .connected: $0.isConnected = true
            case .message(let message): $0.messages.append(message.payload.string ?? "")
            case .disconnected, .subscribed, .dropped: break
            }
        }
    }
}

extension HotBench {
    func subscriber(to channels: Set<String>, _ heard: Heard) -> Task<Void, Never> {
        let subscriber = RedisSubscriber(
            configuration: RedisConfiguration(address: .unixSocket(path: server.socket)),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            names: RedisSubscriptionNames(channels: channels, patterns: [])
        ) { heard.take($0) }
        return Task { await subscriber.run() }
    }

    func loaded(_ id: SessionID) async throws -> UserSession {
        try done(try await store.load(id, of: user, messages: 0, touching: false)).session
    }

    /// The indexes and the liveness key of a session that is in `status`, with changes that are not flushed.
    func expectIndexes(_ id: SessionID, _ status: SessionStatus, _ location: SourceLocation = #_sourceLocation) throws {
        let isActive = status == .active
        #expect((try score(keys.activity, id) != nil) == isActive, sourceLocation: location)
        #expect((try score(keys.abandoned, id) != nil) == (status == .abandoned), sourceLocation: location)
        #expect(try exists(keys.alive(id)) == isActive, sourceLocation: location)
        #expect(try score(keys.user(user), id) != nil, sourceLocation: location)
        #expect(try ttl(keys.session(id)) == -1, "not flushed", sourceLocation: location)
        if !isActive { #expect(try score(keys.touched, id) == nil, sourceLocation: location) }
    }
}
