import SessionModel
import Testing

@Suite struct MergePatchTests {
    private func merged(_ target: String, _ patch: String) throws -> String {
        let target = try JSONTape(Array(target.utf8)).root
        return String(decoding: MergePatch.apply(try JSONTape(Array(patch.utf8)).root, to: target), as: UTF8.self)
    }

    /// RFC 7396 appendix A, every row.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
        (#"{"a":"foo"}"#, #"null"#, #"null"#),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func doesAsTheAppendixSays(_ target: String, _ patch: String, _ result: String) throws {
        #expect(try merged(target, patch) == result)
    }

    @Test func whatIsNotNamedKeepsItsBytes() throws {
        let kept = #""n":123456789012345678901234567890.10e+05,"s":"\u00e9\/","o":{ "x" : [1 , 2] }"#
        #expect(try merged("{\(kept)}", #"{"new":9007199254740993}"#) == "{\(kept),\"new\":9007199254740993}")
        #expect(try merged(#"{"o":{"a":1.0,"b":2.50}}"#, #"{"o":{"b":null}}"#) == #"{"o":{"a":1.0}}"#)
    }

    @Test func keysAreComparedByTheirMeaningAndByBytes() throws {
        #expect(try merged(#"{"a":1}"#, #"{"\u0061":2}"#) == #"{"a":2}"#)
        #expect(try merged("{\"\u{e9}\":1}", "{\"e\u{301}\":2}") == "{\"\u{e9}\":1,\"e\u{301}\":2}")
        #expect(try merged(#"{"\"\\\n":1}"#, #"{"x":1}"#) == #"{"\"\\\n":1,"x":1}"#)
    }

    @Test func arraysOfThePatchAreTakenWhole() throws {
        #expect(try merged("{}", #"{"a":[null,{"b":null}]}"#) == #"{"a":[null,{"b":null}]}"#)
    }
}
