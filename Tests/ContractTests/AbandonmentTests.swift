import SessionTesting
import Testing

/// A session whose time is up is abandoned for everybody who meets it, whoever has noticed yet; and its person coming back
/// disproves it. In `Stacks.unwatched` nobody looks: no events, and a sweep each hour.
@Suite struct AbandonmentTests {
    /// A session whose time is up, and that nobody has noticed.
    private static func due(_ person: Person) async throws -> String {
        let session = try await person.newSession(#"{"session_metadata":{"k":1.0}}"#)
        let alive = try person.stack.key("alive", session)
        try await eventually("the end of its liveness", within: .seconds(20)) {
            try person.stack.redis.command("EXISTS", alive).int == 0
        }
        let status = try person.stack.redis.command("HGET", person.stack.key("session", session), "status").string
        try #require(status == "active", "somebody noticed")
        return session
    }

    @Test(arguments: ["?touch=false", "?touch=true", "?messages=0"])
    func aReadShowsASessionWhoseTimeIsUpAsAbandoned(query: String) async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        let body = try await person.get("/sessions/\(session)\(query)").json(200)
        #expect(Shape.wholeSession("abandoned").faults(in: body) == [])
        #expect(body["version"].int == 2 && body["session_metadata"]["k"].int == 1)
        #expect(try await person.get("/sessions/\(session)").json(200) == body)
    }

    @Test func listsShowASessionWhoseTimeIsUpAsAbandoned() async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        let list = try await person.get("/sessions/").json(200)["sessions"]
        #expect(list[0]["id"] == .string(session))
        #expect(Shape.session("abandoned").faults(in: list[0]) == [])
    }

    @Test func filteredListsCountASessionWhoseTimeIsUpAsAbandoned() async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        let active = try await person.get("/sessions/?status_filter=active").json(200)
        #expect(active["total"].int == 0 && active["sessions"] == .array([]))
        let abandoned = try await person.get("/sessions/?status_filter=abandoned").json(200)
        #expect(abandoned["total"].int == 1 && abandoned["sessions"][0]["id"] == .string(session))
    }

    @Test func aSessionWhoseTimeIsUpIsNotTheActiveOne() async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        #expect(try await person.get("/sessions/active").json(200) == .null)
        #expect(try await person.look(session)["status"] == .string("abandoned"))
    }

    @Test func aSessionWhoseTimeIsUpCannotBeCompleted() async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        let problem = try await person.post("/sessions/\(session)/complete").problem(409)
        #expect(problem["current_status"] == .string("abandoned"))
    }

    @Test(
        arguments: [
            ("POST", "/activity", nil), ("POST", "/messages", #"{"role":"user","content":"x"}"#),
            ("POST", "/resume", nil),
            ("PUT", "", #"{"session_metadata":{}}"#), ("PATCH", "", #"{"session_metadata":{"b":2}}"#),
            ("POST", "/link-mission", nil),
        ] as [(String, String, String?)])
    func whoComesBackFindsTheSessionActive(method: String, path: String, body: String?) async throws {
        let person = Person(try await Stacks.unwatched.value)
        let mission = path == "/link-mission" ? "/" + (try await person.newMission()) : ""
        let session = try await Self.due(person)
        let answer = try await person.send(method, "/sessions/\(session)\(path)\(mission)", body)
        #expect((200...201).contains(answer.status), "\(answer.text)")
        #expect(answer.header("Write-Id") != nil)
        let stored = try person.stack.redis.command("HGETALL", person.stack.key("session", session)).dictionary
        #expect(stored["status"] == "active" && stored["version"] == "3")
        #expect(try person.stack.redis.command("ZSCORE", "sd:{0}:abandoned", session) == .null)
    }

    @Test func whatAnActivityBringsBackIsAnsweredAsActive() async throws {
        let person = Person(try await Stacks.unwatched.value)
        let session = try await Self.due(person)
        let body = try await person.post("/sessions/\(session)/activity").json(200)
        #expect(body["status"] == .string("active"))
        #expect(try body["abandons_at"].text() > body["last_activity_at"].text())
    }

    @Test func abandonmentReachesSQLite() async throws {
        let stack = try await Stacks.forgetful.value
        let person = Person(stack)
        let session = try await person.newSession()
        try await eventually("the abandonment in SQLite", within: .seconds(30)) {
            try await stack.rows("SELECT status, version FROM user_sessions WHERE id = '\(session)'") == ["abandoned|2"]
        }
        let body = try await person.look(session)
        #expect(Shape.wholeSession("abandoned").faults(in: body) == [])
        #expect(try body["abandoned_at"].text() > body["last_activity_at"].text())
    }

    /// Each by its own clock: abandoned, archived, and gone from both tiers.
    @Test func anAbandonedSessionIsArchivedAndAnArchivedOneDeleted() async throws {
        var options = Stack.Options()
        options.settings = [
            "lifecycle.abandon-after": "1s", "lifecycle.archive-after": "1s", "lifecycle.delete-after": "6s",
            "lifecycle.sweep-interval": "20ms",
        ]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.append(2, to: session)
            try await eventually("its archiving", within: .seconds(30)) {
                try await person.look(session)["status"] == .string("archived")
            }
            // Created, appended to, abandoned, archived: a change each.
            let archived = try await person.look(session)
            #expect(archived["version"].int == 4)
            #expect(Shape.wholeSession("archived").faults(in: archived) == [])
            #expect(try archived["updated_at"].text() > archived["last_activity_at"].text())
            try await eventually("its end", within: .seconds(30)) {
                try await person.get("/sessions/\(session)?touch=false").status == 404
            }
            #expect(try await person.get("/sessions/").json(200)["total"].int == 0)
            try await eventually("its end in SQLite", within: .seconds(20)) {
                let counts = "SELECT (SELECT count(*) FROM user_sessions), (SELECT count(*) FROM chat_messages)"
                return try await stack.rows(counts) == ["0|0"]
            }
        }
    }
}
