import FoundationEssentials
import SessionTesting
import Testing

/// What the log holds, and never holds.
@Suite struct LogTests {
    static let hostile: [[UInt8]] = [
        Array("\u{1b}[31mred".utf8), Array("\"}{\"level\":\"critical\"".utf8), Array("\\\" \\n \\u0000".utf8),
        Array("line\u{2028}separator\u{2029}\u{85}\u{feff}\u{202e}".utf8), [0xff, 0xfe, 0xc0, 0xaf],
        [0x09, 0x41, 0x0b],
        Array(String(repeating: "x", count: 7_000).utf8), Array("%0d%0aX: y".utf8), Array("{{%s%n}}${jndi:x}".utf8),
    ]

    @Test(arguments: ["json", "text"]) func everyRecordIsOneLineAndHoldsNoSecret(format: String) async throws {
        var options = Stack.Options()
        options.settings = ["log.format": format, "log.level": "trace"]
        try await withStack(options) { stack in
            let person = Person(stack)
            let (content, metadata) = ("content-\(UUID().uuidString)", "metadata-\(UUID().uuidString)")
            let session = try await person.newSession(#"{"session_metadata":{"a":"\#(metadata)"}}"#)
            _ = try await person.post("/sessions/\(session)/messages", #"{"role":"user","content":"\#(content)"}"#)
                .json(201)
            _ = try await person.send("PATCH", "/sessions/\(session)", #"{"session_metadata":{"b":"\#(metadata)"}}"#)
                .json(200)
            try await person.post("/sessions/", #"{"name":"\#(metadata)","x\#(metadata)":1"#).problem(400)
            _ = try await person.get("/sessions/\(session)", [("X-Request-ID", "found-again")]).json(200)
            for value in Self.hostile {
                for name in [
                    "X-Request-ID", "traceparent", "User-Agent", "Idempotency-Key", "Prefer", "If-Match",
                    "Content-Type",
                ] {
                    var request = Array("POST /api/sessions/?q=".utf8)
                    request += Array(
                        "x%0d%0a%1b%22 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n".utf8)
                    request +=
                        Array("Authorization: Bearer \(person.token)\r\n\(name): ".utf8) + value
                        + Array("\r\n\r\n{}".utf8)
                    let answer = try RawHTTP.exchange(request, socket: stack.nginx.socket)
                    #expect(answer.hasPrefix("HTTP/1.1 201") || answer.hasPrefix("HTTP/1.1 4"), "\(answer.prefix(100))")
                }
                let path = Array("GET /api/sessions/".utf8) + value.filter { $0 > 0x20 && $0 != 0x7f }
                let rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(person.token)\r\n\r\n"
                _ = try RawHTTP.exchange(path + Array(rest.utf8), socket: stack.nginx.socket)
            }
            #expect(try await stack.service.stop() == .exited(code: 0))

            let log = try #require(FileManager.default.contents(atPath: stack.folder.file("sessiond1.log")))
            let text = try #require(String(validating: Array(log), as: UTF8.self), "the log is not UTF-8")
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(lines.count > 50)
            for line in lines {
                switch format {
                case "json":
                    let record = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
                    #expect(record.keys.isSuperset(of: ["time", "level", "logger", "message"]), "\(line)")
                default: #expect(line.prefixMatch(of: #/\d{4}-\d\d-\d\dT[\d:.]+Z [a-z]+ /#) != nil, "\(line)")
                }
                #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
            }
            for secret in [content, metadata, person.token, String(person.token.split(separator: ".")[2])] {
                #expect(!text.contains(secret))
            }
            #expect(text.contains("found-again"))
            let nginx = FileManager.default.contents(atPath: stack.folder.file("nginx/error.log")) ?? Data()
            #expect(!Array(nginx).contains(person.token))
        }
    }
}
