import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl export`.
@Suite struct ExportTests {
    /// A person with everything there is, and what of it was flushed.
    private struct Sample {
        let person: Person
        let session: String
        let mission: String
        let hop: String
        let step: String
        let asset: String

        init(_ stack: Stack, id: String = "person-\(UUID().uuidString.lowercased())") async throws {
            person = Person(stack, id: id)
            session = try await person.newSession(
                #"{"name":"S \#(hostileJSON)","session_metadata":{"k":"marker-session"}}"#)
            try await person.append(3, to: session)
            mission = try await person.post(
                "/missions/?session_id=\(session)",
                #"{"name":"M","success_criteria":["done"],"mission_metadata":{"k":"marker-mission"}}"#
            ).json(201)["id"].text()
            hop = try await person.post(
                "/missions/\(mission)/hops", #"{"name":"H","hop_metadata":{"k":"marker-hop"}}"#
            ).json(201)["id"].text()
            step = try await person.post(
                "/missions/\(mission)/hops/\(hop)/tool-steps",
                #"{"name":"T","tool_id":"t","parameter_mapping":{"exact":1.50000000000000000000001}}"#
            ).json(201)["id"].text()
            asset = try await person.post(
                "/missions/\(mission)/assets",
                #"{"name":"A","role":"output","content":{"text":"\#(hostileJSON)"},"asset_metadata":{"k":"marker-asset"}}"#
            ).json(201)["id"].text()
            try await person.waitUntilDurable(
                person.post("/sessions/\(session)/messages", #"{"role":"user","content":"\#(hostileJSON)"}"#))
            try await person.waitUntilDurable(
                person.send("PATCH", "/missions/\(mission)/status", #"{"status":"in_progress"}"#))
        }
    }

    private func lines(_ text: String) throws -> [JSON] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(JSON.self, from: Data($0.utf8)) }
    }

    @Test func aUsersLinesHoldEverythingThatTheAPIAnswers() async throws {
        let stack = try await Stacks.sharded.value
        let sample = try await Sample(stack)
        let output = try await stack.sessionctl("export", "--user", sample.person.id)
        #expect(output.code == 0 && output.isHarmless, "\(output.text)")
        #expect(!output.text.contains("marker-"))
        let lines = try lines(output.text)
        #expect(
            lines.map { $0["type"].string }
                == [
                    "header", "user", "mission", "hop", "tool_step", "asset", "session", "message", "message",
                    "message",
                    "message", "end",
                ])
        #expect(lines[0]["format"] == .string("sessiond-export") && lines[0]["version"].int == 1)
        #expect(lines[0]["shards"].int == 16 && lines[0]["datasets"].elements.count == 1)
        #expect(lines[1]["user_id"].string == sample.person.id)

        let session = try await sample.person.look(sample.session)
        for field in [
            "id", "user_id", "name", "status", "mission_id", "version", "message_count", "created_at", "updated_at",
        ] {
            #expect(lines[6]["session"][field] == session[field], "\(field)")
        }
        #expect(lines[6]["chat"]["id"] == session["chat_id"])
        let messages = try await sample.person.get("/sessions/\(sample.session)/messages").json(200)["messages"]
            .elements
        #expect(lines[7...10].map { $0["message"] } == messages)
        let mission = try await sample.person.get("/missions/\(sample.mission)").json(200)
        let (hop, asset) = (
            mission["hops"][0],
            try await sample.person.get("/missions/\(sample.mission)/assets/\(sample.asset)").json(200)
        )
        func expectSame(_ line: JSON, _ answer: JSON, but sealed: String) {
            for key in line.keys where key != sealed { #expect(line[key] == answer[key], "\(key)") }
            #expect(line[sealed].string?.isEmpty == false, "\(sealed) is sealed, in base64")
        }
        expectSame(lines[2]["mission"], mission, but: "mission_metadata")
        #expect(lines[2]["version"] == mission["version"])
        expectSame(lines[3]["hop"], hop, but: "hop_metadata")
        #expect(lines[4]["tool_step"] == hop["tool_steps"][0] && lines[4]["mission_id"].string == sample.mission)
        expectSame(lines[5]["asset"], asset, but: "asset_metadata")
        #expect(lines[5]["content"] == asset["content"])
        #expect(output.text.contains(#""exact":1.50000000000000000000001"#), "every digit as it came")
        #expect(lines[11]["message"].int == 4 && lines[11]["session"].int == 1 && lines[11]["user"].int == 1)
    }

    @Test func metadataIsOpenedWithTheKeyRingAlone() async throws {
        let stack = try await Stacks.ordinary.value
        let sample = try await Sample(stack)
        let revealed = try await stack.sessionctl("export", "--user", sample.person.id, "--reveal")
        #expect(revealed.code == 0 && revealed.isHarmless)
        let lines = try lines(revealed.text)
        #expect(lines[0]["revealed"] == .bool(true))
        for (line, part, field, marker) in [
            (2, "mission", "mission_metadata", "marker-mission"), (3, "hop", "hop_metadata", "marker-hop"),
            (5, "asset", "asset_metadata", "marker-asset"), (6, "session", "session_metadata", "marker-session"),
        ] { #expect(lines[line][part][field]["k"].string == marker) }
        let ring = try stack.folder.write(
            "k2 \(Data(repeating: 1, count: 32).base64EncodedString())\n", to: "other-keys")
        let wrong = try await stack.sessionctl(
            "export", "--user", sample.person.id, "--reveal", stack.folder.file("not-written"),
            set: ["keys.metadata-file": ring])
        #expect(wrong.code == 1 && wrong.text.contains("the key ring has no key k1"), "\(wrong.text)")
        #expect(!FileManager.default.fileExists(atPath: stack.folder.file("not-written")))
    }

    @Test func allUsersGoIntoAFileOfTheOwnersAlone() async throws {
        var options = Stack.Options()
        options.shards = 3
        try await withStack(options) { stack in
            // In the order of bytes, across pages and kinds of ids.
            var users = ["42", "7", "person@example.com", "a:b{1}% \u{e9}", "\u{1f600}"]
            users += (0..<7).map { "user-\($0)" }
            var samples: [Sample] = []
            for user in users { samples.append(try await Sample(stack, id: user)) }
            let file = stack.folder.file("all.ndjson")
            let report = try await stack.sessionctl("export", file, "--json").json()
            #expect(report["user"].int == 12 && report["message"].int == 48 && report["path"].string == file)
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o600 && attributes[.size] as? Int == report["bytes"].int)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let lines = try lines(text)
            let exported = lines.filter { $0["type"] == .string("user") }.map { $0["user_id"] }
            let sessions = lines.filter { $0["type"] == .string("session") }.compactMap { $0["session"]["id"].string }
            #expect(exported.count == 12 && exported.contains(.number(42)) && exported.contains(.string("\u{1f600}")))
            #expect(Set(sessions) == Set(samples.map(\.session)))
            #expect(lines.last?["type"] == .string("end") && lines.last?["asset"].int == 12)
            // What belongs to a user is behind them, and before the next.
            var user = JSON.null
            for line in lines {
                if line["type"] == .string("user") { user = line["user_id"] }
                if line["type"] == .string("session") { #expect(line["session"]["user_id"] == user) }
                if line["type"] == .string("mission") { #expect(line["mission"]["user_id"] == user) }
            }
            // Of a backup, the same.
            let backup = stack.folder.file("backup")
            #expect(try await stack.sessionctl("backup", backup).code == 0)
            let copy = try await stack.sessionctl("export", "--from", backup)
            #expect(copy.text.split(separator: "\n").dropFirst() == text.split(separator: "\n").dropFirst())

            let again = try await stack.sessionctl("export", file)
            #expect(again.code == 1 && again.text.contains("is there already"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
            let table = try await stack.sessionctl("export", stack.folder.file("second"))
            #expect(table.code == 0 && table.text.contains("message"), "\(table.text)")
        }
    }

    @Test func whoIsNotThereIsSaid() async throws {
        let stack = try await Stacks.ordinary.value
        let nobody = try await stack.sessionctl("export", "--user", "nobody", stack.folder.file("nobody"))
        #expect(nobody.code == 1 && nobody.text.contains("nothing of the user nobody"))
        #expect(!FileManager.default.fileExists(atPath: stack.folder.file("nobody")))
        for wrong in ["", String(repeating: "u", count: 129), "a\nb"] {
            #expect(try await stack.sessionctl("export", "--user", wrong).code == 64)
        }
        // Whoever reads it has gone: no crash.
        let command =
            "\(try Repository.product("sessionctl")) export --config \(Repository.root)/config/sessiond.yaml | true"
        let broken = try await Command.run(
            ["/bin/bash", "-c", "set -o pipefail; \(command)"],
            environment: SessiondProcess.environment(stack.service.settings))
        #expect([0, 1].contains(broken.code), "\(broken)")
    }
}
