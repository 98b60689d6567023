import SessionTesting
import Testing

/// A chat whose messages are as long as they may be: an answer has an end, and says that there is more.
@Suite struct LongAnswerTests {
    private static let count = 80

    @Test func aChatOfLongMessagesIsAnsweredInParts() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            // Escaped it is six times as long.
            let long = String(repeating: #"\u0001"#, count: 65_000)
            var last: HTTPAnswer?
            for number in 1...Self.count {
                last = try await person.post(
                    "/sessions/\(session)/messages", #"{"role":"user","content":"\#(number) \#(long)"}"#)
                #expect(last?.status == 201)
            }
            try await person.waitUntilDurable(try #require(last))
            // From both tiers together, from the hot one, and from SQLite alone.
            for isHot in [true, false] {
                if !isHot {
                    try stack.redis.command("DEL", "sd:{0}:session:\(session)", "sd:{0}:messages:\(session)")
                }
                let whole = try await person.get("/sessions/\(session)?messages=200").json(200)["chat"]
                try expect(whole["messages"].elements, whole["has_more"], from: Self.count)
                var before = Self.count + 1
                var seen: [Int] = []
                for _ in 0..<Self.count where before > 1 {
                    let page = try await person.get("/sessions/\(session)/messages?before=\(before)&limit=500").json(
                        200)
                    let sequences = page["messages"].elements.compactMap { $0["sequence_order"].int }
                    before = try #require(sequences.first)
                    #expect(page["has_more"] == .bool(before > 1))
                    seen = sequences + seen
                }
                #expect(seen == Array(1...Self.count))
                let forward = try await person.get("/sessions/\(session)/messages?after=0&limit=500").json(200)
                let first = forward["messages"].elements.compactMap { $0["sequence_order"].int }
                #expect(first == Array(1...first.count) && first.count < Self.count)
                #expect(forward["has_more"] == .bool(true))
            }
            let chat = try await person.look(session)["chat_id"].text()
            let window = try await person.get("/chat/\(chat)/messages").json(200)["messages"].elements
            #expect(window.last?["sequence_order"].int == Self.count && window.count < Self.count)
        }
    }

    private func expect(_ messages: [JSON], _ hasMore: JSON, from last: Int) throws {
        let sequences = messages.compactMap { $0["sequence_order"].int }
        #expect(sequences == Array((last - sequences.count + 1)...last))
        #expect(sequences.count >= 40 && sequences.count < last)
        #expect(hasMore == .bool(true))
    }
}
