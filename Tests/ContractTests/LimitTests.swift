import SessionTesting
import Testing

/// Each bound of a body, one byte under and one over.
@Suite struct LimitTests {
    private static func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }

    @Test func aBodyIsAtMostOneMebibyte() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        // Spaces count, and mean nothing.
        func body(_ bytes: Int) -> String {
            let json = #"{"role":"user","content":"x"}"#
            return json + String(repeating: " ", count: bytes - json.utf8.count)
        }
        #expect(try await person.post("/sessions/\(session)/messages", body(1_048_576)).status == 201)
        for bytes in [1_048_577, 1_100_000, 1_126_400, 1_126_401, 3_000_000] {
            let answer = try await person.post("/sessions/\(session)/messages", body(bytes))
            #expect(answer.status == 413 && answer.header("Content-Type") == "application/problem+json")
        }
        #expect(try await person.look(session)["message_count"].int == 1)
    }

    /// After its escapes are decoded.
    @Test func aMessageIsAtMost256Kibibytes() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        func post(_ content: String, _ template: String = #"{"role":"user","content":"@"}"#) async throws -> HTTPAnswer
        {
            try await person.post(
                "/sessions/\(session)/messages",
                template.split(separator: "@", omittingEmptySubsequences: false).joined(separator: content))
        }
        #expect(try await post(Self.text(262_144)).status == 201)
        #expect(try await post(String(repeating: "é", count: 131_072)).status == 201)
        #expect(try await post(Self.text(262_143) + #"\n"#).status == 201)
        let fault = try await post(Self.text(262_145)).problem(413)
        #expect(fault["errors"][0]["pointer"] == .string("/content"))
        try await post(Self.text(262_143) + "é").problem(413)
        let second = #"{"messages":[{"role":"user","content":""},{"role":"user","content":"@"}]}"#
        let nested = try await post(Self.text(262_145), second).problem(413)
        #expect(nested["errors"][0]["pointer"] == .string("/messages/1/content"))
        #expect(try await person.look(session)["message_count"].int == 3)
        let long = try await person.get("/sessions/\(session)/messages").json(200)["messages"][0]["content"]
        #expect(try long.text().utf8.count == 262_144)
    }

    /// As it is written.
    @Test func metadataIsAtMost64Kibibytes() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        func metadata(_ bytes: Int) -> String { #"{"k":"\#(Self.text(bytes - 8))"}"# }
        #expect(metadata(65_536).utf8.count == 65_536)
        for (method, path, template) in [
            ("POST", "/sessions/", #"{"session_metadata":@}"#),
            ("POST", "/sessions/initialize", #"{"session_metadata":@}"#),
            ("PUT", "/sessions/\(session)", #"{"session_metadata":@}"#),
            ("PATCH", "/sessions/\(session)", #"{"session_metadata":@}"#),
            ("POST", "/sessions/\(session)/messages", #"{"role":"user","content":"x","message_metadata":@}"#),
            ("POST", "/missions/", #"{"name":"n","mission_metadata":@}"#),
        ] {
            for (bytes, isTaken) in [(65_536, true), (65_537, false)] {
                let body = template.split(separator: "@", omittingEmptySubsequences: false)
                    .joined(separator: metadata(bytes))
                let answer = try await person.send(method, path, body)
                if isTaken {
                    #expect((200...201).contains(answer.status), "\(method) \(path): \(answer.text.prefix(200))")
                } else {
                    try answer.problem(413)
                }
            }
        }
    }

    @Test func aMissionsPartsAreBounded() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let text = Self.text(65_537)
        for (method, path, fields) in [
            ("PUT", planned.path, ["description", "goal"]),
            ("PUT", planned.hopPath, ["description", "goal", "rationale", "error_message"]),
            ("PUT", planned.stepPath, ["description", "error_message"]),
            ("PUT", planned.assetPath, ["description", "content_summary"]),
        ] {
            for field in fields {
                let fault = try await person.send(method, path, #"{"\#(field)":"\#(text)"}"#).problem(413)
                #expect(fault["errors"][0]["pointer"] == .string("/\(field)"))
                #expect(try await person.send(method, path, #"{"\#(field)":"\#(text.dropLast())"}"#).status == 200)
            }
        }
        for (path, field) in [
            (planned.hopPath, "hop_metadata"), (planned.stepPath, "parameter_mapping"),
            (planned.stepPath, "result_mapping"), (planned.stepPath, "resource_configs"),
            (planned.stepPath, "execution_result"), (planned.assetPath, "schema_definition"),
            (planned.assetPath, "asset_metadata"),
        ] {
            try await person.send("PUT", path, #"{"\#(field)":{"k":"\#(Self.text(65_529))"}}"#).problem(413)
            #expect(try await person.send("PUT", path, #"{"\#(field)":{"k":"\#(Self.text(65_528))"}}"#).status == 200)
        }
        func list(_ count: Int, _ item: String) -> String {
            [String](repeating: item, count: count).joined(separator: ",")
        }
        for (path, field, most, item) in [
            (planned.path, "success_criteria", 100, #""c""#), (planned.hopPath, "success_criteria", 100, #""c""#),
            (planned.stepPath, "validation_errors", 100, #""c""#),
            (planned.hopPath, "intended_input_asset_ids", 500, #""\#(planned.asset)""#),
        ] {
            try await person.send("PUT", path, #"{"\#(field)":[\#(list(most + 1, item))]}"#).problem(422)
            #expect(try await person.send("PUT", path, #"{"\#(field)":[\#(list(most, item))]}"#).status == 200)
        }
        let asset = #"{"name":"a","role":"input"}"#
        try await person.post("/missions/", #"{"name":"m","assets":[\#(list(501, asset))]}"#).problem(422)
        let full = try await person.post("/missions/", #"{"name":"m","assets":[\#(list(500, asset))]}"#).json(201)
        let refused = try await person.post("/missions/\(full["id"].text())/assets", asset).problem(422)
        #expect(refused["detail"] == .string("A mission holds at most 500 assets."))
    }

    /// What a mission comes to is bounded too, not only each write to it.
    @Test func aMissionIsAtMost4Mebibytes() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let body = #"{"name":"s","tool_id":"t","parameter_mapping":{"k":"\#(Self.text(65_528))"}}"#
        var count = 0
        while count < 100 {
            let answer = try await person.post(planned.hopPath + "/tool-steps", body)
            if answer.status != 201 {
                try answer.problem(413)
                break
            }
            count += 1
        }
        #expect(count == 63)
        #expect(try await person.get(planned.path).body.count < 4 << 20)
        #expect(try await person.send("DELETE", planned.stepPath).status == 204)
    }

    @Test func aMergeThatGrowsTooLargeIsRefused() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        func patch(_ key: String, _ bytes: Int) async throws -> HTTPAnswer {
            try await person.send(
                "PATCH", "/sessions/\(session)", #"{"session_metadata":{"\#(key)":"\#(Self.text(bytes))"}}"#)
        }
        #expect(try await patch("a", 40_000).status == 200)
        try await patch("b", 40_000).problem(413)
        let kept = try await person.look(session)
        #expect(kept["session_metadata"].keys == ["a"] && kept["version"].int == 2)
        #expect(try await patch("b", 20_000).status == 200)
    }

    @Test func aNameHasAtMost255Characters() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for name in [Self.text(255), String(repeating: "🐫", count: 255)] {
            #expect(try await person.post("/sessions/", #"{"name":"\#(name)"}"#).status == 201)
            #expect(try await person.send("PUT", "/sessions/\(session)", #"{"name":"\#(name)"}"#).status == 200)
            #expect(try await person.send("PATCH", "/sessions/\(session)", #"{"name":"\#(name)"}"#).status == 200)
        }
        for name in ["", Self.text(256), String(repeating: "🐫", count: 256)] {
            for (method, path) in [
                ("POST", "/sessions/"), ("PUT", "/sessions/\(session)"), ("PATCH", "/sessions/\(session)"),
                ("POST", "/missions/"),
            ] {
                let fault = try await person.send(method, path, #"{"name":"\#(name)"}"#).problem(422)
                #expect(fault["errors"][0]["pointer"] == .string("/name"))
            }
        }
    }

    @Test func aBodyIsAtMost64LevelsDeepAndHoldsAtMost10000Values() async throws {
        let person = Person(try await Stacks.ordinary.value)
        func create(_ metadata: String) async throws -> HTTPAnswer {
            try await person.post("/sessions/", #"{"session_metadata":\#(metadata)}"#)
        }
        // The body's object is the first level.
        func nested(_ levels: Int) -> String {
            String(repeating: #"{"a":"#, count: levels) + "1" + String(repeating: "}", count: levels)
        }
        #expect(try await create(nested(63)).status == 201)
        try await create(nested(64)).problem(400)
        try await create(nested(2000)).problem(400)
        // The body, the metadata and the list are values too.
        func list(_ values: Int) -> String {
            #"{"l":[\#([String](repeating: "1", count: values).joined(separator: ","))]}"#
        }
        #expect(try await create(list(9_997)).status == 201)
        try await create(list(9_998)).problem(400)
    }
}
