import FoundationEssentials
import SessionTesting
import Testing

/// Contents of assets: as large as a mebibyte, apart from everything that is loaded as a whole, and the same wherever they
/// are by now.
@Suite struct AssetContentTests {
    private static func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }
    private static func body(_ content: String) -> String { #"{"name":"a","role":"output","content":\#(content)}"# }

    @Test func aContentIsAtMostOneMebibyte() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let path = "/missions/\(try await person.newMission())/assets"
        for content in [
            #""\#(Self.text(1_048_576))""#, #""\#(String(repeating: "é", count: 524_288))""#,
            // A string counts without its escapes, anything else as it is written.
            #""\#(String(repeating: #"\n"#, count: 1_048_576))""#, #"["\#(Self.text(1_048_572))"]"#, "null", "0",
            #""""#,
        ] {
            let made = try await person.post(path, Self.body(content))
            #expect(made.status == 201, "\(content.prefix(20)): \(made.text.prefix(200))")
            let id = try made.json(201)["id"].text()
            #expect(try await person.get("\(path)/\(id)").body == made.body)
        }
        for content in [#""\#(Self.text(1_048_577))""#, #"["\#(Self.text(1_048_573))"]"#] {
            let fault = try await person.post(path, Self.body(content)).problem(413)
            #expect(fault["errors"][0]["pointer"] == .string("/content"))
        }
        // The service's bound, and nginx's.
        for padding in [3_145_728, 4_000_000] {
            try await person.post(path, Self.body("1") + String(repeating: " ", count: padding)).problem(413)
        }
        let inMission = #"{"name":"m","assets":[{"name":"a","role":"input","content":"\#(Self.text(1_048_577))"}]}"#
        let fault = try await person.post("/missions/", inMission).problem(413)
        #expect(fault["errors"][0]["pointer"] == .string("/assets/0/content"))
        #expect(try await person.get(path).json(200)["assets"].elements.count == 7)
    }

    /// On its way (in the log), in SQLite, and hot again; small and large; replaced, taken away, replaced again.
    @Test func aContentIsTheSameWhereverItIs() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let mission = try await person.newMission()
            let path = "/missions/\(mission)/assets"
            let asset = "\(path)/" + (try await person.post(path, Self.body("1")).json(201)["id"].text())
            func look(_ expected: String, _ stage: Comment) async throws {
                let answer = try await person.get(asset)
                #expect(answer.status == 200 && answer.text.hasSuffix(#","content":\#(expected)}"#), stage)
            }
            for content in [
                #"{"small":1.50}"#, #""\#(Self.text(1022))""#, #""\#(Self.text(1023))""#, #""\#(Self.text(900_000))""#,
                "null",
                #"["again"]"#,
            ] {
                // Nothing is flushed while the file is locked.
                let lock = try await DatabaseLock.take(stack)
                let put = try await person.send("PUT", asset, #"{"content":\#(content)}"#)
                #expect(put.status == 200 && put.text.hasSuffix(#","content":\#(content)}"#))
                try await look(content, "on its way")
                lock.release()
                try FileManager.default.removeItem(atPath: stack.folder.file("locked"))
                try await person.waitUntilDurable(put)
                try await look(content, "flushed")
                try stack.redis.command("DEL", stack.key("mission", mission))
                try await look(content, "cold")
                try await look(content, "hot again")
                let tree = try await person.get("/missions/\(mission)")
                #expect(tree.body.count < 2000, "no content in the tree")
            }
        }
    }

    /// What is large isn't kept in Redis once SQLite has it.
    @Test func aLargeContentLeavesTheHotTier() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let path = "/missions/\(try await person.newMission())/assets"
        let small = try await person.post(path, Self.body(#""small""#))
        let large = try await person.post(path, Self.body(#""\#(Self.text(100_000))""#))
        try await person.waitUntilDurable(large)
        let hash = try stack.key("mission", String(path.split(separator: "/")[1]))
        let size = try #require(try stack.redis.command("MEMORY", "USAGE", hash).int)
        #expect(size < 10_000)
        let id = try small.json(201)["id"].text()
        #expect(try stack.redis.command("HGET", hash, "content:\(id)").string == #""small""#)
    }
}
