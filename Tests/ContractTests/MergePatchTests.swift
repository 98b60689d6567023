import SessionTesting
import Testing

/// PATCH by RFC 7396, and metadata that keeps its client's own bytes.
@Suite struct MergePatchTests {
    /// The examples of RFC 7396, appendix A, as far as metadata (an object) can have them.
    @Test(
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#), (#"{"a":1}"#, "{}", #"{"a":1}"#),
            (#"{"a":1.00,"b":9007199254740993}"#, #"{"c":1e2}"#, #"{"a":1.00,"b":9007199254740993,"c":1e2}"#),
            (#"{"a":1}"#, "null", "{}"), (#"{"a":[null,1]}"#, #"{"b":[null]}"#, #"{"a":[null,1],"b":[null]}"#),
        ])
    func aPatchIsMerged(before: String, patch: String, after: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        for type in ["application/merge-patch+json", "application/json"] {
            let session = try await person.newSession(#"{"name":"n","session_metadata":\#(before)}"#)
            let answer = try await person.send(
                "PATCH", "/sessions/\(session)", #"{"session_metadata":\#(patch)}"#, [("Content-Type", type)])
            let body = try answer.json(200)
            #expect(Shape.session("active").faults(in: body) == [])
            #expect(answer.text.contains(#""session_metadata":\#(after),"#), "\(answer.text)")
            #expect(body["name"] == .string("n"))
        }
    }

    @Test func aPatchOfTheNameLeavesTheMetadata() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession(#"{"session_metadata":{"a":1}}"#)
        let body = try await person.send("PATCH", "/sessions/\(session)", #"{"name":"new"}"#).json(200)
        #expect(body["name"] == .string("new") && body["session_metadata"] == .object(["a": .number(1)]))
        let both = try await person.send(
            "PATCH", "/sessions/\(session)", #"{"name":"newer","session_metadata":{"a":null}}"#
        ).json(200)
        #expect(both["name"] == .string("newer") && both["session_metadata"] == .object([:]))
        #expect(both["version"].int == 3)
        try await person.send("PATCH", "/sessions/\(session)", #"{"name":null}"#).problem(422)
        try await person.send("PATCH", "/sessions/\(session)", #"{"status":"completed"}"#).problem(422)
    }

    @Test func twoTabsThatSaveDifferentKeysLoseNothing() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for tab in ["left", "right"] {
                group.addTask {
                    for number in 1...50 {
                        let patch =
                            #"{"session_metadata":{"\#(tab)\#(number)":\#(number),"\#(tab)":{"last":\#(number)}}}"#
                        _ = try await person.send(
                            "PATCH", "/sessions/\(session)", patch, [("Content-Type", "application/merge-patch+json")]
                        ).json(200)
                    }
                }
            }
            try await group.waitForAll()
        }
        let metadata = try await person.look(session)["session_metadata"]
        #expect(metadata.keys.count == 102)
        for tab in ["left", "right"] {
            for number in 1...50 { #expect(metadata["\(tab)\(number)"].int == number) }
            #expect(metadata[tab]["last"].int == 50)
        }
        #expect(try await person.look(session)["version"].int == 101)
    }

    /// Numbers that doubles can't hold, spellings, spaces and the order of keys; in both tiers.
    @Test(
        arguments: [
            #"{"n":1.00}"#, #"{"n":9007199254740993}"#, #"{"n":-0.0,"m":1E+2,"l":1e-05}"#, #"{ "b" : 1 , "a":[ ] }"#,
            #"{"é":"\u00e9","\u0065":"\/"}"#, #"{"big":123456789012345678901234567890.000000000000000000001}"#,
            "{\"t\":\t\"x\"\n}", #"{"":{"":null}}"#, #"{"emoji":"\ud83d\udc2b🐫"}"#,
        ])
    func metadataKeepsItsBytes(metadata: String) async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let created = try await person.post("/sessions/", #"{"session_metadata":\#(metadata)}"#)
        #expect(created.text.contains(#""session_metadata":\#(metadata),"#))
        let session = try created.json(201)["user_session"]["id"].text()
        func isKept() async throws -> Bool {
            try await person.get("/sessions/\(session)").text.contains(#""session_metadata":\#(metadata),"#)
        }
        #expect(try await isKept())
        let replaced = try await person.send("PUT", "/sessions/\(session)", #"{"session_metadata":\#(metadata)}"#)
        #expect(replaced.text.contains(#""session_metadata":\#(metadata),"#))
        let message = try await person.post(
            "/sessions/\(session)/messages", #"{"role":"user","content":"","message_metadata":\#(metadata)}"#)
        #expect(message.text.contains(#""message_metadata":\#(metadata)}"#))
        #expect(
            try await person.get("/sessions/\(session)/messages").text.contains(#""message_metadata":\#(metadata)}"#))
        try await person.post("/sessions/\(session)/complete")
        try await stack.makeCold(session)
        #expect(try await isKept())
        #expect(try await person.get("/sessions/?limit=1").text.contains(#""session_metadata":\#(metadata),"#))
    }
}
