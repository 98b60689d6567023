import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl keys`.
@Suite struct KeysTests {
    @Test func everyKeyIsCountedOnceAndMeasured() async throws {
        var options = Stack.Options()
        options.shards = 4
        try await withStack(options) { stack in
            for _ in 0..<30 {
                let person = Person(stack)
                let session = try await person.newSession()
                _ = try await person.append(2, to: session)
                _ = try await person.post("/missions/?session_id=\(session)", #"{"name":"p"}"#).json(201)
            }
            try await eventually("the flush") {
                try (0..<4).allSatisfy { try stack.redis.command("XLEN", "sd:{\($0)}:log").int == 0 }
            }
            try stack.redis.command("SET", "elsewhere:{0}:session:1", "x")
            try stack.redis.command("SET", "sd:{0}:\u{1b}[2J:x", "x")
            try stack.redis.command("SET", "sdx:{0}:session:1", "x")
            let exact = try await stack.sessionctl("keys", "--samples", "0", "--by-shard", "--json")
            let few = try await stack.sessionctl("keys", "--samples", "5", "--json")
            let text = try await stack.sessionctl("keys", "--by-shard", "--samples", "5")
            // Nothing blocked Redis.
            #expect(try stack.redis.command("INFO", "commandstats").string?.contains("cmdstat_keys:") == false)

            let all = try stack.redis.command("KEYS", "*").strings
            let census = try exact.json()
            #expect(census["foreign_keys"].int == 3 && census["keys"].int == all.count - 3)
            var expected: [String: Int] = [:]
            for key in all where key.hasPrefix("sd:{") && !key.contains("\u{1b}") {
                expected[String(key.split(separator: ":")[2]), default: 0] += 1
            }
            for (counted, what) in [(census, "all"), (try few.json(), "5")] {
                let kinds = counted["kinds"].elements
                #expect(Set(kinds.compactMap { $0["kind"].string }) == Set(expected.keys), "\(what)")
                for kind in kinds {
                    #expect(kind["keys"].int == expected[kind["kind"].string ?? ""], "\(what): \(kind)")
                }
            }
            #expect(expected["session"] == 30 && expected["mission"] == 30 && expected["log"] == 4)

            // What all of them take, and an estimate that is not far from it.
            let sessions = try all.filter { $0.hasPrefix("sd:") && $0.contains(":session:") }
                .reduce(0) { $0 + (try stack.redis.command("MEMORY", "USAGE", $1).int ?? 0) }
            func memory(_ counted: JSON) -> Int? {
                counted["kinds"].elements.first { $0["kind"] == .string("session") }?["memory"].int
            }
            #expect(memory(census) == sessions)
            #expect(abs((memory(try few.json()) ?? 0) - sessions) < sessions / 4)
            let measured = try few.json()["kinds"].elements.first { $0["kind"] == .string("session") }?["measured"].int
            #expect(measured == 5)

            let shards = census["shards"].elements
            #expect(shards.count == 4)
            let byShard = shards.flatMap { $0["kinds"].elements }.reduce(0) { $0 + ($1["keys"].int ?? 0) }
            #expect(byShard == census["keys"].int)
            #expect(text.code == 0 && text.isHarmless && text.text.contains("█"), "\(text.text)")
            #expect(text.text.contains("3 keys in it are of no prefix sd"))
        }
    }

    @Test func anEmptyRedisHasNoKeys() async throws {
        let redis = try await RedisServer.start()
        let folder = try TemporaryFolder()
        let output = try await Command.run([
            try Repository.product("sessionctl"), "keys", "--json", "--config",
            "\(Repository.root)/config/sessiond.yaml",
            "--set", "redis.socket=\(redis.socket)", "--set", "data.folder=\(folder.path)",
        ])
        #expect(try output.json()["keys"].int == 0)
    }

    @Test(arguments: ["-1", "100001", "x"]) func aWrongNumberIsWrongUsage(samples: String) async throws {
        let stack = try await Stacks.ordinary.value
        #expect(try await stack.sessionctl("keys", "--samples=\(samples)").code == 64)
    }
}
