import SessionTesting
import Testing

/// Every row of "Sessions" in the contract, but for messages: what goes in, and exactly what comes out.
@Suite struct SessionRowTests {
    @Test func creatingAnswersWithTheSessionAndItsChat() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.post("/sessions/", #"{"name":"Ägypten 🐫","session_metadata":{"a":[1,{}]}}"#)
        let body = try answer.json(201)
        let shape = Shape.object(["user_session": .session("active"), "chat": .chat(hasMore: false)])
        #expect(shape.faults(in: body) == [])
        let session = body["user_session"]
        #expect(session["name"] == .string("Ägypten 🐫"))
        #expect(session["user_id"] == .string(person.id))
        #expect(session["session_metadata"]["a"][0] == .number(1))
        #expect(session["version"].int == 1 && session["message_count"].int == 0)
        #expect(session["mission_id"] == .null)
        #expect(body["chat"]["id"] == session["chat_id"] && body["chat"]["user_session_id"] == session["id"])
        #expect(body["chat"]["messages"] == .array([]))
        #expect(answer.header("Location") == "/api/sessions/\(try session["id"].text())")
        #expect(answer.header("ETag") == "\"v1\"")
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.header("Cache-Control") == "no-store")
        #expect(answer.header("Write-Id")?.wholeMatch(of: /\d+-\d+-\d+/) != nil)
    }

    @Test(arguments: [nil, "", "{}", #"{"name":null,"session_metadata":null}"#])
    func everyFieldOfANewSessionCanBeLeftOut(body: String?) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.post("/sessions/", body).json(201)["user_session"]
        #expect(session["name"] == .string("Session 1"))
        #expect(session["session_metadata"] == .object([:]))
    }

    @Test func initializingAnswersWithPointersAlone() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.post("/sessions/initialize", #"{"session_metadata":{"tab":"a"}}"#)
        let body = try answer.json(201)
        #expect(
            Shape.object([
                "id": .uuid, "user_id": .text, "name": .text, "chat_id": .uuid, "mission_id": .null,
                "session_metadata": .metadata,
            ]).faults(in: body) == [])
        #expect(answer.header("Location") == "/api/sessions/\(try body["id"].text())")
        #expect(answer.header("ETag") == "\"v1\"")
        #expect(try await person.look(body["id"].text())["chat_id"] == body["chat_id"])
    }

    /// Canonical decimal integers are numbers, with every digit; all other ids are strings.
    @Test(
        arguments: [
            ("0", "0"), ("7", "7"), ("-12", "-12"), ("9007199254740993", "9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567890"), ("-0", #""-0""#),
            ("007", #""007""#), ("+1", #""+1""#), ("1.0", #""1.0""#), ("1e3", #""1e3""#), ("a:{0}b", #""a:{0}b""#),
            ("zoë", #""zoë""#),
        ])
    func aUserIsANumberWhereItsIdIsACanonicalInteger(id: String, written: String) async throws {
        let person = Person(try await Stacks.ordinary.value, id: id)
        let created = try await person.post("/sessions/")
        #expect(created.text.contains(#""user_id":\#(written),"#), "\(created.text)")
        let session = try created.json(201)["user_session"]["id"].text()
        let loaded = try await person.get("/sessions/\(session)")
        #expect(loaded.text.contains(#""user_id":\#(written),"#))
        let mission = try await person.post("/missions/", #"{"name":"m"}"#)
        #expect(mission.text.contains(#""user_id":\#(written),"#))
    }

    @Test func loadingGivesTheSessionWithItsNewestMessagesAndItsMission() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let empty = try await person.get("/sessions/\(session)").json(200)
        #expect(Shape.wholeSession("active").faults(in: empty) == [])
        #expect(empty["mission"] == .null && empty["chat"]["has_more"] == .bool(false))

        try await person.append(60, to: session)
        let mission = try await person.newMission()
        try await person.post("/sessions/\(session)/link-mission/\(mission)")
        for (query, first, more) in [("", 11, true), ("?messages=60", 1, false), ("?messages=1", 60, true)] {
            let answer = try await person.get("/sessions/\(session)\(query)")
            let body = try answer.json(200)
            #expect(Shape.wholeSession("active").faults(in: body) == [])
            let messages = body["chat"]["messages"].elements
            #expect(messages.map { $0["sequence_order"].int } == (first...60).map { $0 })
            #expect(messages.map { $0["content"] } == (first...60).map { .string("m\($0)") })
            #expect(body["chat"]["has_more"] == .bool(more))
            #expect(body["message_count"].int == 60)
            #expect(body["mission"]["id"] == .string(mission) && body["mission_id"] == .string(mission))
            #expect(answer.header("ETag") == "\"v\(try #require(body["version"].int))\"")
        }
        let none = try await person.get("/sessions/\(session)?messages=0").json(200)
        #expect(none["chat"]["messages"] == .array([]) && none["chat"]["has_more"] == .bool(true))
    }

    @Test func theActiveSessionIsTheOneSeenLastAndNoneIsANormalAnswer() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let none = try await person.get("/sessions/active")
        #expect(none.status == 200 && none.text == "null")
        let (first, second) = (try await person.newSession(), try await person.newSession())
        func active() async throws -> JSON { try await person.get("/sessions/active?touch=false").json(200) }
        #expect(try await active()["id"] == .string(second))
        try await person.post("/sessions/\(first)/activity")
        let whole = try await active()
        #expect(whole["id"] == .string(first))
        #expect(Shape.wholeSession("active").faults(in: whole) == [])
        try await person.append(3, to: first)
        #expect(try await person.get("/sessions/active?messages=2").json(200)["chat"]["messages"].elements.count == 2)
        try await person.post("/sessions/\(first)/complete")
        #expect(try await active()["id"] == .string(second))
        try await person.post("/sessions/\(second)/archive")
        #expect(try await active() == .null)
    }

    @Test func aPutReplacesTheFieldsItGivesAndNoOthers() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession(#"{"name":"a","session_metadata":{"x":1,"y":2}}"#)
        let mission = try await person.newMission()
        let changes: [(body: String, name: String, metadata: String, mission: JSON, status: String)] = [
            (#"{"name":"b"}"#, "b", #"{"x":1,"y":2}"#, .null, "active"),
            (#"{"session_metadata":{"z":[]}}"#, "b", #"{"z":[]}"#, .null, "active"),
            (#"{"mission_id":"\#(mission)"}"#, "b", #"{"z":[]}"#, .string(mission), "active"),
            (#"{"mission_id":null,"name":"c"}"#, "c", #"{"z":[]}"#, .null, "active"),
            (#"{"session_metadata":null}"#, "c", "{}", .null, "active"),
            (#"{"session_metadata":{"q":1},"status":"completed","name":"d"}"#, "d", #"{"q":1}"#, .null, "completed"),
        ]
        for (number, change) in changes.enumerated() {
            let answer = try await person.send("PUT", "/sessions/\(session)", change.body)
            let body = try answer.json(200)
            #expect(Shape.session(change.status).faults(in: body) == [])
            #expect(body["name"] == .string(change.name) && body["mission_id"] == change.mission)
            #expect(answer.text.contains(#""session_metadata":\#(change.metadata),"#), "\(answer.text)")
            #expect(body["version"].int == number + 2)
            #expect(answer.header("ETag") == "\"v\(number + 2)\"")
            #expect(answer.header("Write-Id") != nil)
        }
    }

    @Test func aDeletedSessionIsGoneFromBothTiers() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        let chat = try await person.look(session)["chat_id"].text()
        try await person.append(5, to: session)
        let answer = try await person.send("DELETE", "/sessions/\(session)")
        #expect(answer.status == 204 && answer.body.isEmpty)
        for path in ["", "/messages"] { try await person.get("/sessions/\(session)\(path)").problem(404) }
        let again = try await person.send("DELETE", "/sessions/\(session)")
        #expect(again.status == 204 && again.header("Write-Id") == answer.header("Write-Id"), "a repeat succeeds")
        #expect(try await person.get("/sessions/").json(200)["total"].int == 0)
        #expect(try await person.get("/sessions/active").json(200) == .null)
        try await person.waitUntilDurable(answer)
        #expect(try await stack.rows("SELECT id FROM user_sessions WHERE id = '\(session)'") == [])
        #expect(try await stack.rows("SELECT id FROM chats WHERE id = '\(chat)'") == [])
        #expect(try stack.redis.command("EXISTS", stack.key("session", session)).int == 0)
        #expect(try stack.redis.command("EXISTS", stack.key("messages", session)).int == 0)
        #expect(try stack.redis.command("EXISTS", stack.key("alive", session)).int == 0)
    }

    @Test func linkingAMissionNeedsOneOfOnesOwn() async throws {
        let stack = try await Stacks.ordinary.value
        let (person, other) = (Person(stack), Person(stack))
        let (session, mission) = (try await person.newSession(), try await person.newMission())
        let answer = try await person.post("/sessions/\(session)/link-mission/\(mission)")
        let body = try answer.json(200)
        #expect(Shape.session("active").faults(in: body) == [])
        #expect(body["mission_id"] == .string(mission) && body["version"].int == 2)
        let foreign = try await other.newMission()
        try await person.post("/sessions/\(session)/link-mission/\(foreign)").problem(404)
        try await person.send("PUT", "/sessions/\(session)", #"{"mission_id":"\#(foreign)"}"#).problem(404)
        #expect(try await person.look(session)["mission_id"] == .string(mission))
        #expect(try await person.look(session)["version"].int == 2)
    }

    @Test func activityMovesTheTimeAndNothingElse() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let before = try await person.look(session)
        let answer = try await person.post("/sessions/\(session)/activity")
        let body = try answer.json(200)
        #expect(
            Shape.object(["id": .uuid, "status": .one(of: ["active"]), "last_activity_at": .time, "abandons_at": .time])
                .faults(in: body) == [])
        let after = try await person.look(session)
        #expect(after["version"] == before["version"] && after["updated_at"] == before["updated_at"])
        #expect(after["last_activity_at"] == body["last_activity_at"] && after["abandons_at"] == body["abandons_at"])
    }

    /// As does reading `/active`, unless asked not to; listing doesn't.
    @Test func readingAnActiveSessionIsActivity() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for path in ["/sessions/\(session)", "/sessions/active"] {
            let before = try await person.look(session)
            try await eventually("a later time by \(path)") {
                _ = try await person.get(path).json(200)
                return try await person.look(session)["last_activity_at"] != before["last_activity_at"]
            }
            let between = try await person.look(session)
            for quiet in [path + "?touch=false", "/sessions/", "/sessions/\(session)/messages"] {
                for _ in 0..<5 { _ = try await person.get(quiet).json(200) }
            }
            #expect(try await person.look(session) == between)
            #expect(between["version"] == before["version"])
        }
    }

    @Test func completingArchivingAndResumingAnswerWithTheSession() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession(#"{"session_metadata":{"k":1}}"#)
        let moves = [("complete", "completed"), ("resume", "active"), ("archive", "archived"), ("resume", "active")]
        for (number, (move, status)) in moves.enumerated() {
            let answer = try await person.post("/sessions/\(session)/\(move)")
            let body = try answer.json(200)
            #expect(Shape.session(status).faults(in: body) == [])
            #expect(body["version"].int == number + 2 && answer.header("ETag") == "\"v\(number + 2)\"")
            #expect(body["session_metadata"]["k"].int == 1)
            #expect(answer.header("Write-Id") != nil)
        }
    }
}
