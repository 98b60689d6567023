import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl top`.
@Suite struct TopTests {
    @Test func itCountsWhatHappens() async throws {
        var options = Stack.Options()
        options.shards = 2
        try await withStack(options) { stack in
            let people = (0..<6).map { _ in Person(stack) }
            var sessions: [String] = []
            for person in people { sessions.append(try await person.newSession()) }
            _ = try await people[0].post("/sessions/\(sessions[0])/archive").json(200)
            // Requests for as long as it looks.
            let load = Task { [sessions] in
                while !Task.isCancelled {
                    _ = try await people[1].get("/sessions/\(sessions[1])")
                    try await people[2].append(1, to: sessions[2])
                }
            }
            defer { load.cancel() }
            let output = try await stack.sessionctl("top", "--count", "3", "--interval", "0.3", "--json")
            #expect(output.code == 0)
            let frames = try output.text.split(separator: "\n").map {
                try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
            }
            #expect(frames.count == 3)
            for frame in frames {
                guard case .number(let requests) = frame["requests_per_second"],
                    case .number(let hits) = frame["hit_rate"]
                else { throw TestingError("no rates: \(frame)") }
                #expect(requests > 5 && hits == 1 && frame["failures_per_second"] == .number(0))
                #expect(frame["sessions"]["active"].int == 5)
                let shards = frame["shards"].elements
                #expect(
                    shards.count == 2
                        && shards.allSatisfy { $0["log_exists"] == .bool(true) && $0["flusher"].string != nil })
                #expect(shards.allSatisfy { ($0["sqlite_bytes"].int ?? 0) > 0 && ($0["wal_bytes"].int ?? 0) > 0 })
                let written = shards.reduce(0.0) { sum, shard in
                    if case .number(let rate) = shard["written_per_second"] { return sum + rate }
                    return sum
                }
                // Each pass of the load writes once; reading counts as activity, which isn't logged.
                #expect(written > 2 && written < requests)
                #expect((frame["redis_used_memory"].int ?? 0) > 0 && frame["redis_maxmemory"].int == 256 << 20)
            }
            load.cancel()
            _ = await load.result
            try await eventually("the archived session in SQLite") {
                try await stack.rows("SELECT count(*) FROM user_sessions WHERE status = 'archived'").contains("1")
            }
            let later = try await stack.sessionctl("top", "--once", "--interval", "0.1", "--json").json()
            #expect(later["sessions"]["archived"].int == 1)
        }
    }

    @Test func itIsDrawnOnATerminalAndRowByRowElsewhere() async throws {
        let stack = try await Stacks.ordinary.value
        let rows = try await stack.sessionctl("top", "--count", "2", "--interval", "0.1")
        let lines = rows.text.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].contains("requests/s") && rows.isHarmless, "\(rows.text)")
        #expect(Set(lines.map(\.count)).count == 1, "columns stand under each other: \(rows.text)")
        let command =
            "\(try Repository.product("sessionctl")) top --count 2 --interval 0.1 --config \(Repository.root)/config/sessiond.yaml"
        let drawn = try await Command.run(
            ["/usr/bin/env", "script", "--quiet", "--return", "--command", command, "/dev/null"],
            environment: SessiondProcess.environment(stack.service.settings))
        #expect(drawn.code == 0 && drawn.text.contains("\u{1b}[H") && drawn.text.contains("\u{1b}[J"), "\(drawn.text)")
        #expect(drawn.text.ranges(of: "hit rate").count == 2 && drawn.text.contains("flusher"))
    }

    @Test func whatIsAwayIsLeftOut() async throws {
        try await withStack { stack in
            _ = try await Person(stack).newSession()
            try await stack.service.stop()
            let alone = try await stack.sessionctl("top", "--once", "--interval", "0.1", "--json").json()
            #expect(alone["requests_per_second"] == .null && alone["hit_rate"] == .null)
            #expect(alone["sessions"]["active"].int == 1 && alone["shards"][0]["flusher"] == .null)
            try stack.redis.command("FLUSHALL")
            let empty = try await stack.sessionctl("top", "--once", "--interval", "0.1", "--json").json()
            #expect(empty["shards"][0]["log_exists"] == .bool(false))
            let away = try await stack.sessionctl("top", "--once", set: ["redis.socket": "/nowhere"])
            #expect(away.code == 1 && away.text.contains("can't be reached"))
        }
    }

    @Test(arguments: ["--interval=0", "--interval=x", "--count=0", "--count=-1"])
    func wrongNumbersAreWrongUsage(argument: String) async throws {
        let stack = try await Stacks.ordinary.value
        #expect(try await stack.sessionctl("top", argument).code == 64)
    }
}
