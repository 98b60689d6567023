import NIOCore
import NIOPosix
import Testing

@testable import Redis

@Suite(.serialized) struct FaultTests {
    private func quick(reply: TimeAmount = .milliseconds(2_500)) -> RedisLimits {
        var limits = RedisLimits()
        limits.reply = reply
        limits.stall = reply + reply
        limits.firstPause = .milliseconds(5)
        limits.longestPause = .milliseconds(50)
        return limits
    }

    /// Tries until a command is answered.
    private func recovers(_ client: RedisClient) async throws {
        try await eventually("commands are answered again") {
            await outcome { try await client.send(RedisCommand("ECHO", "back")) } == .reply("back")
        }
    }

    @Test(arguments: 0..<14)
    func cutInMidReplyItIsUnknownAndTheNextConnectionIsClean(after bytes: Int) async throws {
        let server = try await RedisServer()
        let proxy = try await FaultProxy(to: server.path)
        try await withClient(at: proxy.path, quick()) { client async throws in
            try await proxy.set(.cut(after: bytes))
            let first = await outcome { try await client.send(RedisCommand("ECHO", "something")) }
            #expect(first == .failed(.unknown(.connectionLost)))
            try await proxy.set(.none)
            try await recovers(client)
        }
    }

    @Test func repliesThatTrickleInAreWhole() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultProxy(to: server.path)
        try await withClient(at: proxy.path) { client async throws in
            try await proxy.set(.trickle)
            let words = (0..<50).map { "word \($0)" }
            let replies = try await client.pipeline(words.map { RedisCommand("ECHO", $0) })
            #expect(replies.map(\.string) == words)
        }
    }

    @Test func aSwallowedReplyTimesOutAndAStalledConnectionIsReplaced() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultProxy(to: server.path)
        // One limit is far away for each: of two that are near, it is the machine that decides which comes first.
        var limits = quick(reply: .seconds(60))
        limits.stall = .milliseconds(300)
        try await withClient(at: proxy.path, limits) { client async throws in
            try await proxy.set(.swallow)
            let patient = await outcome { try await client.send(RedisCommand("PING")) }
            #expect(patient == .failed(.unknown(.stalled)))
            try await proxy.set(.none)
            try await recovers(client)
        }
        (limits.reply, limits.stall) = (.milliseconds(300), .seconds(30))
        try await withClient(at: proxy.path, limits) { client async throws in
            try await proxy.set(.swallow)
            let first = await outcome { try await client.send(RedisCommand("PING")) }
            #expect(first == .failed(.unknown(.deadline)))
            // Else the client's end would wait for the reply.
            server.kill()
        }
    }

    @Test func aLateReplyIsNobodyElses() async throws {
        let server = try await RedisServer()
        var limits = quick(reply: .milliseconds(300))
        limits.stall = .seconds(30)
        try await withClient(at: server.path, limits) { client async throws in
            server.pause()
            let late = await outcome { try await client.send(RedisCommand("ECHO", "late")) }
            #expect(late == .failed(.unknown(.deadline)))
            let next = Task {
                await outcome { try await client.send(RedisCommand("ECHO", "next"), timeout: .seconds(30)) }
            }
            server.resume()
            #expect(await next.value == .reply("next"))
        }
    }

    @Test func aBusyScriptCostsTheOthersTheirDeadlineOnly() async throws {
        let server = try await RedisServer("--busy-reply-threshold", "100")
        var limits = quick(reply: .milliseconds(300))
        limits.stall = .seconds(30)
        try await withClient(at: server.path, limits) { client in
            try await withClient(at: server.path) { other in
                let endless = RedisScript("while true do end")
                let first = await outcome { try await client.evaluate(endless) }
                #expect(first == .failed(.unknown(.deadline)))
                let refused = await outcome { try await other.send(RedisCommand("GET", "k")) }
                guard case .failed(.refused(let refusal)) = refused else { return #expect(Bool(false), "\(refused)") }
                #expect(refusal.code == .busy)
                #expect(refusal.effect == .nothing)
                try await eventually("the script ends") {
                    await outcome { try await other.send(RedisCommand("SCRIPT", "KILL")) } != .reply("OK")
                }
                try await recovers(client)
            }
        }
    }

    @Test func killedAndStartedAgainRedisIsFoundAgain() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path, quick()) { client async throws in
            for _ in 0..<3 {
                server.kill()
                try await eventually("the loss is noticed") {
                    await outcome { try await client.send(RedisCommand("PING")) } == .failed(.notWritten(.notConnected))
                }
                try await server.start()
                try await recovers(client)
            }
        }
    }

    @Test func aKilledConnectionIsReplacedWhileCommandsAreInFlight() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path, quick()) { client async throws in
            try await withClient(at: server.path) { killer async throws in
                let strangers = await withTaskGroup(of: Int.self) { group in
                    for worker in 0..<20 {
                        group.addTask {
                            var strangers = 0
                            for number in 0..<300 {
                                let word = "\(worker) \(number)"
                                let told = await outcome { try await client.send(RedisCommand("ECHO", word)) }
                                if case .reply(let reply) = told, reply != word { strangers += 1 }
                            }
                            return strangers
                        }
                    }
                    for _ in 0..<10 {
                        _ = await outcome {
                            try await killer.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
                        }
                        try? await recovers(client)
                    }
                    return await group.reduce(0, +)
                }
                #expect(strangers == 0)
            }
            try await recovers(client)
        }
    }

    @Test func aReplyTooDeepIsUnknownForAllInFlight() async throws {
        let deep = String(repeating: "*1\r\n", count: 9) + ":1\r\n"
        let server = try await FakeServer { $0.last == "deep" ? deep : "" }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withClient(at: server.path, quick(), on: loop) { client async throws in
            async let before = outcome { try await client.send(RedisCommand("ECHO", "silence")) }
            try await eventually("it is in flight") { try await loop.submit { client.inFlight == 1 }.get() }
            async let second = outcome {
                try await client.pipeline([RedisCommand("ECHO", "deep"), RedisCommand("PING")])[0]
            }
            #expect(await [before, second] == Array(repeating: .failed(.unknown(.malformedReply)), count: 2))
        }
    }

    @Test func aReplyTooLargeIsUnknownAndIsNotKept() async throws {
        let server = try await RedisServer()
        var limits = RedisLimits()
        limits.replyBytes = 100_000
        limits.firstPause = .milliseconds(5)
        try await withClient(at: server.path, limits) { client async throws in
            _ = try await client.send(RedisCommand("SETRANGE", "big", "1000000", "x"))
            #expect(
                await outcome { try await client.send(RedisCommand("GET", "big")) } == .failed(.unknown(.replyTooLarge))
            )
            try await recovers(client)
        }
    }

    @Test func aReplyNobodyAskedForClosesTheConnection() async throws {
        let server = try await FakeServer { _ in "+one\r\n+two\r\n" }
        let connections = Counter()
        try await withClient(at: server.path, quick()) { _ in
            connections.increment()
        } _: { client async throws in
            #expect(await outcome { try await client.send(RedisCommand("PING")) } == .reply("one"))
            try await eventually("it connects again") { connections.value > 1 }
        }
    }

    @Test(arguments: ["READONLY You can't write", "LOADING dataset", "MASTERDOWN link"])
    func aNodeThatIsNoPrimaryIsLeft(error: String) async throws {
        let server = try await FakeServer { _ in "-\(error)\r\n" }
        let connections = Counter()
        try await withClient(at: server.path, quick()) { _ in
            connections.increment()
        } _: { client async throws in
            let told = await outcome { try await client.send(RedisCommand("SET", "k", "v")) }
            guard case .failed(.refused(let refusal)) = told else { return #expect(Bool(false), "\(told)") }
            #expect(refusal.effect == .nothing)
            try await eventually("it connects again") { connections.value > 1 }
        }
    }

    @Test func aServerThatTurnsUsAwayIsNotTakenForAnAnswer() async throws {
        let server = try await RedisServer("--maxclients", "1")
        try await withClient(at: server.path) { _ in
            let second = RedisClient(
                configuration: .init(address: .unixSocket(path: server.path), limits: quick()),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: .silent)
            let running = Task { await second.run() }
            #expect(
                await outcome { try await second.send(RedisCommand("PING")) } == .failed(.notWritten(.notConnected)))
            running.cancel()
            await running.value
        }
    }

    @Test func whenTheSocketTakesNoMoreCommandsAreNotWrittenOrRefusedAsTooMany() async throws {
        let server = try await RedisServer()
        // Time for all to be sent before the first is given up.
        var limits = quick(reply: .seconds(5))
        limits.stall = .seconds(30)
        limits.bytesInFlight = 8 << 20
        try await withClient(at: server.path, limits) { client async throws in
            server.pause()
            let value = String(repeating: "x", count: 100_000)
            let told = await withTaskGroup(of: Outcome.self) { group in
                for number in 0..<100 {
                    group.addTask { await outcome { try await client.send(RedisCommand("SET", "k\(number)", value)) } }
                }
                return await group.reduce(into: [Outcome]()) { $0.append($1) }
            }
            let full = told.count { $0 == .failed(.notWritten(.queueFull)) }
            let unwritten = told.count { $0 == .failed(.notWritten(.deadline)) }
            let unknown = told.count { $0 == .failed(.unknown(.deadline)) }
            #expect(full + unwritten + unknown == 100)
            #expect(full > 0 && unwritten > 0 && unknown > 0)
            server.resume()
            try await recovers(client)
            let size = try await client.send(RedisCommand("DBSIZE")).integer ?? 0
            #expect(size <= unknown, "a command said to be not written was carried out")
        }
    }
}
