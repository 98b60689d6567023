import SessionTesting
import Testing

/// A write that went down with Redis is not called durable because later ones are in SQLite.
@Suite struct LostWriteTests {
    @Test(.timeLimit(.minutes(1)), arguments: ["FLUSHALL", "cut"])
    func whatIsLostIsNeverSaidToBeDurable(_ how: String) async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: "1")
            try await stack.flushed()
            let bytes = try stack.redis.appendOnlyBytes()
            let lock = try DatabaseLock(stack)
            async let waiting = stack.request(
                "POST", "/api/sessions/\(session)/messages", as: "1", json: #"{"role":"user","content":"lost"}"#,
                headers: [("Prefer", "durability=durable, wait=8")])
            try await eventually("it is in the log") { try stack.redis.command("XLEN", "sd:{0}:log").int == 1 }
            if how == "FLUSHALL" {
                try stack.redis.command("FLUSHALL")
            } else {
                try await stack.redis.restart(cutAt: bytes)
            }
            try lock.release()
            try await stack.takesWrites(session, of: "1")
            _ = try await stack.expect(
                201, "POST", "/api/sessions/\(session)/messages", as: "1", json: #"{"role":"user","content":"later"}"#)
            let answer = try await waiting
            // Accepted it was, or its outcome is unknown. Where the flusher had read it before, it is not lost.
            #expect([201, 504].contains(answer.status), "\(answer.text)")
            try await stack.flushed()
            let chat = try DurableRows(stack).chats()[session]
            let isKept = chat == ["lost", "later"]
            #expect(isKept || chat == ["later"])
            #expect(isKept || answer.header("Preference-Applied") == nil)
            if let write = answer.header("Write-Id") {
                let told = try await stack.expect(200, "GET", "/api/writes/\(write)", as: "1")
                #expect(told.text.contains(#""durable":\#(isKept)"#), "\(told.text)")
            }
        }
    }
}
