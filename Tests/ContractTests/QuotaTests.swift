import SessionTesting
import Testing

/// What one user may have and do, through nginx, on both tiers.
@Suite struct QuotaTests {
    private func withQuotas(_ quotas: [String: String], _ body: (Stack) async throws -> Void) async throws {
        var options = Stack.Options()
        for (name, value) in quotas { options.settings["quotas.\(name)"] = value }
        try await withStack(options, body)
    }

    private func refused(_ answer: HTTPAnswer, _ quota: String) throws {
        let problem = try answer.problem(429)
        #expect(problem["type"] == .string("/problems/over-quota"))
        #expect(problem["detail"] == .string("Your quota of \(quota) is used up."))
        #expect((1...3600).contains(Int(answer.header("Retry-After") ?? "") ?? 0))
    }

    /// As a minute later.
    private func forget(_ person: Person) throws {
        for kind in ["usage", "writes"] { try person.stack.redis.command("DEL", "sd:{0}:\(kind):\(person.id)") }
    }

    @Test func sessionsAreCountedOverBothTiers() async throws {
        try await withQuotas(["sessions": "10"]) { stack in
            let person = Person(stack)
            let key = [("Idempotency-Key", "the first")]
            let first = try await person.post("/sessions/", "{}", key)
            let id = try first.json(201)["user_session"]["id"].text()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<30 {
                    group.addTask {
                        try await person.post(index % 2 == 0 ? "/sessions/" : "/sessions/initialize", "{}").status
                    }
                }
                return try await group.reduce(into: [:]) { (counts: inout [Int: Int], status) in
                    counts[status, default: 0] += 1
                }
            }
            #expect(statuses == [201: 9, 429: 21])
            #expect(try await person.get("/sessions/").json(200)["total"].int == 10)
            try refused(await person.post("/sessions/", "{}"), "sessions")
            // What is there can be used, a repeat gets its first answer, and nobody else is refused.
            #expect(try await person.append(one: id).status == 201)
            #expect(try await person.post("/sessions/", "{}", key).body == first.body)
            #expect(try await Person(stack).post("/sessions/", "{}").status == 201)

            // Also those that only SQLite knows count, and deleted ones don't.
            try await person.waitUntilDurable(try await person.post("/sessions/\(id)/archive"))
            try forget(person)
            try refused(await person.post("/sessions/", "{}"), "sessions")
            #expect(try await person.send("DELETE", "/sessions/\(id)").status == 204)
            try forget(person)
            // What failed costs nothing.
            for _ in 0..<3 { try await person.post("/sessions/", #"{"name":""}"#).problem(422) }
            #expect(try await person.post("/sessions/", "{}").status == 201)
            try refused(await person.post("/sessions/", "{}"), "sessions")
        }
    }

    @Test func aChatHasNoMoreMessages() async throws {
        try await withQuotas(["messages": "3"]) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.append(2, to: session)
            let two = #"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}"#
            try refused(await person.post("/sessions/\(session)/messages", two), "messages")
            #expect(try await person.append(one: session).status == 201)
            try refused(await person.append(one: session), "messages")
            #expect(try await person.look(session)["message_count"].int == 3)
            #expect(try await person.append(one: try await person.newSession()).status == 201)
        }
    }

    @Test func bytesAreMeasuredInSQLite() async throws {
        try await withQuotas(["bytes": "40KiB"]) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let long = String(repeating: "x", count: 9_000)
            let message = #"{"role":"user","content":"\#(long)"}"#
            for _ in 0..<2 { _ = try await person.post("/sessions/\(session)/messages", message).json(201) }
            let mission = #"{"name":"n","assets":[{"name":"a","role":"output","content":"\#(long)"}]}"#
            let answer = try await person.post("/missions/", mission)
            _ = try answer.json(201)
            try await person.waitUntilDurable(answer)
            for _ in 0..<2 {
                // Counted since the beginning, then measured: some 27 KB.
                try refused(
                    await person.send(
                        "PATCH", "/sessions/\(session)",
                        #"{"session_metadata":{"a":"\#(String(repeating: long, count: 2))"}}"#,
                        [("Content-Type", "application/merge-patch+json")]), "bytes")
                try forget(person)
            }
            #expect(try await person.send("PUT", "/sessions/\(session)", #"{"name":"short"}"#).status == 200)
            #expect(try await person.post("/sessions/\(session)/complete").status == 200)
            #expect(try await person.send("DELETE", "/sessions/\(session)").status == 204)
        }
    }

    @Test func writesAreCountedAndReadsAreNot() async throws {
        try await withQuotas(["writes-per-minute": "5"]) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            for _ in 0..<4 { #expect(try await person.append(one: session).status == 201) }
            try refused(await person.append(one: session), "writes")
            try refused(await person.send("DELETE", "/sessions/\(session)"), "writes")
            for _ in 0..<8 { #expect(try await person.get("/sessions/\(session)").status == 200) }
            #expect(try await person.post("/sessions/\(session)/activity").status == 200)
            #expect(try stack.redis.command("PTTL", "sd:{0}:writes:\(person.id)").int ?? 0 > 0)
            try forget(person)
            #expect(try await person.append(one: session).status == 201)
        }
    }
}
