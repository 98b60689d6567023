import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl import`: what was exported is there again.
@Suite struct ImportTests {
    private func fill(_ person: Person) async throws {
        let session = try await person.newSession(#"{"session_metadata":{"draft":"x"}}"#)
        try await person.append(5, to: session)
        let mission = try await person.post(
            "/missions/?session_id=\(session)",
            #"{"name":"m","mission_metadata":{"m":1},"assets":[{"name":"a","role":"output","content":{"c":[1,2]}}]}"#
        ).json(201)["id"].text()
        let hop = try await person.post("/missions/\(mission)/hops", #"{"name":"h","hop_metadata":{"h":1}}"#)
            .json(201)["id"].text()
        _ = try await person.post("/missions/\(mission)/hops/\(hop)/tool-steps", #"{"tool_id":"t","name":"s"}"#).json(
            201)
        let ended = try await person.newSession(#"{"name":"ended"}"#)
        try await person.waitUntilDurable(try await person.post("/sessions/\(ended)/archive"))
    }

    private func export(_ stack: Stack, _ arguments: String...) async throws -> String {
        let file = stack.folder.file("export-\(UUID().uuidString)")
        let output = try await stack.sessionctl(["export", file] + arguments)
        #expect(output.code == 0, "\(output.text)")
        return file
    }

    /// But for the header's time and dataset.
    private func lines(_ file: String) throws -> [Substring] {
        Array(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").dropFirst())
    }

    @Test(.timeLimit(.minutes(2)), arguments: [1, 4])
    func whatWasExportedIsThereAgain(_ shards: Int) async throws {
        var options = Stack.Options()
        options.shards = shards
        try await withStack(options) { stack in
            let people = ["1", "a:b", "{x}"].map { Person(stack, id: $0) }
            for person in people { try await fill(person) }
            let revealed = try await export(stack, "--reveal"), sealed = try await export(stack)
            let before = try await people[1].get("/sessions/active?touch=false").json(200)
            try await withStack(options) { other in
                let blocked = try await other.sessionctl("import", revealed)
                #expect(blocked.code == 1 && blocked.text.contains("stop it first"), "\(blocked.text)")
                try await other.service.stop()
                let foreign = try await other.sessionctl("import", sealed)
                #expect(foreign.code == 1 && foreign.text.contains("--reveal"), "\(foreign.text)")
                let done = try await other.sessionctl("import", revealed, "--json").json()
                #expect(done["sessions"].int == 6 && done["missions"].int == 3 && done["messages"].int == 15, "\(done)")
                let again = try await other.sessionctl("import", revealed, "--json").json()
                #expect(again["sessions"].int == 0 && again["skipped"].int == 9)
                #expect(try await other.sessionctl("verify").code == 0)
                try await other.service.start()
                // As it was, and alive: the active session is hot, with its time to live.
                let person = Person(other, id: "a:b")
                let after = try await person.get("/sessions/active?touch=false").json(200)
                for field in ["id", "name", "status", "version", "session_metadata", "chat", "mission", "abandons_at"] {
                    #expect(after[field] == before[field], "\(field)")
                }
                #expect(
                    try await person.append(one: try after["id"].text()).json(201)["message"]["sequence_order"].int == 6
                )
                let next = try await person.post("/sessions/", "{}").json(201)["user_session"]
                #expect(next["name"] == .string("Session 2"))
                try await other.service.stop()
                #expect(
                    try await other.sessionctl("export", "--user", "1", "--reveal").text.split(separator: "\n").count
                        == stack.sessionctl("export", "--user", "1", "--reveal").text.split(separator: "\n").count)
                try await other.service.start()
                let drift = try await other.sessionctl("drift")
                #expect(drift.code == 0, "\(drift.text)")
            }
            try await withStack(options) { other in
                try await other.service.stop()
                _ = try await other.sessionctl("import", revealed, "--json").json()
                #expect(try lines(try await export(other, "--reveal")) == lines(revealed))
                try await other.service.start()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aWrongLineIsNamed() async throws {
        try await withStack { stack in
            let person = Person(stack)
            try await fill(person)
            let lines = try String(contentsOfFile: try await export(stack, "--reveal"), encoding: .utf8)
                .split(separator: "\n").map(String.init)
            try await withStack { other in
                try await other.service.stop()
                func refused(_ says: String, _ change: ([String]) -> [String]) async throws {
                    let file = other.folder.file("changed")
                    try Data((change(lines).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: file))
                    let output = try await other.sessionctl("import", file)
                    #expect(output.code == 1 && output.text.contains(says), "\(says): \(output.text)")
                    #expect(output.isHarmless)
                }
                func replace(_ type: String, _ old: String, _ new: String) -> ([String]) -> [String] {
                    { lines in
                        lines.map { $0.contains(#""type":"\#(type)""#) ? $0.replacing(old, with: new) : $0 }
                    }
                }
                try await refused("line 1: it is no JSON") { _ in ["{"] }
                try await refused("line 1: it doesn't begin with a header") { Array($0.dropFirst()) }
                try await refused("without its end") { Array($0.dropLast()) }
                try await refused("counts 5 messages, and 4 came") { lines in
                    lines.filter { !$0.contains(#""sequence_order":5"#) }
                }
                try await refused("should be message 2") { lines in
                    lines.filter { !$0.contains(#""sequence_order":2"#) }
                }
                try await refused("of 9 shards", replace("header", #""shards":1"#, #""shards":9"#))
                try await refused("status is none", replace("session", #""status":"active""#, #""status":"\u001b[2J""#))
                try await refused("not what a message is", replace("message", #""role":"user""#, #""role":"x""#))
                try await refused("it is not behind its user", replace("user", person.id, "another"))
                try await refused("mission", replace("mission", #""status":"awaiting_approval""#, #""status":"x""#))
                // What came before a wrong line is there, whole.
                #expect(try await other.sessionctl("verify").code == 0)
                try await other.service.start()
            }
        }
    }
}
