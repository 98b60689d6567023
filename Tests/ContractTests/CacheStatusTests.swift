import SessionTesting
import Testing

/// Cache-Status (RFC 9211): where an answer came from, and nothing where there is none.
@Suite struct CacheStatusTests {
    @Test func aHotSessionIsAHit() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let created = try await person.post("/sessions/")
        #expect(created.header("Cache-Status") == "sessiond; hit")
        #expect(try await person.get("/sessions/").header("Cache-Status") == "sessiond; hit")
        let session = try created.json(201)["user_session"]["id"].text()
        let chat = try created.json(201)["chat"]["id"].text()
        for path in [
            "/sessions/\(session)", "/sessions/active", "/sessions/\(session)/messages", "/chat/\(chat)/messages",
        ] {
            #expect(try await person.get(path).header("Cache-Status") == "sessiond; hit", "\(path)")
        }
        for (method, path, body) in [
            ("PUT", "", #"{"name":"n"}"#), ("PATCH", "", #"{"name":"n"}"#), ("POST", "/activity", nil),
            ("POST", "/messages", #"{"role":"user","content":"x"}"#), ("POST", "/complete", nil),
            ("POST", "/resume", nil),
        ] as [(String, String, String?)] {
            let answer = try await person.send(method, "/sessions/\(session)\(path)", body)
            #expect(answer.header("Cache-Status") == "sessiond; hit", "\(method) \(path)")
        }
    }

    /// Each by a session of its own, since the first look makes it hot again.
    @Test(
        arguments: [
            ("GET", "", nil, 200), ("GET", "?touch=false", nil, 200), ("GET", "/messages", nil, 200),
            ("POST", "/resume", nil, 200), ("POST", "/archive", nil, 200), ("DELETE", "", nil, 204),
            ("PUT", "", #"{"status":"active"}"#, 200),
        ] as [(String, String, String?, Int)])
    func aSessionThatIsNotHotIsLoadedFromSQLite(method: String, path: String, body: String?, status: Int) async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession(#"{"name":"cold","session_metadata":{"k":1.00}}"#)
        try await person.append(3, to: session)
        try await person.post("/sessions/\(session)/complete")
        let hot = try await person.get("/sessions/\(session)")
        try await stack.makeCold(session)
        let cold = try await person.send(method, "/sessions/\(session)\(path)", body)
        #expect(cold.status == status && cold.header("Cache-Status") == "sessiond; fwd=miss", "\(cold.text)")
        if method == "GET", !path.hasPrefix("/") { #expect(cold.text == hot.text) }
        guard status == 200 else { return }
        let again = try await person.get("/sessions/\(session)")
        #expect(again.header("Cache-Status") == "sessiond; hit")
    }

    @Test func theChatOfAColdSessionIsLoadedToo() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        try await person.append(3, to: session)
        let chat = try await person.look(session)["chat_id"].text()
        try await person.post("/sessions/\(session)/complete")
        let hot = try await person.get("/chat/\(chat)/messages")
        try await stack.makeCold(session)
        let cold = try await person.get("/chat/\(chat)/messages")
        #expect(cold.header("Cache-Status") == "sessiond; fwd=miss" && cold.body == hot.body)
    }

    @Test func aColdSessionThatIsNotModifiedSaysSoAndWhereItCameFrom() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        try await person.post("/sessions/\(session)/complete")
        try await stack.makeCold(session)
        let answer = try await person.get("/sessions/\(session)", [("If-None-Match", "\"v2\"")])
        #expect(answer.status == 304 && answer.header("Cache-Status") == "sessiond; fwd=miss")
    }

    @Test func aRefusalTellsNothing() async throws {
        let stack = try await Stacks.ordinary.value
        let (person, other) = (Person(stack), Person(stack))
        let session = try await person.newSession()
        // `problem` refuses the header.
        try await other.get("/sessions/\(session)").problem(404)
        try await person.post("/sessions/\(session)/resume").problem(409)
        try await person.send("PUT", "/sessions/\(session)", #"{"name":"n"}"#, [("If-Match", "\"v9\"")]).problem(412)
        try await person.send("PUT", "/sessions/\(session)", "{").problem(400)
    }
}
