import SessionTesting
import Testing

/// Several processes on one Redis and one folder: one flushes a shard at a time, and nothing is done twice.
@Suite struct InstancesTests {
    private let user = "1"

    private func writer(_ stack: Stack, _ session: String) -> Writer {
        Writer(stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
    }

    @Test(.timeLimit(.minutes(1)))
    func oneProcessServesAndAnotherFlushes() async throws {
        var options = Stack.Options()
        options.instances = 2
        options.roles = ["flush", "api"]
        try await withStack(options) { stack in
            let (flush, api) = (stack.services[0], stack.services[1])
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            for number in 0..<20 { _ = try await writer.write(number) }
            let durable = try await stack.request(
                "POST", "/api/sessions/\(session)/messages", as: user, json: #"{"role":"user","content":"last"}"#,
                headers: [("Prefer", "durability=durable, wait=5")])
            #expect(durable.header("Preference-Applied") == "durability=durable")
            #expect(try DurableRows(stack).chats()[session]?.count == 21)
            #expect(try FastCGIProbe.get("/health/ready", socket: flush.socket) == 200)
            #expect(try FastCGIProbe.get("/api/sessions/", socket: flush.socket) == 503, "it serves nobody")

            // Without one that flushes, what is written is kept, and readiness warns.
            flush.kill()
            for number in 20..<25 { _ = try await writer.write(number) }
            try await eventually("a warning", within: .seconds(20)) {
                try await stack.request("GET", "/health/ready").text.contains("no process flushes this shard")
            }
            #expect(try FastCGIProbe.get("/health/ready", socket: api.socket) == 200)
            #expect(try stack.redis.command("XLEN", "sd:{0}:log").int == 5)
            try await flush.start()
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session]?.count == 26)
            try await eventually("no warning", within: .seconds(20)) {
                try await !stack.request("GET", "/health/ready").text.contains("warning")
            }
        }
    }

    /// The owner of the lease stands still until another has taken over, then goes on with what it was at.
    @Test(.timeLimit(.minutes(2)))
    func anOwnerThatWasPresumedDeadChangesNothing() async throws {
        var options = Stack.Options()
        options.instances = 2
        options.settings["write-behind.lease"] = "4s"
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            var number = 0
            for _ in 0..<4 {
                let owner = try #require(try stack.redis.command("HGET", "sd:{0}:flush", "owner").string)
                let pid = owner.split(separator: ":").dropFirst().first.flatMap { Int32($0) }
                let paused = try #require(stack.services.first { $0.pid == pid })
                paused.pause()
                // nginx gives half of the requests to the other, which takes the lease meanwhile.
                try await eventually("another owner", within: .seconds(10)) {
                    let now = try stack.redis.command("HGET", "sd:{0}:flush", "owner").string
                    return now.map { !$0.contains(":\(pid ?? 0):") } ?? false
                }
                paused.resume()
                for _ in 0..<40 {
                    _ = try await writer.write(number)
                    number += 1
                }
            }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == writer.acknowledged)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
        }
    }

    /// Both notice a new incarnation at once, several times: what is reconciled is reconciled once.
    @Test(.timeLimit(.minutes(2)))
    func reconcilersThatMeetChangeNothingTwice() async throws {
        var options = Stack.Options()
        options.instances = 3
        try await withStack(options) { stack in
            var sessions: [String] = []
            for _ in 0..<20 { sessions.append(try await stack.newSession(for: user)) }
            var writer = writer(stack, sessions[0])
            var number = 0
            for round in 0..<4 {
                for _ in 0..<5 {
                    _ = try await writer.write(number)
                    number += 1
                }
                try await stack.flushed()
                if round % 2 == 0 {
                    try stack.redis.command("FLUSHALL")
                } else {
                    try await stack.redis.restartEmpty()
                }
                try await stack.takesWrites(sessions[0], of: user)
                #expect(try stack.redis.command("ZCARD", "sd:{0}:activity").int == sessions.count)
            }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[sessions[0]] == writer.acknowledged)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            #expect(try await stack.contents(of: sessions[0], user: user) == writer.acknowledged)
        }
    }
}
