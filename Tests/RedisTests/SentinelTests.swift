import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Redis

@Suite(.serialized) struct SentinelTests {
    private func configuration(
        _ sentinels: [RedisConfiguration.Server], primary: String = "mymaster",
        as credentials: RedisConfiguration.Credentials? = nil, limits: RedisLimits = .init()
    ) -> RedisConfiguration {
        RedisConfiguration(
            address: .sentinels(sentinels, primary: primary, credentials: credentials), limits: limits)
    }

    private func port(_ client: RedisClient) async throws -> Int? {
        try await client.send(RedisCommand("CONFIG", "GET", "port"))[1]?.integer
    }

    /// Runs a client that isn't expected to connect, until its log has every one of these texts.
    private func logs(_ texts: [String], _ configuration: RedisConfiguration) async throws {
        let book = LogBook()
        let client = RedisClient(
            configuration: configuration, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: book.logger)
        let running = Task { await client.run() }
        do {
            try await eventually("it says \(texts)") { texts.allSatisfy { book.contains($0) } }
        } catch { throw NeverHappened(description: "\(error): \(book.lines)") }
        #expect(!client.isConnected)
        running.cancel()
        await running.value
    }

    @Test func afterItsPrimaryIsKilledWritesReachTheNextOne() async throws {
        let (primary, replica) = (try await RedisServer(tcp: true), try await RedisServer(tcp: true))
        try await replica.replicate(primary)
        let sentinel = try await Sentinel(watching: primary)
        try await sentinel.knows(replicas: 1)
        let dead = RedisConfiguration.Server.tcp(host: "127.0.0.1", port: try await RedisServer.freePort())
        try await withClient(configuration([dead, sentinel.server])) { client async throws in
            #expect(try await client.send(RedisCommand("SET", "k", "1")).equals("OK"))
            #expect(try await port(client) == primary.port)
            try await sentinel.watchClosely()
            primary.kill()
            let end = ContinuousClock.now + .seconds(40)
            while await outcome({ try await client.send(RedisCommand("SET", "k", "2")) }) != .reply("OK") {
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await port(client) == replica.port)
        }
    }

    @Test func aNameThatNoSentinelKnowsIsSaid() async throws {
        let primary = try await RedisServer(tcp: true)
        let sentinel = try await Sentinel(watching: primary)
        try await logs(
            ["error=sentinel \(sentinel.server): knows no primary nobody"],
            configuration([sentinel.server], primary: "nobody"))
    }

    @Test func sentinelsHaveCredentialsOfTheirOwn() async throws {
        let primary = try await RedisServer(tcp: true)
        let sentinel = try await Sentinel(
            watching: primary,
            settings: """
                user default off
                user asker on >secret -@all +auth +client|setname +sentinel|get-master-addr-by-name
                """)
        try await logs(["NOAUTH"], configuration([sentinel.server]))
        try await logs(["WRONGPASS"], configuration([sentinel.server], as: .user("asker", password: "wrong")))
        try await withClient(configuration([sentinel.server], as: .user("asker", password: "secret"))) {
            client async throws in
            #expect(try await client.send(RedisCommand("SET", "k", "1")).equals("OK"))
        }
    }

    @Test func whileAllSentinelsAreDownItTriesAgainWithGrowingPauses() async throws {
        let primary = try await RedisServer(tcp: true)
        let ports = [try await RedisServer.freePort(), try await RedisServer.freePort()]
        let book = LogBook()
        let pauses = Pauses()
        let client = RedisClient(
            configuration: configuration(ports.map { .tcp(host: "127.0.0.1", port: $0) }),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: book.logger,
            pacing: RedisPacing(fraction: { 1 }) { pause in
                pauses.append(pause)
                try await Task.sleep(for: .milliseconds(1))
            })
        let running = Task { await client.run() }
        try await eventually("some attempts") { pauses.all.count >= 8 }
        #expect(pauses.all.prefix(8).map { $0.nanoseconds / 1_000_000 } == [20, 40, 80, 160, 320, 640, 1000, 1000])
        #expect(
            book.lines.contains { line in
                line.hasPrefix("no connection to Redis")
                    && ports.allSatisfy { line.contains("sentinel 127.0.0.1:\($0): ") }
            })
        let sentinel = try await Sentinel(watching: primary, on: ports[1])
        try await eventually("it connects") { client.isConnected }
        running.cancel()
        await running.value
        sentinel.kill()
    }

    /// Nobody is passed over for being slow.
    private var patient: RedisLimits {
        var limits = RedisLimits()
        (limits.sentinelReply, limits.reply, limits.stall) = (.seconds(60), .seconds(60), .seconds(60))
        return limits
    }

    /// How a sentinel answers.
    private static func answer(_ server: RedisServer) -> String {
        let port = "\(server.port ?? 0)"
        return "*2\r\n$9\r\n127.0.0.1\r\n$\(port.utf8.count)\r\n\(port)\r\n"
    }

    @Test func theSentinelThatAnsweredLastIsAskedFirst() async throws {
        let primary = try await RedisServer(tcp: true)
        let (ignorant, knowing) = (Counter(), Counter())
        let first = try await FakeServer { _ in
            ignorant.increment()
            return "*-1\r\n"
        }
        let answer = Self.answer(primary)
        let second = try await FakeServer { _ in
            knowing.increment()
            return answer
        }
        let sentinels = [first.path, second.path].map { RedisConfiguration.Server.unixSocket(path: $0) }
        try await withClient(configuration(sentinels, limits: patient)) { client async throws in
            for round in 2...4 {
                try await primary.command(RedisCommand("CLIENT", "KILL", "TYPE", "normal"))
                try await eventually("it connects again") { client.isConnected && knowing.value == round }
            }
            #expect(ignorant.value == 1)
        }
    }

    /// One that is cut off from the others may name a server that is no primary any more, for as long as it likes.
    @Test func aSentinelWhoseAnswerWasTurnedDownIsAskedLast() async throws {
        let (primary, replica) = (try await RedisServer(tcp: true), try await RedisServer(tcp: true))
        try await replica.replicate(primary)
        let (stale, fresh) = (Self.answer(replica), Self.answer(primary))
        let first = try await FakeServer { _ in stale }
        let second = try await FakeServer { _ in fresh }
        let book = LogBook()
        let sentinels = [first.path, second.path].map { RedisConfiguration.Server.unixSocket(path: $0) }
        try await withClient(configuration(sentinels, limits: patient), logger: book.logger) { client async throws in
            #expect(try await port(client) == primary.port)
            #expect(
                book.lines.first
                    == "no connection to Redis error=\(replica.tcp) is a replica of \(primary.tcp)")
        }
    }

    @Test(arguments: [
        "", "+OK\r\n", "*0\r\n", "*2\r\n$0\r\n\r\n$1\r\n1\r\n", "*2\r\n$1\r\nh\r\n$1\r\nx\r\n", "*2\r\n:1\r\n:2\r\n",
        "-IDONTKNOW no\r\n", ":1\r\n:2\r\n", "?\r\n",
    ])
    func aSentinelThatAnswersNothingOfUseIsPassedOver(answer: String) async throws {
        let primary = try await RedisServer(tcp: true)
        let good = Self.answer(primary)
        let first = try await FakeServer { _ in answer }
        let second = try await FakeServer { _ in good }
        var limits = patient
        // Only this one is waited for; the good one has as long.
        if answer.isEmpty { limits.sentinelReply = .seconds(2) }
        let sentinels = [first.path, second.path].map { RedisConfiguration.Server.unixSocket(path: $0) }
        let book = LogBook()
        try await withClient(configuration(sentinels, limits: limits), logger: book.logger) { client async throws in
            #expect(try await port(client) == primary.port)
            // In the same attempt.
            #expect(!book.contains("no connection to Redis"), "\(book.lines)")
        }
    }
}

final class Pauses: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [TimeAmount] = []

    func append(_ pause: TimeAmount) { lock.withLock { kept.append(pause) } }
    var all: [TimeAmount] { lock.withLock { kept } }
}
