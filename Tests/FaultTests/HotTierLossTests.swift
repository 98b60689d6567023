import SessionTesting
import Testing

/// Redis stops, comes back, or comes back empty: no crash, 503 meanwhile, and recovery by itself.
@Suite struct HotTierLossTests {
    @Test(.timeLimit(.minutes(1)))
    func aFlushedHotTierIsLoadedAgainFromSQLite() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: "1")
            var writer = Writer(
                stack: stack, user: "1", session: session, name: "c", generator: SeededGenerator(seed: 1))
            for number in 0..<5 { _ = try await writer.write(number) }
            try await stack.flushed()
            _ = try stack.redis.command("FLUSHALL")
            // Nothing is answered as if there were nothing.
            let meanwhile = try await stack.request("GET", "/api/sessions/active", as: "1")
            #expect(meanwhile.status == 503 || meanwhile.text.contains(session))
            if meanwhile.status == 503 { #expect(meanwhile.header("Retry-After") != nil) }
            for number in 5..<10 { _ = try await writer.write(number) }
            #expect(
                try await stack.contents(of: session, user: "1") == (0..<10).map { "c \($0)" })
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session] == (0..<10).map { "c \($0)" })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whileRedisIsAwayWritesAreRefusedAndAfterwardsTheyAreTaken() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: "1")
            // Redis' own file may not have it yet.
            try await stack.flushed()
            stack.redis.kill()
            let refused = try await stack.request("POST", "/api/sessions/\(session)/activity", as: "1")
            #expect(refused.status == 503 || refused.status == 504)
            #expect(refused.header("Content-Type") == "application/problem+json")
            try await eventually("writes are refused as not written") {
                let answer = try await stack.request("POST", "/api/sessions/\(session)/activity", as: "1")
                return answer.status == 503 && answer.header("Retry-After") != nil
            }
            try await stack.redis.start()
            try await eventually("writes are taken", within: .seconds(10)) {
                try await stack.request("POST", "/api/sessions/\(session)/activity", as: "1").status == 200
            }
            #expect(stack.service.isRunning)
        }
    }
}
