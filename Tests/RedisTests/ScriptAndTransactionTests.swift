import Testing

@testable import Redis

@Suite(.serialized) struct ScriptAndTransactionTests {
    private let script = RedisScript("redis.call('INCR', KEYS[1]) return {KEYS[1], ARGV[1]}")

    @Test func aScriptUnknownToRedisIsSentWithItsSourceOnce() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            for round in 1...3 {
                let reply = try await client.evaluate(script, keys: ["runs"], arguments: ["a"])
                #expect(reply.elements.map(\.string) == ["runs", "a"])
                _ = try await client.evaluate(script, keys: ["runs"], arguments: ["b"])
                #expect(try await client.send(RedisCommand("GET", "runs")).integer == round * 2)
                _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
            }
            let stats = try await client.send(RedisCommand("INFO", "commandstats")).string ?? ""
            #expect(stats.contains("cmdstat_eval:calls=3,"))
            #expect(stats.contains("cmdstat_evalsha:calls=6,"))
        }
    }

    @Test func aScriptThatFailsMayHaveWritten() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            let failing = RedisScript("redis.call('SET', KEYS[1], 'x') return redis.call('INCR', KEYS[1])")
            let error = await #expect(throws: RedisError.self) { try await client.evaluate(failing, keys: ["k"]) }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.effect == .maybePartly)
            let left = try await client.send(RedisCommand("GET", "k"))
            #expect(left.string == "x")
        }
    }

    @Test func outOfMemoryIsRefusedAsAWhole() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            let writing = RedisScript("#!lua\nreturn redis.call('SET', KEYS[1], 'x')")
            _ = try await client.evaluate(writing, keys: ["k"])
            _ = try await client.send(RedisCommand("CONFIG", "SET", "maxmemory", "1"))
            let error = await #expect(throws: RedisError.self) { try await client.evaluate(writing, keys: ["k"]) }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.code == .outOfMemory)
            #expect(refusal.effect == .nothing)
        }
    }

    @Test func aPipelinesMissingScriptIsLoadedForTheNextTime() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            var run = RedisCommand(script, keyCount: 1)
            run.append("runs")
            run.append("a")
            let first = try await client.pipeline([RedisCommand("PING"), run])
            #expect(first[0].equals("PONG"))
            #expect(first[1].refusal?.code == .noScript)
            #expect(try await client.pipeline([run])[0].count == 2)
        }
    }

    @Test func aTransactionIsOneSnapshot() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<200 {
                        _ = try await client.pipeline([RedisCommand("INCR", "a"), RedisCommand("INCR", "b")])
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let both = try await client.transaction([RedisCommand("INCR", "a"), RedisCommand("INCR", "b")])
                        #expect(both[0]?.integer == both[1]?.integer)
                    }
                }
                try await group.waitForAll()
            }
            let elements = try await client.transaction([RedisCommand("GET", "a"), RedisCommand("LPUSH", "a", "x")])
            #expect(elements[0]?.integer == 400)
            #expect(elements[1]?.refusal?.code == .wrongType)
        }
    }

    @Test func aTransactionThatCannotBeQueuedDoesNothing() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction([RedisCommand("INCR", "a"), RedisCommand("NOSUCH")])
            }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.code == .execAbort)
            #expect(refusal.effect == .nothing)
            #expect(refusal.message.contains("NOSUCH"))
            let left = try await client.send(RedisCommand("GET", "a"))
            #expect(left.isNull)
        }
    }

    @Test func whereMultiIsForbiddenTheCommandsMayHaveRun() async throws {
        let server = try await RedisServer("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-multi")
        try await withClient(at: server.path) { client async throws in
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction([RedisCommand("INCR", "a")])
            }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.code == .noPermission)
            #expect(refusal.effect == .maybePartly)
        }
    }

    @Test func aTransactionsMissingScriptIsLoadedSoThatItCanBeRepeated() async throws {
        let server = try await RedisServer()
        try await withClient(at: server.path) { client async throws in
            var run = RedisCommand(script, keyCount: 1)
            run.append("runs")
            run.append("a")
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction([RedisCommand("PING"), run])
            }
            guard case .refused(let refusal) = error else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            #expect(refusal.code == .noScript)
            let second = try await client.transaction([RedisCommand("PING"), run])
            #expect(second[1]?.count == 2)
        }
    }
}
