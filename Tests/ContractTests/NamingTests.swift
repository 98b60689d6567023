import SessionTesting
import Testing

/// A name left out becomes "Session N", N one above the highest such name that its person ever had.
@Suite struct NamingTests {
    private func name(_ person: Person, _ body: String = "{}") async throws -> String {
        try await person.post("/sessions/", body).json(201)["user_session"]["name"].text()
    }

    @Test func numbersGoUpAndNeverComeBack() async throws {
        let stack = try await Stacks.ordinary.value
        let (person, other) = (Person(stack), Person(stack))
        #expect(try await name(person) == "Session 1")
        #expect(try await name(person) == "Session 2")
        #expect(try await name(other) == "Session 1")
        #expect(try await name(person, #"{"name":"Session 41"}"#) == "Session 41")
        #expect(try await name(person) == "Session 42")
        for other in [
            "session 90", "Session 090", "Session 90 ", "Session", "Session -90", "Session 9e9", " Session 90",
        ] {
            #expect(try await name(person, #"{"name":"\#(other)"}"#) == other)
        }
        #expect(try await name(person) == "Session 43")
        let renamed = try await person.newSession(#"{"name":"x"}"#)
        _ = try await person.send("PUT", "/sessions/\(renamed)", #"{"name":"Session 60"}"#).json(200)
        #expect(try await name(person) == "Session 61")
        _ = try await person.send("PATCH", "/sessions/\(renamed)", #"{"name":"Session 70"}"#).json(200)
        let last = try await person.newSession()
        #expect(try await person.look(last)["name"] == .string("Session 71"))
        _ = try await person.send("DELETE", "/sessions/\(last)")
        #expect(try await name(person) == "Session 72")
    }

    /// The number is hot for a day; after that SQLite knows it.
    @Test func numbersAreRememberedWhereTheyAreNotHot() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let first = try await person.post("/sessions/", #"{"name":"Session 9"}"#)
        let gone = try first.json(201)["user_session"]["id"].text()
        try await person.waitUntilDurable(person.send("DELETE", "/sessions/\(gone)"))
        try stack.redis.command("DEL", "sd:{0}:numbers:\(person.id)")
        #expect(try await name(person) == "Session 10")
    }

    @Test func manyAtTheSameTimeGetDifferentNumbers() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<40 { group.addTask { try await name(person) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names == Set((1...40).map { "Session \($0)" }))
    }
}
