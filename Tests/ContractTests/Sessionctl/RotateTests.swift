import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl keys rotate`: another key seals, step by step, and nothing is unreadable at any of them.
@Suite struct RotateTests {
    /// Sessions, hot and cold, and a mission with metadata in all its parts.
    private func fill(_ person: Person) async throws -> (sessions: [String], mission: String) {
        var sessions: [String] = []
        for number in 0..<12 {
            sessions.append(try await person.newSession(#"{"session_metadata":{"n":\#(number)}}"#))
        }
        let mission = try await person.post(
            "/missions/?session_id=\(sessions[0])",
            #"{"name":"m","mission_metadata":{"m":1},"assets":[{"name":"a","role":"output","asset_metadata":{"a":1}}]}"#
        ).json(201)["id"].text()
        _ = try await person.post("/missions/\(mission)/hops", #"{"name":"h","hop_metadata":{"h":1}}"#).json(201)
        for session in sessions[6...] {
            try await person.waitUntilDurable(try await person.post("/sessions/\(session)/archive"))
            try await person.stack.makeCold(session)
        }
        return (sessions, mission)
    }

    private func expectReadable(_ person: Person, _ sessions: [String], _ mission: String) async throws {
        for (number, session) in sessions.enumerated() {
            #expect(try await person.look(session)["session_metadata"]["n"].int == number)
        }
        let whole = try await person.get("/missions/\(mission)").json(200)
        #expect(whole["mission_metadata"]["m"].int == 1 && whole["hops"][0]["hop_metadata"]["h"].int == 1)
        #expect(whole["assets"][0]["asset_metadata"]["a"].int == 1 || whole["hops"][0]["hop_metadata"]["h"].int == 1)
    }

    private func sealed(_ stack: Stack, by key: String) async throws -> Int? {
        let status = try await stack.sessionctl("keys", "rotate", "--json").json()
        return status["keys"].elements.first { $0["id"] == .string(key) }?["envelopes"].int
    }

    private func rotate(_ stack: Stack, _ arguments: String...) async throws {
        let output = try await stack.sessionctl(["keys", "rotate"] + arguments)
        #expect(output.code == 0, "\(arguments): \(output.text)")
    }

    @Test(.timeLimit(.minutes(2))) func anotherKeyTakesOver() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let (sessions, mission) = try await fill(person)
            #expect(try await sealed(stack, by: "k1") == 15)
            #expect(try await stack.sessionctl("keys", "rotate", "retire", "k1").code == 1, "it seals")

            try await rotate(stack, "add")
            try await stack.service.restart()
            try await expectReadable(person, sessions, mission)
            try await rotate(stack, "activate", "k2")
            try await stack.service.restart()
            try await expectReadable(person, sessions, mission)
            #expect(try await stack.sessionctl("keys", "rotate", "activate", "k9").code == 1)
            let early = try await stack.sessionctl("keys", "rotate", "retire", "k1")
            #expect(early.code == 1 && early.text.contains("15 envelopes are under k1"), "\(early.text)")

            // Broken off at any moment, it goes on where it was; and people write meanwhile.
            let writing = Task {
                for number in 0..<40 {
                    _ = try? await person.send("PUT", "/sessions/\(sessions[1])", #"{"name":"n\#(number)"}"#)
                }
            }
            _ = try await Command.run(
                [
                    "timeout", "-s", "KILL", "0.15", "env",
                ] + SessiondProcess.environment(stack.service.settings).map { "\($0.key)=\($0.value)" } + [
                    try Repository.product("sessionctl"), "keys", "rotate", "reseal", "--config",
                    "\(Repository.root)/config/sessiond.yaml",
                ])
            try await rotate(stack, "reseal")
            await writing.value
            try await rotate(stack, "reseal")
            #expect(try await sealed(stack, by: "k1") == 0)
            #expect(try await sealed(stack, by: "k2") == 15)
            try await expectReadable(person, sessions, mission)
            for session in sessions[..<6] {
                let envelope = try stack.redis.command("HGET", "sd:{0}:session:\(session)", "metadata")
                #expect("\(envelope)".contains("[1, 2, 107, 50, "), "k2")
            }
            #expect(try await person.look(sessions[6])["version"].int == 2, "the version stays")
            try await eventually("the log is flushed") { try stack.redis.command("XLEN", "sd:{0}:log").int == 0 }
            // What waits in dead letters may be tried again.
            let envelope = Data([1, 2] + "k1".utf8 + [7, 7, 7]).base64EncodedString()
            let file = try #require(stack.databaseFiles().first)
            for entry in [
                #"[["op","use"],["metadata",{"base64":"\#(envelope)"}]]"#,
                #"[["op","amend"],["hop:\#(mission)","{\"id\":\"\",\"hop_metadata\":\"\#(envelope)\"}"]]"#,
            ] {
                let sql = "INSERT INTO dead_letters (log_id, entry, error) VALUES ('1-1', '\(entry)', 'why')"
                #expect(try await Command.run(["sqlite3", file, "DELETE FROM dead_letters; \(sql)"]).code == 0)
                let waits = try await stack.sessionctl("keys", "rotate", "retire", "k1")
                #expect(waits.code == 1 && waits.text.contains("1 envelopes are under k1"), "\(waits.text)")
            }
            #expect(try await Command.run(["sqlite3", file, "DELETE FROM dead_letters"]).code == 0)
            try await rotate(stack, "retire", "k1")
            let ring = try #require(stack.service.settings["keys.metadata-file"])
            #expect(try !String(contentsOfFile: ring, encoding: .utf8).contains("k1 "))
            #expect(try String(contentsOfFile: "\(ring).retired-k1", encoding: .utf8).hasPrefix("k1 "))
            let mode = try FileManager.default.attributesOfItem(atPath: ring)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try await stack.service.restart()
            try await expectReadable(person, sessions, mission)
            #expect(try await stack.sessionctl("drift").code == 0)
        }
    }
}
