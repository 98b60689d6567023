import SessionTesting
import Testing

/// ETag, If-Match and If-None-Match (RFC 9110, section 13).
@Suite struct ConditionTests {
    /// The session's version is 3 when these are tried.
    @Test(
        arguments: [
            ("\"v3\"", 200), ("*", 200), ("\"v1\", \"v3\"", 200), ("\"v1\",\"v3\" , \"v9\"", 200),
            ("\"x,\", \"v3\"", 200), (",, \"v3\"", 200), ("", 200),
            ("\"v2\"", 412), ("W/\"v3\"", 412), ("\"v1\", W/\"v3\"", 412), ("\"V3\"", 412), ("\"v03\"", 412),
            ("\"3\"", 412), ("\"\"", 412), ("\"v99999999999999999999\"", 412),
            ("v3", 400), ("\"v3", 400), ("\"v3\" \"v3\"", 400), ("w/\"v3\"", 400), ("*, \"v3\"", 400), (",", 400),
            ("\"v3\";", 400), ("\"v 3\"", 400),
        ])
    func aWriteHappensOnlyWhereIfMatchHolds(tag: String, status: Int) async throws {
        let person = Person(try await Stacks.ordinary.value)
        for (method, path, body) in [
            ("PUT", "", #"{"name":"n"}"#), ("PATCH", "", #"{"session_metadata":{"b":1}}"#), ("DELETE", "", nil),
            ("PATCH", "", #"{"name":"n"}"#), ("POST", "/complete", nil), ("POST", "/archive", nil),
            ("POST", "/messages", #"{"role":"user","content":"x"}"#),
        ] as [(String, String, String?)] {
            let session = try await person.newSession(#"{"session_metadata":{"a":1}}"#)
            try await person.send("PUT", "/sessions/\(session)", #"{"name":"a"}"#)
            try await person.append(1, to: session)
            let before = try await person.look(session)
            let answer = try await person.send(method, "/sessions/\(session)\(path)", body, [("If-Match", tag)])
            guard status == 200 else {
                let problem = try answer.problem(status)
                if status == 412 { #expect(problem["current_version"].int == 3) }
                #expect(try await person.look(session) == before, "\(method) \(path)")
                continue
            }
            #expect((200...204).contains(answer.status), "\(method) \(path): \(answer.text)")
        }
    }

    @Test func aResumeAndALinkCanBeConditionalToo() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let (session, mission) = (try await person.newSession(), try await person.newMission())
        let link = "/sessions/\(session)/link-mission/\(mission)"
        try await person.post(link, nil, [("If-Match", "\"v9\"")]).problem(412)
        _ = try await person.post(link, nil, [("If-Match", "\"v1\"")]).json(200)
        try await person.post("/sessions/\(session)/complete")
        try await person.post("/sessions/\(session)/resume", nil, [("If-Match", "\"v2\"")]).problem(412)
        _ = try await person.post("/sessions/\(session)/resume", nil, [("If-Match", "\"v3\"")]).json(200)
    }

    /// Of 30 that read the same version, one.
    @Test func ofManyWritersWithOneTagOneWins() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<30 {
                group.addTask {
                    try await person.send(
                        "PUT", "/sessions/\(session)", #"{"name":"w\#(writer)"}"#, [("If-Match", "\"v1\"")]
                    ).status
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 412 }.count == 29)
    }

    @Test(
        arguments: [
            ("\"v2\"", 304), ("W/\"v2\"", 304), ("*", 304), ("\"x\", W/\"v2\"", 304), ("\"v1\"", 200),
            ("\"V2\"", 200), ("v2", 400), ("\"v2", 400),
        ])
    func aClientThatHasTheVersionGetsNoBody(tag: String, status: Int) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        try await person.append(1, to: session)
        for path in ["/sessions/\(session)", "/sessions/active"] {
            let answer = try await person.get(path, [("If-None-Match", tag)])
            switch status {
            case 304:
                #expect(answer.status == 304 && answer.body.isEmpty)
                #expect(answer.header("ETag") == "\"v2\"")
                #expect(answer.header("Cache-Status") == "sessiond; hit")
            case 200: #expect(try answer.json(200)["version"].int == 2)
            default: try answer.problem(status)
            }
        }
    }

    @Test func everyChangeGivesANewTagAndActivityDoesNot() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let mission = try await person.newMission()
        func tag() async throws -> String? { try await person.get("/sessions/\(session)").header("ETag") }
        var version = 1
        for (method, path, body) in [
            ("PUT", "", #"{"name":"n"}"#), ("PATCH", "", #"{"session_metadata":{"b":1}}"#),
            ("POST", "/messages", #"{"role":"user","content":"x"}"#), ("POST", "/link-mission/\(mission)", nil),
            ("POST", "/complete", nil), ("POST", "/resume", nil), ("POST", "/archive", nil),
        ] as [(String, String, String?)] {
            version += 1
            let answer = try await person.send(method, "/sessions/\(session)\(path)", body)
            #expect(answer.header("ETag") == "\"v\(version)\"", "\(method) \(path)")
            #expect(try await tag() == "\"v\(version)\"")
        }
        try await person.post("/sessions/\(session)/resume")
        try await person.post("/sessions/\(session)/activity")
        #expect(try await tag() == "\"v9\"")
    }
}
