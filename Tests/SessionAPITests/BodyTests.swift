import Foundation
import SessionCore
import SessionModel
import Testing

@testable import SessionAPI

/// What bodies are refused for, by status and by the places that are named.
@Suite struct BodyTests {
    private static let long = String(repeating: "n", count: 256)

    @Test(arguments: [
        "{", "", "nul", "{}x", "{'a':1}", "{\"name\":\"a\",}", "[1,2", "{\"name\":NaN}", "{\"name\":01}",
        "{\"name\":\"a\u{1}\"}",
        "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
        "{\"session_metadata\":{\"a\":1,\"a\":2}}",
        "{\"name\":\"\\ud800\"}", "{\"session_metadata\":{\"\\udc00\":1}}", "\u{feff}{}",
        "{\"session_metadata\":{\"a\":" + String(repeating: "[", count: 63) + String(repeating: "]", count: 63) + "}}",
        "{\"session_metadata\":{\"a\":[" + String(repeating: "1,", count: 10_000) + "1]}}",
    ])
    func whatIsNotStrictJSONIs400(_ body: String) async throws {
        let service = try await TestService()
        let id = try await service.session()
        let answer = await service.ask("PUT", "/api/sessions/\(id)", body)
        #expect(answer.status == 400, "\(body.prefix(60))")
        #expect(answer["Content-Type"] == "application/problem+json")
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0xaf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
            [0xff, 0xfe, 0x7b, 0, 0x7d, 0],
            [0x7b, 0, 0x7d, 0], [0, 0x7b, 0, 0x7d],
        ] as [[UInt8]])
    func whatIsNotUTF8Is400(_ bytes: [UInt8]) async throws {
        let service = try await TestService()
        let headers: [RequestHeader: String] = [
            .authorization: "Bearer " + TestService.token(), .contentType: "application/json",
        ]
        #expect(await service.send("POST", "/api/sessions", bytes, headers).status == 400)
    }

    @Test(arguments: [
        ("[]", [""]), ("\"a\"", [""]), ("null", [""]), ("7", [""]), (#"{"name":7}"#, ["/name"]),
        (#"{"name":""}"#, ["/name"]),
        (#"{"name":"a\u0000"}"#, ["/name"]), (#"{"nam":"a"}"#, ["/nam"]), (#"{"a/b~c":1}"#, ["/a~1b~0c"]),
        (#"{"session_metadata":[]}"#, ["/session_metadata"]), (#"{"session_metadata":"{}"}"#, ["/session_metadata"]),
        (#"{"session_metadata":{"a":{"b":"\u0000"}}}"#, ["/session_metadata"]),
        (#"{"session_metadata":{"\u0000":1}}"#, ["/session_metadata"]),
        (#"{"name":1,"session_metadata":2,"x":3}"#, ["/name", "/session_metadata", "/x"]),
        (#"{"status":"active"}"#, ["/status"]),
    ])
    func creatingNamesEveryFault(_ body: String, _ pointers: [String]) async throws {
        let service = try await TestService()
        for path in ["/api/sessions", "/api/sessions/initialize/"] {
            let answer = await service.ask("POST", path, body)
            #expect(answer.status == 422)
            #expect(answer.pointers == pointers)
        }
    }

    @Test func aNameHasUpTo255Characters() async throws {
        let service = try await TestService()
        for (length, status) in [(255, 201), (256, 422)] {
            let name = String(repeating: "é", count: length)
            #expect(await service.ask("POST", "/api/sessions", #"{"name":"\#(name)"}"#).status == status)
        }
    }

    @Test func metadataHasUpTo64KiB() async throws {
        let service = try await TestService()
        for (length, status) in [(65_536, 201), (65_537, 413)] {
            let metadata = #"{"a":"\#(String(repeating: "x", count: length - 8))"}"#
            let answer = await service.ask("POST", "/api/sessions", #"{"session_metadata":\#(metadata)}"#)
            #expect(answer.status == status)
            #expect(answer.pointers == (status == 413 ? ["/session_metadata"] : []))
        }
    }

    @Test(arguments: [
        (#"{"name":null}"#, ["/name"]), (#"{"status":"gone"}"#, ["/status"]), (#"{"status":7}"#, ["/status"]),
        (#"{"mission_id":"x"}"#, ["/mission_id"]),
        (#"{"mission_id":"0196F3C2-aaaa-7bbb-8ccc-000000000000"}"#, ["/mission_id"]),
        (#"{"chat_id":"x","version":1}"#, ["/chat_id", "/version"]),
    ])
    func replacingNamesEveryFault(_ body: String, _ pointers: [String]) async throws {
        let service = try await TestService()
        let id = try await service.session()
        let answer = await service.ask("PUT", "/api/sessions/\(id)", body)
        #expect(answer.status == 422)
        #expect(answer.pointers == pointers)
    }

    @Test(arguments: [
        (#"{}"#, ["/role", "/content"]), (#"{"role":"user"}"#, ["/content"]),
        (#"{"role":"admin","content":"a"}"#, ["/role"]),
        (#"{"role":"User","content":"a"}"#, ["/role"]), (#"{"role":null,"content":null}"#, ["/role", "/content"]),
        (#"{"role":"user","content":"a\u0000"}"#, ["/content"]), (#"{"role":"user","content":["a"]}"#, ["/content"]),
        (#"{"role":"user","content":"a","message_metadata":[]}"#, ["/message_metadata"]),
        (#"{"role":"user","content":"a","id":"7"}"#, ["/id"]),
        (#"{"role":"user","content":"a","chat_id":"7"}"#, ["/chat_id"]),
        (#"{"messages":[]}"#, ["/messages"]), (#"{"messages":{}}"#, ["/messages"]),
        (#"{"messages":[7]}"#, ["/messages/0"]),
        (
            #"{"messages":[{"role":"user","content":"a"},{"role":"x","content":1}]}"#,
            ["/messages/1/role", "/messages/1/content"]
        ),
        (#"{"messages":[{"role":"user","content":"a"}],"role":"user"}"#, ["/role"]),
        (
            #"{"messages":[{"role":"user","content":"a","id":"0196f3c2-aaaa-7bbb-8ccc-000000000000"},{"role":"user","content":"a","id":"0196f3c2-aaaa-7bbb-8ccc-000000000000"}]}"#,
            ["/messages/1/id"]
        ),
    ])
    func appendingNamesEveryFault(_ body: String, _ pointers: [String]) async throws {
        let service = try await TestService()
        let id = try await service.session()
        let answer = await service.ask("POST", "/api/sessions/\(id)/messages", body)
        #expect(answer.status == 422)
        #expect(answer.pointers == pointers)
    }

    @Test func aRequestHoldsUpTo100Messages() async throws {
        let service = try await TestService()
        let id = try await service.session()
        for (count, status) in [(1, 201), (100, 201), (101, 422)] {
            let list = Array(repeating: #"{"role":"user","content":"a"}"#, count: count).joined(separator: ",")
            let answer = await service.ask("POST", "/api/sessions/\(id)/messages", #"{"messages":[\#(list)]}"#)
            #expect(answer.status == status)
        }
    }

    @Test func contentIsMeasuredOnceItsEscapesAreDecoded() async throws {
        var limits = APILimits()
        limits.messageBytes = 8
        let service = try await TestService(limits: limits)
        let id = try await service.session()
        for (content, status) in [
            ("12345678", 201), ("123456789", 413), (#"\u00e9\u00e9\u00e9\u00e9"#, 201),
            (#"\u00e9\u00e9\u00e9\u00e9a"#, 413),
            (#"\ud83d\ude00\ud83d\ude00"#, 201), (#"\n\n\n\n\n\n\n\n"#, 201),
        ] {
            let answer = await service.ask(
                "POST", "/api/sessions/\(id)/messages", #"{"role":"user","content":"\#(content)"}"#)
            #expect(answer.status == status, "\(content)")
        }
    }

    @Test func aBodyOfOneMiBIsTakenAndNoMore() async throws {
        let service = try await TestService()
        let id = try await service.session()
        let message = #"{"role":"user","content":"\#(String(repeating: "x", count: 200_000))"}"#
        let body = #"{"messages":[\#(Array(repeating: message, count: 5).joined(separator: ","))]}"#
        let padding = String(repeating: " ", count: 1_048_576 - body.utf8.count)
        #expect(await service.ask("POST", "/api/sessions/\(id)/messages", body + padding).status == 201)
        #expect(await service.ask("POST", "/api/sessions/\(id)/messages", body + padding + " ").status == 413)
    }

    @Test func aPointerIsCut() async throws {
        let service = try await TestService()
        let answer = await service.ask("POST", "/api/sessions", #"{"\#(String(repeating: "k", count: 5000))":1}"#)
        #expect(answer.pointers == ["/" + String(repeating: "k", count: APILimits.pointerStepLength)])
    }

    @Test func faultsAreReportedUpToABound() async throws {
        let service = try await TestService()
        let members = (0..<100).map { "\"x\($0)\":1" }.joined(separator: ",")
        let answer = await service.ask("POST", "/api/sessions", "{\(members)}")
        #expect(answer.pointers.count == APILimits.reportedFaults)
    }

    @Test(arguments: [
        (#"{}"#, ["/name"]), (#"{"name":null}"#, ["/name"]),
        (#"{"name":"a","success_criteria":"b"}"#, ["/success_criteria"]),
        (#"{"name":"a","success_criteria":["b",7]}"#, ["/success_criteria/1"]),
        (#"{"name":"a","status":"completed"}"#, ["/status"]),
        (
            #"{"name":"a","goal":7,"description":{},"mission_metadata":[],"hops":[]}"#,
            ["/goal", "/description", "/mission_metadata", "/hops"]
        ),
    ])
    func aMissionNamesEveryFault(_ body: String, _ pointers: [String]) async throws {
        let service = try await TestService()
        let answer = await service.ask("POST", "/api/missions/", body)
        #expect(answer.status == 422)
        #expect(answer.pointers == pointers)
    }

    @Test func aMissionsPartsAreBounded() async throws {
        let service = try await TestService()
        func criteria(_ count: Int) -> String {
            #"{"name":"a","success_criteria":[\#(Array(repeating: "\"a\"", count: count).joined(separator: ","))]}"#
        }
        #expect(await service.ask("POST", "/api/missions", criteria(100)).status == 201)
        #expect(await service.ask("POST", "/api/missions", criteria(101)).status == 422)
        func goal(_ count: Int) -> String { #"{"name":"a","goal":"\#(String(repeating: "g", count: count))"}"# }
        #expect(await service.ask("POST", "/api/missions", goal(65_536)).status == 201)
        #expect(await service.ask("POST", "/api/missions", goal(65_537)).status == 413)
    }

    @Test(arguments: [
        ("GET", "/api/sessions?page=0"), ("GET", "/api/sessions?page=x"), ("GET", "/api/sessions?page=+1"),
        ("GET", "/api/sessions?page=-1"),
        ("GET", "/api/sessions?page=99999999999999999999"), ("GET", "/api/sessions?per_page=0"),
        ("GET", "/api/sessions?per_page=101"),
        ("GET", "/api/sessions?page=501"), ("GET", "/api/sessions?page=101&per_page=100"),
        ("GET", "/api/sessions?page="),
        ("GET", "/api/sessions?status_filter=gone"), ("GET", "/api/sessions?status_filter="),
        ("GET", "/api/sessions?cursor=x"),
        ("GET", "/api/sessions?cursor=AAAA"), ("GET", "/api/sessions?limit=0"), ("GET", "/api/sessions?limit=101"),
        ("GET", "/api/sessions?cursor=&page=1"), ("GET", "/api/sessions?limit=1&per_page=1"),
        ("GET", "/api/sessions?page=1&page=2"),
        ("GET", "/api/sessions?page=%zz"), ("GET", "/api/sessions?a=%ff"), ("GET", "/api/sessions/active?messages=201"),
        ("GET", "/api/sessions/active?messages=-1"), ("GET", "/api/sessions/active?touch=1"),
        ("GET", "/api/sessions/active?touch=True"),
        ("GET", "/api/sessions/SESSION?messages=201"), ("GET", "/api/sessions/SESSION?touch=no"),
        ("GET", "/api/sessions/SESSION/messages?limit=501"), ("GET", "/api/sessions/SESSION/messages?limit=0"),
        ("GET", "/api/sessions/SESSION/messages?before=0"), ("GET", "/api/sessions/SESSION/messages?before=1&after=1"),
        ("GET", "/api/sessions/SESSION/messages?after=x"), ("POST", "/api/missions?session_id=x"),
    ])
    func aBadQueryParameterIs400(_ method: String, _ target: String) async throws {
        let service = try await TestService()
        let id = try await service.session()
        let answer = await service.ask(
            method, target.replacingOccurrences(of: "SESSION", with: id), method == "POST" ? #"{"name":"a"}"# : nil)
        #expect(answer.status == 400)
    }

    @Test(arguments: [
        "?page=1&per_page=100", "?page=100&per_page=100", "?page=500", "?cursor=", "?limit=100", "?cursor=&limit=1",
        "?status_filter=archived", "?unknown=1&another", "?", "?&&", "?status%5Ffilter=active", "?p%61ge=2",
    ])
    func agoodQueryIsTaken(_ query: String) async throws {
        let service = try await TestService()
        #expect(await service.ask("GET", "/api/sessions" + query).status == 200)
    }

    @Test func aQueryHasAtMost32Parameters() async throws {
        let service = try await TestService()
        func status(_ count: Int) async -> Int {
            let query = (0..<count).map { "a\($0)=1" }.joined(separator: "&")
            return await service.ask("GET", "/api/sessions?" + query).status
        }
        #expect(await status(APILimits.queryParameters) == 200)
        #expect(await status(APILimits.queryParameters + 1) == 400)
    }

    /// Those that are refused, too long or answered hold nothing of it.
    @Test func allBodiesTogetherAreBounded() async throws {
        var limits = APILimits()
        limits.bodyBytes = 100
        limits.bodyBytesInFlight = 150
        let service = try await TestService(limits: limits)
        let body = #"{"name":"\#(String(repeating: "n", count: 80))"}"#
        for _ in 0..<3 {
            #expect(await service.ask("POST", "/api/sessions", body).status == 201)
            #expect(await service.ask("POST", "/api/sessions", body + body).status == 413)
            #expect(await service.ask("POST", "/api/sessions", "{").status == 400)
        }
        let slow = SlowSource(TestService.token(), Array(body.utf8))
        let first = Task { await service.send("POST", "/api/sessions", slow) }
        await slow.isAsked()
        let refused = await service.ask("POST", "/api/sessions", body)
        #expect(refused.status == 503 && refused["Retry-After"] == "1" && !refused.bodyWasRead)
        #expect(await service.ask("POST", "/api/sessions", #"{"name":"short"}"#).status == 201)
        slow.goOn()
        #expect(await first.value.status == 201)
        #expect(await service.ask("POST", "/api/sessions", body).status == 201)
    }

    @Test func aCursorComesBackAsItWent() {
        var random = FastRandom(seed: .random(in: 0 ... .max))
        for _ in 0..<100 {
            let position = SessionActivity(
                session: SessionID(high: random.next(), low: random.next()),
                lastActivityAt: Timestamp(milliseconds: Int64(bitPattern: random.next())))
            #expect(PageCursor.place(PageCursor.text(position)) == position)
        }
    }
}
