import SessionTesting
import Testing

/// Every field of every body, in every way in which it can be wrong: each a 4xx problem, and nothing written.
@Suite struct HostileBodyTests {
    /// A JSON text of a field; what is no JSON at all is here too.
    static let anyField: [(what: String, value: [UInt8])] = [
        ("lone high surrogate", Array(#""\ud800""#.utf8)), ("lone low surrogate", Array(#""\udc00x""#.utf8)),
        ("surrogates the wrong way round", Array(#""\udc00\ud800""#.utf8)),
        ("invalid UTF-8", [0x22, 0xff, 0x22]), ("overlong", [0x22, 0xc0, 0xaf, 0x22]),
        ("encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]), ("cut UTF-8", [0x22, 0xe2, 0x82, 0x22]),
        ("beyond Unicode", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]), ("raw NUL", [0x22, 0x00, 0x22]),
        ("raw newline", Array("\"a\nb\"".utf8)), ("bad escape", Array(#""\x41""#.utf8)),
        ("short escape", Array(#""\u12""#.utf8)), ("open string", Array("\"abc".utf8)),
        ("NaN", Array("NaN".utf8)), ("infinity", Array("-Infinity".utf8)), ("hexadecimal", Array("0x1".utf8)),
        ("leading zero", Array("01".utf8)), ("plus", Array("+1".utf8)), ("bare point", Array("1.".utf8)),
        ("single quotes", Array("'a'".utf8)), ("nothing", []), ("comment", Array("/**/1".utf8)),
        ("deep arrays", Array((String(repeating: "[", count: 65) + String(repeating: "]", count: 65)).utf8)),
        (
            "deep objects",
            Array((String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65)).utf8)
        ),
        ("very deep", Array(String(repeating: "[", count: 100_000).utf8)),
        ("duplicate keys", Array(#"{"a":1,"a":2}"#.utf8)),
        ("duplicate keys by escapes", Array(#"{"a":1,"\u0061":2}"#.utf8)),
        ("too many values", Array("[\([String](repeating: "0", count: 10_001).joined(separator: ","))]".utf8)),
        ("array", Array("[]".utf8)), ("number", Array("1".utf8)), ("huge number", Array("1e400".utf8)),
        ("huge integer", Array("123456789012345678901234567890".utf8)), ("true", Array("true".utf8)),
    ]
    static let wrongText: [(String, [UInt8])] =
        anyField + [
            ("object", Array("{}".utf8)), ("NUL", Array(#""a\u0000""#.utf8)),
        ]
    static let wrongMetadata: [(String, [UInt8])] =
        anyField + [
            ("text", Array(#""x""#.utf8)), ("NUL in a value", Array(#"{"a":"\u0000"}"#.utf8)),
            ("NUL in a key", Array(#"{"\u0000":1}"#.utf8)),
            ("too long", Array(#"{"a":"\#(String(repeating: "x", count: 65_536))"}"#.utf8)),
        ]

    struct Field {
        var name: String
        var good: String
        var wrong: [(String, [UInt8])]
        var isNeeded = false
    }

    struct Target {
        var method: String
        var path: String
        var fields: [Field]
    }

    static func text(_ name: String, _ good: String, isNeeded: Bool = false, more: [(String, String)]) -> Field {
        Field(name: name, good: good, wrong: wrongText + more.map { ($0, Array($1.utf8)) }, isNeeded: isNeeded)
    }

    static func metadata(_ name: String) -> Field { Field(name: name, good: "{}", wrong: wrongMetadata) }

    static func targets(_ session: String) -> [Target] {
        let long = "\"\(String(repeating: "x", count: 256))\""
        let name = text("name", #""n""#, more: [("empty", #""""#), ("too long", long)])
        let id = [("no UUID", #""x""#), ("upper case", #""0191D5A0-0000-7000-8000-00000000ABCD""#), ("empty", #""""#)]
        let huge = "\"\(String(repeating: "x", count: 262_145))\""
        let choice = [("unknown", #""owner""#), ("upper case", #""User""#), ("empty", #""""#), ("null", "null")]
        var namePut = name
        namePut.wrong.append(("null", Array("null".utf8)))
        return [
            Target(method: "POST", path: "/sessions/", fields: [name, metadata("session_metadata")]),
            Target(method: "POST", path: "/sessions/initialize", fields: [name, metadata("session_metadata")]),
            Target(
                method: "PUT", path: "/sessions/\(session)",
                fields: [
                    namePut, metadata("session_metadata"),
                    text("mission_id", #""0191d5a0-0000-7000-8000-00000000abcd""#, more: id),
                    text("status", #""completed""#, more: choice),
                ]),
            Target(method: "PATCH", path: "/sessions/\(session)", fields: [namePut, metadata("session_metadata")]),
            Target(
                method: "POST", path: "/sessions/\(session)/messages",
                fields: [
                    text("role", #""user""#, isNeeded: true, more: choice),
                    text("content", #""x""#, isNeeded: true, more: [("null", "null"), ("too long", huge)]),
                    metadata("message_metadata"), text("id", #""0191d5a0-0000-7000-8000-00000000abcd""#, more: id),
                ]),
            Target(
                method: "POST", path: "/missions/",
                fields: [
                    text(
                        "name", #""n""#, isNeeded: true,
                        more: [("null", "null"), ("empty", #""""#), ("too long", long)]),
                    text("description", #""d""#, more: []), text("goal", #""g""#, more: []),
                    Field(
                        name: "success_criteria", good: "[]",
                        wrong: anyField.filter { $0.what != "array" }
                            + [
                                ("text", Array(#""x""#.utf8)), ("null within", Array("[null]".utf8)),
                                ("NUL within", Array(#"["\u0000"]"#.utf8)),
                            ]),
                    metadata("mission_metadata"),
                ]),
        ]
    }

    struct Case {
        var what: String
        var method: String
        var path: String
        var body: [UInt8]
    }

    static func object(_ members: [(String, [UInt8])]) -> [UInt8] {
        Array("{".utf8) + members.map { Array("\"\($0)\":".utf8) + $1 }.joined(separator: Array(",".utf8))
            + Array("}".utf8)
    }

    static func cases(_ session: String) -> [Case] {
        var cases: [Case] = []
        for target in targets(session) {
            func add(_ what: String, _ body: [UInt8]) {
                cases.append(Case(what: what, method: target.method, path: target.path, body: body))
            }
            let good = target.fields.map { ($0.name, Array($0.good.utf8)) }
            for (place, field) in target.fields.enumerated() {
                for (what, value) in field.wrong {
                    var members = good
                    members[place].1 = value
                    add("\(field.name): \(what)", object(members))
                    let needed = members.enumerated().filter { $0.offset == place || target.fields[$0.offset].isNeeded }
                    add("\(field.name) alone: \(what)", object(needed.map(\.element)))
                    if target.path.hasSuffix("/messages") {
                        add(
                            "\(field.name) in a list: \(what)",
                            Array(#"{"messages":[{"role":"user","content":"ok"},"#.utf8) + object(members)
                                + Array("]}".utf8))
                    }
                }
                add("\(field.name): twice", object(good + [good[place]]))
                if field.isNeeded { add("\(field.name): missing", object(good.filter { $0.0 != field.name })) }
            }
            add("unknown field", object(good + [("nonsense", Array("1".utf8))]))
            add("user_id", object(good + [("user_id", Array("1".utf8))]))
            for (what, text) in [
                ("array", "[]"), ("text", "\"x\""), ("number", "1"), ("null", "null"), ("space", "  "), ("open", "{"),
                ("two values", "{} {}"), ("trailing comma", #"{"name":"n",}"#), ("comma", "{,}"),
                ("bare key", #"{name:"n"}"#),
            ] { add("body: \(what)", Array(text.utf8)) }
            add("byte-order mark", [0xef, 0xbb, 0xbf] + object(good))
            add("UTF-16", object(good).flatMap { [0, $0] })
            add("UTF-16, little end first", [0xff, 0xfe] + object(good).flatMap { [$0, 0] })
            add("trailing NUL", object(good) + [0])
            add("leading NUL", [0] + object(good))
        }
        return cases
    }

    @Test func everyBadBodyIsRefusedAndWritesNothing() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession(#"{"name":"kept","session_metadata":{"k":1}}"#)
            try await person.append(2, to: session)
            try await person.waitUntilDurable(person.post("/sessions/", "{}"))
            func dump() async throws -> ([String: RESPValue], [String]) {
                (try stack.hotDump(), try await stack.rows(".dump"))
            }
            try await eventually("an empty log") { try stack.redis.command("XLEN", "sd:{0}:log").int == 0 }
            // Settled: after the commit nothing of a session changes by itself.
            let before = try await dump()
            let cases = Self.cases(session)
            print("\(cases.count) bad bodies")
            #expect(cases.count > 1_000)
            let faults = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var faults: [String] = []
                        for index in stride(from: worker, to: cases.count, by: 8) {
                            let one = cases[index]
                            let answer = try await stack.http.request(
                                one.method, "/api" + one.path,
                                headers: [
                                    ("Authorization", "Bearer \(person.token)"), ("Content-Type", "application/json"),
                                ], body: one.body)
                            if ![400, 413, 422].contains(answer.status) || (try? answer.problem(answer.status)) == nil {
                                faults.append(
                                    "\(one.method) \(one.path) \(one.what): \(answer.status) \(answer.text.prefix(200))"
                                )
                            }
                        }
                        return faults
                    }
                }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            #expect(faults == [])
            let after = try await dump()
            #expect(after.0 == before.0, "the hot tier changed")
            #expect(after.1 == before.1, "SQLite changed")
        }
    }
}
