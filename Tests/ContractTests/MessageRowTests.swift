import SessionTesting
import Testing

/// Appending messages and reading them back, also where they have left the hot window.
@Suite struct MessageRowTests {
    @Test func oneMessageIsAnsweredAlone() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let id = "0191d5a0-0000-7000-8000-00000000abcd"
        let answer = try await person.post(
            "/sessions/\(session)/messages",
            #"{"id":"\#(id)","role":"assistant","content":"quote \" slash / é 🐫 \u2028","message_metadata":{"n":1.00}}"#
        )
        let body = try answer.json(201)
        #expect(Shape.object(["message": .message]).faults(in: body) == [])
        let message = body["message"]
        #expect(message["id"] == .string(id) && message["sequence_order"].int == 1)
        #expect(message["content"] == .string("quote \" slash / é 🐫 \u{2028}"))
        #expect(answer.text.contains(#""message_metadata":{"n":1.00}"#))
        #expect(answer.header("ETag") == "\"v2\"")
        let stored = try await person.get("/sessions/\(session)/messages").json(200)
        #expect(stored["messages"] == .array([message]) && stored["has_more"] == .bool(false))
        #expect(try await person.look(session)["message_count"].int == 1)
    }

    @Test(arguments: ["user", "assistant", "system", "tool", "status"])
    func everyRoleIsTaken(role: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let answer = try await person.post(
            "/sessions/\(session)/messages", #"{"role":"\#(role)","content":""}"#)
        let message = try answer.json(201)["message"]
        #expect(message["role"] == .string(role) && message["content"] == .string(""))
        #expect(message["message_metadata"] == .object([:]))
    }

    @Test func aBatchIsAnsweredAsAListAndIsOneAtom() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let one = #"{"role":"user","content":"x"}"#
        func batch(_ count: Int, _ last: String? = nil) async throws -> HTTPAnswer {
            let list = [String](repeating: one, count: count) + [last].compactMap { $0 }
            return try await person.post(
                "/sessions/\(session)/messages", #"{"messages":[\#(list.joined(separator: ","))]}"#)
        }
        let body = try await batch(100).json(201)
        #expect(Shape.object(["messages": .list(.message)]).faults(in: body) == [])
        #expect(body["messages"].elements.map { $0["sequence_order"].int } == (1...100).map { $0 })
        #expect(Set(body["messages"].elements.compactMap { $0["id"].string }).count == 100)
        try await batch(101).problem(422)
        try await batch(0).problem(422)
        let fault = try await batch(3, #"{"role":"nobody","content":"x"}"#).problem(422)
        #expect(fault["errors"][0]["pointer"] == .string("/messages/3/role"))
        #expect(try await person.look(session)["message_count"].int == 100)
    }

    @Test func noGapAppearsBetweenManyWritersOfOneChat() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let numbers = try await withThrowingTaskGroup(of: Int?.self) { group in
            for writer in 0..<60 {
                group.addTask {
                    try await person.post(
                        "/sessions/\(session)/messages", #"{"role":"user","content":"w\#(writer)"}"#
                    ).json(201)["message"]["sequence_order"].int
                }
            }
            return try await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(numbers.compactMap { $0 }.sorted() == Array(1...60))
    }

    @Test func pagesOfMessagesMeetWithoutGapWhereTheHotWindowEnds() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        try await person.append(450, to: session)
        let list = try stack.key("messages", session)
        try await eventually("the trimming of the hot window", within: .seconds(30)) {
            try stack.redis.command("LLEN", list).int == 200
        }
        var generator = SeededGenerator.announced()
        func page(_ query: String) async throws -> (HTTPAnswer, [Int], more: JSON) {
            let answer = try await person.get("/sessions/\(session)/messages?\(query)")
            let body = try answer.json(200)
            #expect(Shape.object(["messages": .list(.message), "has_more": .flag]).faults(in: body) == [])
            let messages = body["messages"].elements
            let numbers = messages.compactMap { $0["sequence_order"].int }
            #expect(messages.map { $0["content"] } == numbers.map { .string("m\($0)") })
            return (answer, numbers, body["has_more"])
        }
        var seen: [Int] = []
        while seen.first != 1 {
            let limit = Int.random(in: 1...500, using: &generator) % 120 + 1
            let (answer, numbers, more) = try await page(
                seen.isEmpty ? "limit=\(limit)" : "before=\(seen[0])&limit=\(limit)")
            try #require(numbers.count == min(limit, seen.isEmpty ? 450 : seen[0] - 1))
            #expect(more == .bool(numbers[0] > 1))
            #expect(answer.header("Cache-Status") == (numbers[0] <= 250 ? "sessiond; fwd=miss" : "sessiond; hit"))
            seen = numbers + seen
        }
        #expect(seen == Array(1...450))
        seen = []
        while seen.last != 450 {
            let limit = Int.random(in: 1...120, using: &generator)
            let (_, numbers, more) = try await page("after=\(seen.last ?? 0)&limit=\(limit)")
            try #require(numbers.count == min(limit, 450 - (seen.last ?? 0)))
            #expect(more == .bool(numbers.last != 450))
            seen += numbers
        }
        #expect(seen == Array(1...450))
        #expect(try await page("limit=500").1 == Array(1...450))
        #expect(try await page("after=450").1 == [])
        #expect(try await page("before=1").1 == [])
        #expect(try await page("before=9223372036854775807&limit=2").1 == [449, 450])
        #expect(try await page("after=9223372036854775807").1 == [])
        #expect(try await page("").1 == Array(401...450))
    }

    @Test func theChatGivesEveryMessageOfTheHotWindow() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        let chat = try await person.look(session)["chat_id"].text()
        let empty = try await person.get("/chat/\(chat)/messages")
        #expect(empty.status == 200 && empty.text == #"{"messages":[]}"#)
        try await person.append(230, to: session)
        try await eventually("the trimming of the hot window", within: .seconds(30)) {
            try stack.redis.command("LLEN", stack.key("messages", session)).int == 200
        }
        let body = try await person.get("/chat/\(chat)/messages/").json(200)
        #expect(body.keys == ["messages"])
        #expect(body["messages"].elements.map { $0["sequence_order"].int } == (31...230).map { $0 })
        try await person.get("/chat/\(session)/messages").problem(404)
        try await person.get("/sessions/\(chat)").problem(404)
    }

    @Test(
        arguments: [
            "limit=0", "limit=501", "limit=-1", "limit=x", "limit=1.0", "limit=", "limit=%31%", "limit=1&limit=2",
            "before=0", "before=-1", "before=9223372036854775808", "after=-1", "after=x", "before=5&after=1",
        ])
    func aBadRangeOfMessagesIsRefused(query: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        try await person.get("/sessions/\(session)/messages?\(query)").problem(400)
    }
}
