import SessionTesting
import Testing

/// As far as a session can have a mission.
@Suite struct MissionRowTests {
    @Test func aNewMissionHasEveryField() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.post(
            "/missions/",
            #"{"name":"n","description":"d","goal":"g","success_criteria":["1","2"],"mission_metadata":{"a":1.50}}"#)
        let body = try answer.json(201)
        #expect(Shape.mission.faults(in: body) == [])
        #expect(body["name"] == .string("n") && body["description"] == .string("d") && body["goal"] == .string("g"))
        #expect(body["success_criteria"] == .array([.string("1"), .string("2")]))
        #expect(body["status"] == .string("awaiting_approval") && body["version"].int == 1)
        #expect(answer.text.contains(#""mission_metadata":{"a":1.50}"#))
        let id = try body["id"].text()
        #expect(answer.header("Location") == "/api/missions/\(id)")
        let loaded = try await person.get("/missions/\(id)")
        #expect(loaded.body == answer.body)
        #expect(loaded.header("Cache-Status") == "sessiond; hit")
    }

    @Test func aMissionNeedsANameAndNothingElse() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let body = try await person.post("/missions", #"{"name":"n"}"#).json(201)
        #expect(Shape.mission.faults(in: body) == [])
        #expect(body["description"] == .null && body["goal"] == .null && body["success_criteria"] == .array([]))
        try await person.post("/missions", "{}").problem(422)
        try await person.post("/missions").problem(400)
    }

    @Test func aMissionCanBeMadeForASessionInOneWrite() async throws {
        let stack = try await Stacks.ordinary.value
        let (person, other) = (Person(stack), Person(stack))
        let session = try await person.newSession()
        let mission = try await person.post("/missions/?session_id=\(session)", #"{"name":"n"}"#).json(201)
        let linked = try await person.get("/sessions/\(session)").json(200)
        #expect(linked["mission_id"] == mission["id"] && linked["version"].int == 2)
        #expect(linked["mission"] == mission)

        let before = try await other.newSession()
        try await other.post("/missions/?session_id=\(session)", #"{"name":"n"}"#).problem(404)
        try await other.post("/missions/?session_id=x", #"{"name":"n"}"#).problem(400)
        try await other.post("/sessions/\(before)/complete")
        let refused = try await other.post("/missions/?session_id=\(before)", #"{"name":"n"}"#).problem(409)
        #expect(refused["current_status"] == .string("completed"))
    }

    @Test func aMissionIsLoadedFromSQLiteWhereItIsNotHot() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let made = try await person.post("/missions/", #"{"name":"n","mission_metadata":{"k":"v"}}"#)
        let id = try made.json(201)["id"].text()
        try await person.waitUntilDurable(made)
        try stack.redis.command("DEL", stack.key("mission", id))
        let cold = try await person.get("/missions/\(id)")
        #expect(cold.body == made.body && cold.header("Cache-Status") == "sessiond; fwd=miss")
        #expect(try await person.get("/missions/\(id)").header("Cache-Status") == "sessiond; hit")
    }
}
