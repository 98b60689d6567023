import SessionTesting
import Testing

/// kill -9 while clients write: what was acknowledged is there, once; what was repeated is not there twice.
@Suite struct KillTests {
    @Test(.timeLimit(.minutes(5)))
    func killedTwentyTimesUnderLoadNothingIsLostAndNothingTwice() async throws {
        try await kill(20) { try await $0.service.restart(until: .listening) }
    }

    /// With `appendfsync always`, which loses nothing that was answered.
    @Test(.timeLimit(.minutes(5)))
    func redisKilledUnderLoadNothingIsLostAndNothingTwice() async throws {
        var options = Stack.Options()
        options.redis.settings["appendfsync"] = "always"
        try await kill(5, options) { stack in
            stack.redis.kill()
            try await stack.redis.start()
        }
    }

    /// Clients write while something is killed `rounds` times; afterwards SQLite has what was acknowledged.
    private func kill(
        _ rounds: Int, _ options: Stack.Options = Stack.Options(),
        _ strike: @escaping @Sendable (Stack) async throws -> Void
    ) async throws {
        let clients = 24
        let generator = SeededGenerator.announced()
        try await withStack(options) { stack in
            var sessions: [String] = []
            for number in 0..<clients / 2 { sessions.append(try await stack.newSession(for: "user-\(number)")) }
            let isOver = Flag()
            let writes = Count()
            let acknowledged = try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
                for client in 0..<clients {
                    let chat = client % sessions.count
                    var writer = Writer(
                        stack: stack, user: "user-\(chat)", session: sessions[chat], name: "client-\(client)",
                        generator: SeededGenerator(seed: generator.seed &+ UInt64(client)))
                    group.addTask {
                        var number = 0
                        while !isOver.isSet {
                            _ = try await writer.write(number)
                            number += 1
                            writes.increase()
                        }
                        return (chat, writer.acknowledged)
                    }
                }
                group.addTask {
                    defer { isOver.set() }
                    var generator = generator
                    for _ in 0..<rounds {
                        try await writes.more(clients)
                        try await Task.sleep(for: .milliseconds(Int.random(in: 50...700, using: &generator)))
                        try await strike(stack)
                    }
                    return (-1, [])
                }
                var all: [Int: [String]] = [:]
                for try await (chat, contents) in group { all[chat, default: []] += contents }
                return all
            }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            let durable = try rows.chats()
            #expect(try rows.tornSessions() == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            var total = 0
            for (chat, session) in sessions.enumerated() {
                let expected = acknowledged[chat, default: []].sorted()
                total += expected.count
                #expect(durable[session]?.sorted() == expected)
                #expect(try await stack.contents(of: session, user: "user-\(chat)") == durable[session])
            }
            print("killed \(rounds) times; \(total) writes acknowledged, all there, none twice")
            #expect(total > rounds * clients)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func terminatedItFlushesGivesBackTheLeaseAndExitsWithZero() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: "1")
            var writer = Writer(
                stack: stack, user: "1", session: session, name: "c", generator: SeededGenerator(seed: 1))
            for number in 0..<50 { _ = try await writer.write(number) }
            let ending = try await stack.service.stop()
            #expect(ending == .exited(code: 0))
            #expect(try stack.redis.command("XLEN", "sd:{0}:log").int == 0)
            #expect(try stack.redis.command("HGET", "sd:{0}:flush", "owner").string == nil)
            #expect(try DurableRows(stack).chats()[session]?.count == 50)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whoComesAfterAKilledOneFlushesAtOnceAndDoesNotWaitForItsLease() async throws {
        var options = Stack.Options()
        // Longer than anything here is waited for.
        options.settings["write-behind.lease"] = "120s"
        try await withStack(options) { stack in
            _ = try await stack.newSession(for: "1")
            try await stack.service.restart()
            let answer = try await stack.request(
                "POST", "/api/sessions/", as: "1", headers: [("Prefer", "durability=durable, wait=4")])
            #expect(answer.status == 201)
            #expect(answer.header("Preference-Applied") == "durability=durable")
        }
    }
}
