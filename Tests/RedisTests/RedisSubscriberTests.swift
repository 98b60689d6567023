import NIOCore
import NIOPosix
import Testing

@testable import Redis

@Suite(.serialized) struct RedisSubscriberTests {
    private func withSubscriber(
        at path: String, _ names: RedisSubscriptionNames, _ limits: RedisLimits = .init(), limit: Int = 10_000,
        delivered: Counter = Counter(),
        _ body: (RedisSubscriber, inout AsyncStream<RedisSubscriptionEvent>.AsyncIterator) async throws -> Void
    ) async throws {
        let (events, deliver) = RedisSubscriptionStream.make(limit: limit)
        let subscriber = RedisSubscriber(
            configuration: .init(address: .unixSocket(path: path), limits: limits),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent, names: names
        ) { event in
            deliver(event)
            delivered.increment()
        }
        let running = Task { await subscriber.run() }
        var iterator = events.makeAsyncIterator()
        do { try await body(subscriber, &iterator) } catch {
            running.cancel()
            await running.value
            throw error
        }
        running.cancel()
        await running.value
    }

    private func next(_ events: inout AsyncStream<RedisSubscriptionEvent>.AsyncIterator) async -> String {
        switch await events.next() {
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .subscribed(let name): "subscribed \(name)"
        case .message(let message): "\(message.channel ?? "?") \(message.payload.string ?? "?")"
        case .dropped(let count): "dropped \(count)"
        case .none: "end"
        }
    }

    @Test func whatIsPublishedIsHeard() async throws {
        let server = try await RedisServer()
        try await withSubscriber(at: server.path, .init(channels: ["a"], patterns: ["p*"])) { subscriber, events in
            #expect(await next(&events) == "connected")
            try await withClient(at: server.path) { client async throws in
                _ = try await client.send(RedisCommand("PUBLISH", "a", "1"))
                #expect(await next(&events) == "a 1")
                _ = try await client.send(RedisCommand("PUBLISH", "pq", "2"))
                #expect(await next(&events) == "pq 2")
                subscriber.subscribe(.init(channels: ["a", "b"]))
                #expect(await next(&events) == "subscribed b")
                subscriber.unsubscribe(.init(channels: ["a", "never"]))
                try await eventually("a is left") {
                    try await client.send(RedisCommand("PUBLISH", "a", "late")).integer == 0
                }
                _ = try await client.send(RedisCommand("PUBLISH", "b", "3"))
                var heard = await next(&events)
                while heard == "a late" { heard = await next(&events) }
                #expect(heard == "b 3")
            }
        }
    }

    @Test func afterALossItSubscribesAgainAndSaysSo() async throws {
        let server = try await RedisServer()
        try await withSubscriber(at: server.path, .init(channels: ["a"])) { subscriber, events in
            #expect(await next(&events) == "connected")
            subscriber.subscribe(.init(patterns: ["q*"]))
            #expect(await next(&events) == "subscribed q*")
            for _ in 0..<3 {
                server.kill()
                #expect(await next(&events) == "disconnected")
                try await server.start()
                #expect(await next(&events) == "connected")
                try await withClient(at: server.path) { client async throws in
                    _ = try await client.pipeline([
                        RedisCommand("PUBLISH", "a", "1"), RedisCommand("PUBLISH", "qq", "2"),
                    ])
                    #expect(await next(&events) == "a 1")
                    #expect(await next(&events) == "qq 2")
                }
            }
        }
    }

    @Test func aSlowReaderLosesMessagesAndIsToldHowMany() async throws {
        let server = try await RedisServer()
        let delivered = Counter()
        try await withSubscriber(at: server.path, .init(channels: ["a"]), limit: 10, delivered: delivered) {
            _, events in
            #expect(await next(&events) == "connected")
            try await withClient(at: server.path) { client async throws in
                for number in 0..<100 { _ = try await client.send(RedisCommand("PUBLISH", "a", "\(number)")) }
                try await eventually("all are kept or lost") { delivered.value == 101 }
                for number in 0..<10 { #expect(await next(&events) == "a \(number)") }
                _ = try await client.send(RedisCommand("PUBLISH", "a", "after"))
                #expect(await next(&events) == "dropped 90")
                #expect(await next(&events) == "a after")
            }
        }
    }

    @Test func aSilentPeerIsGivenUp() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultProxy(to: server.path)
        var limits = RedisLimits()
        limits.silence = .milliseconds(50)
        try await withSubscriber(at: proxy.path, .init(channels: ["a"]), limits) { _, events in
            #expect(await next(&events) == "connected")
            try await proxy.set(.swallow)
            #expect(await next(&events) == "disconnected")
            try await proxy.set(.none)
            #expect(await next(&events) == "connected")
        }
    }
}
