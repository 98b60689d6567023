import SessionTesting
import Testing

/// Invariants 4 and 5: a Redis that comes back with less, or with nothing, takes no write before it agrees with SQLite, and
/// the newer side is never lost.
@Suite struct IncarnationTests {
    private let user = "1"

    private func writer(_ stack: Stack, _ session: String) -> Writer {
        var writer = Writer(
            stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
        (writer.cuts, writer.repeats) = (0, 0)
        return writer
    }

    private func write(_ numbers: Range<Int>, _ writer: inout Writer) async throws {
        for number in numbers { _ = try await writer.write(number) }
    }

    private func contents(_ numbers: Range<Int>) -> [String] { numbers.map { "c \($0)" } }

    /// The end of the append-only file is gone; SQLite has what was in it.
    @Test(.timeLimit(.minutes(1)))
    func aSuffixThatRedisLostIsLoadedAgainFromSQLite() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            let ended = try await stack.newSession(for: user), deleted = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await write(0..<5, &writer)
            try await stack.flushed()
            let bytes = try stack.redis.appendOnlyBytes()
            try await write(5..<10, &writer)
            _ = try await stack.expect(200, "POST", "/api/sessions/\(ended)/complete", as: user)
            _ = try await stack.expect(204, "DELETE", "/api/sessions/\(deleted)", as: user)
            let born = try await stack.newSession(for: user)
            try await stack.flushed()
            try await stack.redis.restart(cutAt: bytes)
            try await stack.takesWrites(session, of: user)

            #expect(try await stack.contents(of: session, user: user) == contents(0..<10))
            let completed = try await stack.expect(200, "GET", "/api/sessions/\(ended)", as: user)
            #expect(completed.text.contains(#""status":"completed""#))
            _ = try await stack.expect(404, "GET", "/api/sessions/\(deleted)", as: user)
            _ = try await stack.expect(200, "GET", "/api/sessions/\(born)", as: user)
            // A key whose first use Redis forgot is still known.
            let repeated = try await stack.request(
                "POST", "/api/sessions/\(session)/messages", as: user, json: #"{"role":"user","content":"c 8"}"#,
                headers: [("Idempotency-Key", "c 8")])
            #expect(repeated.status == 201 && repeated.header("Idempotent-Replayed") == "true", "\(repeated.text)")
            // The next number is not one that was given.
            let next = try await stack.expect(201, "POST", "/api/sessions/", as: user)
            #expect(next.text.contains(#""name":"Session 5""#), "\(next.text)")
            try await write(10..<15, &writer)
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == contents(0..<15))
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions") == 4)
        }
    }

    /// A repeat is not refused for what its first time did, though Redis forgot that first time.
    @Test(.timeLimit(.minutes(1)))
    func aChangeOfAMissionIsNotRefusedForItsOwnFirstTime() async throws {
        try await withStack { stack in
            func post(_ path: String, _ key: String, _ body: String = #"{"name":"n"}"#) async throws -> HTTPAnswer {
                try await stack.request("POST", path, as: user, json: body, headers: [("Idempotency-Key", key)])
            }
            func mission(_ key: String) async throws -> String {
                try await post("/api/missions/", key).decode(Made.self).id
            }
            let session = try await stack.newSession(for: user)
            let kept = try await mission("kept"), dropped = try await mission("dropped")
            try await stack.flushed()
            let bytes = try stack.redis.appendOnlyBytes()
            let first = try await post("/api/missions/\(kept)/hops", "a hop")
            let gone = try await post("/api/missions/\(dropped)/hops", "a hop that went")
            _ = try await stack.expect(204, "DELETE", "/api/missions/\(dropped)", as: user)
            try await stack.flushed()
            try await stack.redis.restart(cutAt: bytes)
            try await stack.takesWrites(session, of: user)

            let other = try await post("/api/missions/\(kept)/hops", "another hop")
            #expect(other.status == 409, "\(other.text)")
            let again = try await post("/api/missions/\(kept)/hops", "a hop")
            #expect(again.status == 201 && again.header("Idempotent-Replayed") == "true", "\(again.text)")
            #expect(again.body == first.body)
            let reused = try await post("/api/missions/\(kept)/hops", "a hop", #"{"name":"m"}"#)
            #expect(reused.status == 422, "\(reused.text)")
            let before = try await post("/api/missions/\(dropped)/hops", "a hop that went")
            #expect(before.status == 201 && before.header("Idempotent-Replayed") == "true", "\(before.text)")
            #expect(gone.status == 201)
            let never = try await post("/api/missions/\(dropped)/hops", "a hop that never was")
            #expect(never.status == 404, "\(never.text)")
        }
    }

    /// What only the log holds is flushed when Redis returns, and nothing else happens.
    @Test(.timeLimit(.minutes(1)))
    func aRedisThatLostNothingIsAdmittedAtOnceAndItsLogIsFlushed() async throws {
        var options = Stack.Options()
        // Without it, a slow disk lets Redis answer before its file has the write.
        options.redis.settings["appendfsync"] = "always"
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await write(0..<5, &writer)
            let before = try stack.redis.command("HGET", "sd:{0}:manifest", "run_id").string
            stack.service.pause()
            stack.redis.kill()
            try await stack.redis.start()
            #expect(try stack.redis.command("HGET", "sd:{0}:manifest", "run_id").string == before)
            let began = ContinuousClock.now
            stack.service.resume()
            try await stack.takesWrites(session, of: user)
            #expect(ContinuousClock.now - began < .seconds(5))
            #expect(try stack.redis.command("HGET", "sd:{0}:manifest", "run_id").string != before)
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session] == contents(0..<5))
            #expect(try await stack.metric("sessiond_reconciliations_total") >= 1)
        }
    }

    /// Nothing is written to a server that is not reconciled, whoever connects to it.
    @Test(.timeLimit(.minutes(1)))
    func aServerThatIsNotReconciledTakesNoWriteAndReadsComeFromSQLite() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await write(0..<3, &writer)
            try await stack.flushed()
            // As it is met before anybody has reconciled it: and nobody can, while another has the lease.
            let far = try stack.redis.command("TIME").strings.first.flatMap { Int($0) }.map { ($0 + 600) * 1000 } ?? 0
            try stack.redis.command("HSET", "sd:{0}:flush", "owner", "nobody until \(far)")
            try stack.redis.command("HSET", "sd:{0}:manifest", "run_id", String(repeating: "0", count: 40))
            let length = try stack.redis.command("XLEN", "sd:{0}:log")
            for (method, path, body) in [
                ("POST", "/api/sessions/", "{}"), ("POST", "/api/sessions/\(session)/activity", nil),
                ("POST", "/api/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#),
                ("PUT", "/api/sessions/\(session)", #"{"name":"n"}"#), ("DELETE", "/api/sessions/\(session)", nil),
                ("POST", "/api/missions/", #"{"name":"n"}"#),
            ] as [(String, String, String?)] {
                let answer = try await stack.request(method, path, as: user, json: body)
                #expect(answer.status == 503 && answer.header("Retry-After") != nil, "\(method) \(path)")
            }
            #expect(try stack.redis.command("XLEN", "sd:{0}:log") == length)
            let read = try await stack.expect(200, "GET", "/api/sessions/\(session)", as: user)
            #expect(read.header("Cache-Status")?.contains("fwd=bypass") == true)
            #expect(read.text.contains("c 2"))
            try stack.redis.command("HDEL", "sd:{0}:flush", "owner")
            try await stack.takesWrites(session, of: user)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func anEmptyServerIsFilledFromSQLite() async throws {
        try await withStack { stack in
            var sessions: [String] = []
            for _ in 0..<30 { sessions.append(try await stack.newSession(for: user)) }
            _ = try await stack.expect(200, "POST", "/api/sessions/\(sessions[0])/archive", as: user)
            var writer = writer(stack, sessions[1])
            try await write(0..<5, &writer)
            try await stack.flushed()
            try await stack.redis.restartEmpty()
            try await stack.takesWrites(sessions[1], of: user)
            #expect(try stack.redis.command("ZCARD", "sd:{0}:activity").int == 29)
            let ttl = try stack.redis.command("PTTL", "sd:{0}:alive:\(sessions[2])").int ?? 0
            #expect(ttl > 86_000_000 && ttl < 86_400_000, "its remaining time to live, not a new one")
            try await write(5..<8, &writer)
            #expect(try await stack.contents(of: sessions[1], user: user) == contents(0..<8))
        }
    }

    /// An older copy of Redis' whole folder, as an operator may put back.
    @Test(.timeLimit(.minutes(1)))
    func anOlderSnapshotIsBroughtUpToWhatSQLiteHas() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await write(0..<5, &writer)
            try await stack.flushed()
            let copy = stack.folder.file("old-redis")
            try await stack.redis.stop()
            try copyFolder(stack.redis.dataFolder, to: copy)
            try await stack.redis.start()
            try await stack.takesWrites(session, of: user)
            try await write(5..<10, &writer)
            try await stack.flushed()
            try await stack.redis.stop()
            try copyFolder(copy, to: stack.redis.dataFolder)
            try await stack.redis.start()
            try await stack.takesWrites(session, of: user)
            try await write(10..<12, &writer)
            #expect(try await stack.contents(of: session, user: user) == contents(0..<12))
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session] == contents(0..<12))
        }
    }

    /// The log alone is deleted by hand, with what SQLite hasn't got in it.
    @Test(.timeLimit(.minutes(1)))
    func aDeletedLogCostsNothing() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await write(0..<3, &writer)
            try await stack.flushed()
            let lock = try DatabaseLock(stack)
            try await write(3..<6, &writer)
            #expect(try stack.redis.command("XLEN", "sd:{0}:log").int == 3)
            try stack.redis.command("DEL", "sd:{0}:log")
            try lock.release()
            try await stack.takesWrites(session, of: user)
            try await write(6..<9, &writer)
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == contents(0..<9))
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
        }
    }
}
