import SessionTesting
import Testing

@Suite struct ConcurrentAppendTests {
    @Test(.timeLimit(.minutes(5)), arguments: [1, 16])
    func twoHundredClientsWriteTwentyThousandMessagesOnceAndWithoutGaps(shards: Int) async throws {
        let (clients, perClient, chats) = (200, shards == 1 ? 100 : 10, 50)
        var options = Stack.Options()
        options.shards = shards
        let generator = SeededGenerator.announced()
        try await withStack(options) { stack in
            var sessions: [String] = []
            for number in 0..<chats { sessions.append(try await stack.newSession(for: "user-\(number)")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<clients {
                    var writer = Writer(
                        stack: stack, user: "user-\(client % chats)", session: sessions[client % chats],
                        name: "client-\(client)", generator: SeededGenerator(seed: generator.seed &+ UInt64(client)))
                    group.addTask {
                        var last = 0
                        for number in 0..<perClient {
                            let sequence = try await writer.write(number)
                            guard sequence > last else { throw TestingError("a later write came earlier") }
                            last = sequence
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await stack.flushed(shards: shards)
            let rows = try DurableRows(stack, shards: shards)
            #expect(try rows.integer("SELECT COUNT(*) FROM chat_messages") == clients * perClient)
            #expect(try rows.tornSessions() == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            let durable = try rows.chats()
            for (number, session) in sessions.enumerated() {
                let expected = (0..<clients).filter { $0 % chats == number }
                    .flatMap { client in (0..<perClient).map { "client-\(client) \($0)" } }
                #expect(durable[session]?.sorted() == expected.sorted())
                #expect(try await stack.contents(of: session, user: "user-\(number)") == durable[session])
                try checkHotWindow(of: session, in: stack, count: expected.count)
            }
        }
    }

    /// The newest messages, each number once, up to the count.
    private func checkHotWindow(of session: String, in stack: Stack, count: Int) throws {
        let key = "sd:{\(UInt16(session.suffix(4), radix: 16) ?? 0)}"
        #expect(try stack.redis.command("HGET", "\(key):session:\(session)", "messages").int == count)
        let window = try stack.redis.command("LRANGE", "\(key):messages:\(session)", "0", "-1").strings
        let numbers = window.map { text in
            text.firstRange(of: #""sequence_order":"#).map { range in
                Int(text[range.upperBound...].prefix { $0.isNumber }) ?? 0
            } ?? 0
        }
        #expect(numbers == Array(count - window.count + 1..<count + 1))
        #expect(window.count >= min(count, 200))
    }
}

extension Stack {
    /// Every message of a chat, page by page, oldest first.
    func contents(of session: String, user: String) async throws -> [String] {
        struct Answer: Decodable {
            struct Message: Decodable {
                var sequence: Int
                var content: String
                enum CodingKeys: String, CodingKey { case content, sequence = "sequence_order" }
            }
            var messages: [Message]
            var hasMore: Bool
            enum CodingKeys: String, CodingKey { case messages, hasMore = "has_more" }
        }
        var contents: [String] = []
        while true {
            let page = try await request(
                "GET", "/api/sessions/\(session)/messages?after=\(contents.count)&limit=150", as: user)
            guard page.status == 200 else { throw TestingError("\(page.status) \(page.text)") }
            let answer = try page.decode(Answer.self)
            for message in answer.messages {
                guard message.sequence == contents.count + 1 else { throw TestingError("a gap in a page") }
                contents.append(message.content)
            }
            guard answer.hasMore else { return contents }
        }
    }
}
