import SessionTesting
import Testing

/// What is answered while Redis is away, and after.
@Suite struct OutageTests {
    @Test func withoutRedisWritesAreRefusedAndRecoveryNeedsNobody() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession(#"{"session_metadata":{"k":1}}"#)
            try await person.waitUntilDurable(try await person.append(one: session))
            try await person.append(2, to: session)
            try await eventually("the log is flushed") { try stack.redis.command("XLEN", "sd:{0}:log").int == 0 }
            try await stack.redis.stop()
            for _ in 0..<2 {
                for (method, path, body) in [
                    ("POST", "/sessions/", "{}"), ("POST", "/sessions/initialize", "{}"),
                    ("PUT", "/sessions/\(session)", #"{"name":"n"}"#),
                    ("PATCH", "/sessions/\(session)", #"{"session_metadata":{"b":1}}"#),
                    ("POST", "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#),
                    ("POST", "/sessions/\(session)/activity", nil), ("POST", "/sessions/\(session)/complete", nil),
                    ("POST", "/missions/", #"{"name":"n"}"#), ("DELETE", "/sessions/\(session)", nil),
                ] as [(String, String, String?)] {
                    let answer = try await person.send(method, path, body)
                    #expect(answer.status == 503, "\(method) \(path): \(answer.text)")
                    try answer.problem(503)
                    #expect(Int(answer.header("Retry-After") ?? "") ?? 0 > 0)
                }
                for path in ["/sessions/", "/sessions/active", "/sessions/\(session)", "/sessions/\(session)/messages"]
                {
                    let answer = try await person.get(path)
                    #expect(answer.status == 200, "\(path): \(answer.text)")
                    #expect(
                        answer.header("Cache-Status") == "sessiond; fwd=bypass; detail=hot-tier-unreachable",
                        "\(path): \(answer.header("Cache-Status") ?? "none")")
                }
                // Refused before Redis is asked.
                try await person.post("/sessions/", "{").problem(400)
                try await stack.request("GET", "/api/sessions/").problem(401)
            }
            #expect(try await stack.request("GET", "/health/live").status == 200)
            try await eventually("the service saying that it isn't ready", within: .seconds(20)) {
                let answer = try await stack.request("GET", "/health/ready")
                return answer.status == 503 && answer.header("Retry-After") != nil
            }
            let unready = try await stack.request("GET", "/health/ready").problem(503)
            #expect(unready["dependencies"].elements.contains { $0["ready"] == .bool(false) })

            try await stack.redis.start()
            try await eventually("a session as it was", within: .seconds(30)) {
                try await person.get("/sessions/\(session)").status == 200
            }
            let back = try await person.look(session)
            #expect(back["message_count"].int == 3 && back["version"].int == 3 && back["name"] == .string("Session 1"))
            try await eventually("readiness", within: .seconds(30)) {
                try await stack.request("GET", "/health/ready").status == 200
            }
            #expect(try await person.append(one: session).status == 201)
            let durable = try await person.post("/sessions/", "{}", DurabilityHeaderTests.durable)
            #expect(durable.header("Preference-Applied") != nil)
            #expect(stack.service.isRunning)
        }
    }

    /// The connection breaks after the write was sent: only who gave a key learns what became of it.
    @Test func aWriteOfUnknownOutcomeIsSettledByItsKey() async throws {
        var options = Stack.Options()
        options.isRedisProxied = true
        try await withStack(options) { stack in
            let person = Person(stack)
            let proxy = try #require(stack.proxy)
            let session = try await person.newSession()
            let body = #"{"role":"user","content":"x"}"#
            var unknown = 0
            // Which connection is cut is the proxy's choice: it may be the flusher's.
            for attempt in 0..<100 where unknown < 2 {
                _ = try await person.append(one: session)
                try await proxy.set(.cut(.replies, afterBytes: 0))
                let key = "k\(attempt)"
                let answer = try await person.post(
                    "/sessions/\(session)/messages", body, attempt % 2 == 0 ? [] : [("Idempotency-Key", key)])
                if attempt % 2 == 0, answer.status == 504 {
                    let problem = try answer.problem(504)
                    #expect(problem["type"] == .string("/problems/outcome-unknown"))
                    unknown += 1
                } else if attempt % 2 == 1 {
                    // Where the service couldn't find out in time, a repeat does.
                    #expect([201, 503, 504].contains(answer.status), "\(answer.text)")
                    var settled = answer
                    try await eventually("an outcome", within: .seconds(20)) {
                        if settled.status == 201 { return true }
                        settled = try await person.post(
                            "/sessions/\(session)/messages", body, [("Idempotency-Key", key)])
                        return false
                    }
                    let again = try await person.post("/sessions/\(session)/messages", body, [("Idempotency-Key", key)])
                    #expect(again.body == settled.body && again.header("Idempotent-Replayed") == "true")
                } else {
                    #expect(answer.status == 201 || answer.status == 503, "\(answer.text)")
                }
                try await proxy.set(.none)
                // SQLite alone answers without them, and may be behind.
                try await eventually("the service's connections", within: .seconds(20)) {
                    let answer = try await person.get("/sessions/\(session)?touch=false&messages=0")
                    return answer.status == 200 && answer.header("Cache-Status") == "sessiond; hit"
                }
            }
            #expect(unknown == 2)
            // Whatever the outcomes were: no gap, nothing twice.
            let page = try await person.get("/sessions/\(session)/messages?limit=500").json(200)["messages"].elements
            try #require(!page.isEmpty)
            #expect(page.map { $0["sequence_order"].int } == (1...page.count).map { $0 })
            #expect(Set(page.compactMap { $0["id"].string }).count == page.count)
        }
    }

    /// The web server makes a connection for each request and waits: none is refused.
    @Test func requestsWaitForAServiceThatStalls() async throws {
        try await withStack { stack in
            let person = Person(stack)
            stack.service.pause()
            let waiting = 300
            let answers = Task {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<waiting { group.addTask { try await person.get("/sessions/").status } }
                    return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
                }
            }
            try await eventually("\(waiting) connections", within: .seconds(20)) {
                let open = try await Command.run(["grep", "-c", stack.nginx.socket, "/proc/net/unix"]).text
                return Int(open.split(separator: "\n").first ?? "") ?? 0 > waiting
            }
            stack.service.resume()
            #expect(try await answers.value == [200: waiting])
        }
    }
}
