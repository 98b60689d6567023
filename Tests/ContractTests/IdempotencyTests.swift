import SessionTesting
import Testing

/// Idempotency-Key: a repeat gets the first answer again.
@Suite struct IdempotencyTests {
    @Test func aRepeatedCreationMakesOneSession() async throws {
        let person = Person(try await Stacks.ordinary.value)
        for (path, body) in [
            ("/sessions/", #"{"name":"a","session_metadata":{"k":1.0}}"#), ("/sessions/", ""),
            ("/sessions/initialize", "{}"),
        ] {
            let key = [("Idempotency-Key", "key \(path)\(body.count)")]
            let first = try await person.post(path, body, key)
            #expect(first.status == 201 && first.header("Idempotent-Replayed") == nil)
            let total = try await person.get("/sessions/").json(200)["total"]
            for _ in 0..<3 {
                let again = try await person.post(path, body, key)
                #expect(again.status == 201 && again.body == first.body)
                #expect(again.header("Idempotent-Replayed") == "true")
                for name in ["Location", "ETag", "Write-Id"] { #expect(again.header(name) == first.header(name)) }
            }
            #expect(try await person.get("/sessions/").json(200)["total"] == total)
        }
    }

    @Test func repeatedMessagesAreAppendedOnce() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let bodies = [
            #"{"role":"user","content":"é"}"#,
            #"{"messages":[{"role":"user","content":"1"},{"role":"tool","content":"2"}]}"#,
        ]
        for (number, body) in bodies.enumerated() {
            let key = [("Idempotency-Key", "m\(number)")]
            let first = try await person.post("/sessions/\(session)/messages", body, key)
            #expect(first.status == 201)
            // What comes between changes nothing of the answer.
            try await person.append(1, to: session, first: 9)
            let again = try await person.post("/sessions/\(session)/messages/", body, key)
            #expect(again.status == 201 && again.body == first.body && again.header("ETag") == first.header("ETag"))
            #expect(again.header("Idempotent-Replayed") == "true")
        }
        #expect(try await person.look(session)["message_count"].int == 5)
    }

    @Test func aRepeatIsAnsweredAlsoOnceTheSessionIsClosed() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let (body, key) = (#"{"role":"user","content":"x"}"#, [("Idempotency-Key", "k")])
        let first = try await person.post("/sessions/\(session)/messages", body, key)
        try await person.post("/sessions/\(session)/complete")
        let again = try await person.post("/sessions/\(session)/messages", body, key)
        #expect(again.status == 201 && again.body == first.body)
        try await person.post("/sessions/\(session)/messages", body, [("Idempotency-Key", "other")]).problem(409)
    }

    @Test func aRepeatedMissionIsMadeOnce() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for query in ["", "?session_id=\(session)"] {
            let key = [("Idempotency-Key", "m\(query.count)")]
            let first = try await person.post("/missions/\(query)", #"{"name":"n","goal":"g"}"#, key)
            let again = try await person.post("/missions/\(query)", #"{"name":"n","goal":"g"}"#, key)
            #expect(first.status == 201 && again.body == first.body)
            #expect(again.header("Idempotent-Replayed") == "true")
        }
        #expect(try await person.look(session)["version"].int == 2)
    }

    @Test func aKeyThatIsUsedForSomethingElseIsRefused() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let (one, two) = (try await person.newSession(), try await person.newSession())
        let key = [("Idempotency-Key", "k")]
        let body = #"{"role":"user","content":"x"}"#
        #expect(try await person.post("/sessions/\(one)/messages", body, key).status == 201)
        for (path, body) in [
            ("/sessions/\(one)/messages", #"{"role":"user","content":"y"}"#), ("/sessions/\(two)/messages", body),
            ("/sessions/", "{}"), ("/sessions/initialize", ""), ("/missions/", #"{"name":"n"}"#),
        ] {
            let problem = try await person.post(path, body, key).problem(422)
            #expect(problem["type"] == .string("/problems/idempotency-key-reused"))
        }
        #expect(try await person.look(one)["message_count"].int == 1)
        #expect(try await person.look(two)["message_count"].int == 0)
    }

    @Test func keysAreEachPersonsOwn() async throws {
        let stack = try await Stacks.ordinary.value
        let people = ["a:b", "a", "a%3Ab", "A"].map { Person(stack, id: "idem-\($0)") }
        var ids: Set<String> = []
        for (person, key) in zip(people, ["c", "b:c", "c", "c"]) {
            let answer = try await person.post("/sessions/", "{}", [("Idempotency-Key", key)])
            #expect(answer.header("Idempotent-Replayed") == nil)
            ids.insert(try answer.json(201)["user_session"]["id"].text())
        }
        #expect(ids.count == 4)
    }

    @Test func ofManyAtTheSameTimeOneWrites() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let answer = try await person.post("/sessions/", #"{"name":"n"}"#, [("Idempotency-Key", "one")])
                    _ = try answer.json(201)
                    return answer.text
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies.count == 1)
        #expect(try await person.get("/sessions/").json(200)["total"].int == 1)
    }

    @Test(arguments: [String(repeating: "k", count: 129), "é", "a\tb"])
    func aKeyOfTheWrongFormIsRefused(key: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        try await person.post("/sessions/", "{}", [("Idempotency-Key", key)]).problem(400)
        #expect(try await person.get("/sessions/").json(200)["total"].int == 0)
    }

    @Test func aKeyCanHave128Characters() async throws {
        let key = [("Idempotency-Key", "~!\"" + String(repeating: " x", count: 62) + "}")]
        #expect(try await Person(Stacks.ordinary.value).post("/sessions/", "{}", key).status == 201)
    }

    /// A refusal is no answer to keep: the repeat is judged anew.
    @Test func aRefusalLeavesTheKeyFree() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let key = [("Idempotency-Key", "k")]
        let body = #"{"role":"user","content":"x"}"#
        try await person.post("/sessions/\(session)/messages", #"{"role":"user"}"#, key).problem(422)
        try await person.post("/sessions/\(session)/complete")
        try await person.post("/sessions/\(session)/messages", body, key).problem(409)
        try await person.post("/sessions/\(session)/resume")
        let answer = try await person.post("/sessions/\(session)/messages", body, key)
        #expect(answer.status == 201 && answer.header("Idempotent-Replayed") == nil)
    }
}
