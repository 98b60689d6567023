import NIOCore
import NIOPosix
import Testing

@testable import Redis

/// A connection leads to a server that takes writes, or there is none.
@Suite(.serialized) struct PrimaryTests {
    private func pair() async throws -> (primary: RedisServer, replica: RedisServer) {
        let (primary, replica) = (try await RedisServer(tcp: true), try await RedisServer(tcp: true))
        try await replica.replicate(primary)
        return (primary, replica)
    }

    private func port(_ client: RedisClient) async throws -> Int? {
        try await client.send(RedisCommand("CONFIG", "GET", "port"))[1]?.integer
    }

    private func candidates(_ servers: RedisConfiguration.Server..., roleCheck: TimeAmount = .seconds(3600))
        -> RedisConfiguration
    {
        var limits = RedisLimits()
        limits.roleCheck = roleCheck
        return RedisConfiguration(address: .candidates(servers), limits: limits)
    }

    @Test func amongCandidatesItIsFoundWhereverItStands() async throws {
        let (primary, replica) = try await pair()
        let none = RedisConfiguration.Server.unixSocket(path: "/nonexistent/r.sock")
        for configuration in [
            candidates(primary.server, replica.server), candidates(replica.server, primary.server),
            candidates(none, replica.server, primary.server), candidates(replica.tcp, none, primary.tcp),
            // The replica names it.
            candidates(replica.server), candidates(none, replica.tcp),
        ] {
            try await withClient(configuration) { client async throws in
                #expect(try await client.send(RedisCommand("SET", "k", "v")).equals("OK"))
                #expect(try await port(client) == primary.port)
            }
        }
    }

    @Test func aReplicaAloneIsTurnedDownAndWhyIsSaid() async throws {
        let (primary, replica) = try await pair()
        let book = LogBook()
        let client = RedisClient(
            configuration: .init(address: .server(replica.server)),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: book.logger)
        let running = Task { await client.run() }
        let reason = "error=\(replica.socket) is a replica of 127.0.0.1:\(primary.port ?? 0)"
        try await eventually("it says why") { book.lines.contains("no connection to Redis \(reason)") }
        #expect(!client.isConnected)
        #expect(
            await outcome { try await client.send(RedisCommand("GET", "k")) } == .failed(.notWritten(.notConnected)))
        try await replica.promote()
        try await eventually("the promoted one is used") { client.isConnected }
        running.cancel()
        await running.value
    }

    @Test func whatIsNoRedisAtAllIsTurnedDown() async throws {
        for (role, reason) in [
            ("*2\r\n$8\r\nsentinel\r\n*0\r\n", "is a sentinel"), ("+OK\r\n", "doesn't say what it is"),
            ("-NOPERM this user has no permissions to run the 'role' command\r\n", "NOPERM"),
        ] {
            let server = try await FakeServer(role: role) { _ in "+OK\r\n" }
            let book = LogBook()
            let client = RedisClient(
                configuration: .init(address: .unixSocket(path: server.path)),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: book.logger)
            let running = Task { await client.run() }
            try await eventually("it says why") { book.contains(server.path) && book.contains(reason) }
            #expect(!client.isConnected)
            running.cancel()
            await running.value
        }
    }

    enum Write: CaseIterable { case command, script, transaction }

    /// Redis leaves the connections of a primary that it demotes open: the first write finds out.
    @Test(arguments: Write.allCases)
    func afterAFailoverWritesReachTheNewPrimaryBySelf(write: Write) async throws {
        let (primary, replica) = try await pair()
        let script = RedisScript("#!lua\nreturn redis.call('INCR', KEYS[1])")
        try await withClient(candidates(primary.server, replica.server)) { client async throws in
            func attempt() async throws -> Bool {
                do {
                    switch write {
                    case .command: _ = try await client.send(RedisCommand("INCR", "n"))
                    case .script: _ = try await client.evaluate(script, keys: ["n"])
                    case .transaction:
                        var call = RedisCommand(script, keyCount: 1)
                        call.append("n")
                        let results = try await client.transaction([call, RedisCommand("GET", "n")])
                        if let refusal = results[0]?.refusal { throw RedisError.refused(refusal) }
                    }
                    return true
                } catch RedisError.notWritten {
                    return false
                } catch RedisError.refused(let refusal) {
                    #expect(refusal.effect == .nothing || refusal.code == .noScript, "\(refusal)")
                    return false
                }
            }
            for (old, new) in [(primary, replica), (replica, primary)] {
                try await eventually("a write") { try await attempt() }
                #expect(try await port(client) == old.port)
                try await eventually("both have the same") {
                    let (one, other) = (RedisCommand("GET", "n"), RedisCommand("GET", "n"))
                    return try await old.command(one).string == new.command(other).string
                }
                let before = try await new.command(RedisCommand("GET", "n")).integer ?? 0
                try await new.promote()
                try await old.command(RedisCommand("REPLICAOF", "127.0.0.1", "\(new.port ?? 0)"))
                let start = ContinuousClock.now
                try await eventually("a write at the new primary") { try await attempt() }
                #expect(ContinuousClock.now - start < .seconds(2))
                #expect(try await port(client) == new.port)
                #expect(try await client.send(RedisCommand("GET", "n")).integer == before + 1)
                try await old.replicate(new)
            }
        }
    }

    @Test func whoOnlyReadsLeavesADemotedPrimaryInBoundedTime() async throws {
        let (primary, replica) = try await pair()
        let book = LogBook()
        let configuration = candidates(primary.server, replica.server, roleCheck: .milliseconds(50))
        try await withClient(configuration, logger: book.logger) { client async throws in
            #expect(try await port(client) == primary.port)
            try await replica.promote()
            try await primary.replicate(replica)
            try await eventually("reads are of the new primary") { (try? await port(client)) == replica.port }
            #expect(book.contains("Redis is no primary any more"))
        }
    }

    @Test func whoIsIdleLeavesAServerThatHasGoneSilent() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultProxy(to: server.socket)
        var limits = RedisLimits()
        (limits.roleCheck, limits.reply, limits.stall) = (.milliseconds(50), .milliseconds(100), .milliseconds(200))
        try await withClient(at: proxy.path, limits) { client in
            try await proxy.set(.swallow)
            try await eventually("the loss is noticed") { !client.isConnected }
            try await proxy.set(.none)
            try await eventually("it connects again") { client.isConnected }
        }
    }

    @Test func aSubscriptionLeavesADemotedPrimaryInBoundedTime() async throws {
        let (primary, replica) = try await pair()
        let (events, deliver) = RedisSubscriptionStream.make(limit: 100)
        let subscriber = RedisSubscriber(
            configuration: candidates(replica.server, primary.server, roleCheck: .milliseconds(50)),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent, names: .init(channels: ["a"]),
            deliver: deliver)
        let running = Task { await subscriber.run() }
        defer { running.cancel() }
        var iterator = events.makeAsyncIterator()
        guard case .connected = await iterator.next() else { return #expect(Bool(false), "not connected") }
        #expect(try await primary.command(RedisCommand("PUBSUB", "NUMSUB", "a"))[1]?.integer == 1)
        try await replica.promote()
        try await primary.replicate(replica)
        guard case .disconnected = await iterator.next() else { return #expect(Bool(false), "not disconnected") }
        guard case .connected = await iterator.next() else { return #expect(Bool(false), "not connected again") }
        #expect(try await replica.command(RedisCommand("PUBLISH", "a", "1")).integer == 1)
        guard case .message = await iterator.next() else { return #expect(Bool(false), "not heard") }
        running.cancel()
        await running.value
    }
}
