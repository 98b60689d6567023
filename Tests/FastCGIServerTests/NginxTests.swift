import FastCGI
import FastCGIServer
import Foundation
import NIOCore
import Testing

/// Through a real nginx.
@Suite struct NginxTests {
    /// Says what it was asked, with the body's checksum.
    private static func echo(_ request: FastCGIRequest) async -> FastCGIResponse {
        do throws(FastCGIBodyError) {
            let body = try await request.body.collect(upTo: 1 << 20)
            return text(
                "\(request.method) \(request.target.path) \(request.target.query ?? "-") \(body.readableBytes) \(checksum(body))"
            )
        } catch {
            switch error {
            case .tooLarge: return text("too large", status: 413)
            case .lengthMismatch: return text("mismatch", status: 400)
            case .aborted, .alreadyReading: return text("aborted", status: 500)
            }
        }
    }

    private func expected(_ method: String, _ target: String, _ body: String) -> String {
        "\(method) \(target) \(body.utf8.count) \(checksum(ByteBuffer(string: body)))"
    }

    private func throughNginx(
        limits: FastCGILimits = FastCGILimits(),
        keepsConnections: Bool = true,
        location: String = "",
        _ respond: @escaping @Sendable (FastCGIRequest) async -> FastCGIResponse = { await echo($0) },
        _ body: (_ server: FastCGIServer, _ http: String) async throws -> Void
    ) async throws {
        try await serving(limits: limits, respond) { server, path in
            let folder = String(path.dropLast(2))
            try await withNginx(folder, app: path, keepsConnections: keepsConnections, location: location) { http in
                try await body(server, http)
            }
        }
    }

    @Test(arguments: [true, false], ["", "fastcgi_request_buffering off;"])
    func requestsArriveAsTheyWereMade(keepsConnections: Bool, location: String) async throws {
        try await self.throughNginx(keepsConnections: keepsConnections, location: location) { server, http in
            for _ in 0..<2 {
                let get = try await Browser.ask(http, "GET", "/api/a%2Fb/%C3%A9?x=1")
                #expect(get.status == "HTTP/1.1 200 OK")
                #expect(get.body == self.expected("GET", "/api/a%2Fb/%C3%A9 x=1", ""))
                for size in [0, 1, 8_191, 8_192, 65_536, 300_000] {
                    let body = String(repeating: "b", count: size)
                    let answer = try await Browser.ask(http, "POST", "/p?\(size)", body: body)
                    #expect(answer.body == self.expected("POST", "/p \(size)", body))
                }
                let chunked = try await Browser.ask(
                    http,
                    "PUT",
                    "/c",
                    body: nil,
                    headers: "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
                )
                #expect(chunked.body == self.expected("PUT", "/c -", "abcde"))
            }
            try await eventually { server.counters.connections == (keepsConnections ? 1 : 0) }
        }
    }

    @Test func headAndEmptyAnswersAreUnderstood() async throws {
        try await self.throughNginx { request in
            FastCGIResponse(
                status: Int(request.target.path.dropFirst()) ?? 0, body: .buffer(ByteBuffer(string: "12345")))
        } _: { _, http in
            let head = try await Browser.ask(http, "HEAD", "/200")
            #expect(head.status == "HTTP/1.1 200 OK")
            #expect(head.head.contains("Content-Length: 5"))
            #expect(head.body.isEmpty)
            #expect(try await Browser.ask(http, "GET", "/204").status == "HTTP/1.1 204 No Content")
            #expect(try await Browser.ask(http, "GET", "/304").status == "HTTP/1.1 304 Not Modified")
            #expect(try await Browser.ask(http, "GET", "/201").body == "12345")
        }
    }

    @Test func overloadIsA503AndNotA502() async throws {
        var limits = FastCGILimits()
        limits.requestsInFlight = 1
        let gate = Gate()
        try await self.throughNginx(limits: limits) { request in
            if request.target.path == "/wait" { await gate.pass() }
            return text("x")
        } _: { server, http in
            // One for each event loop at most: the others are refused.
            var waiting: [Browser] = []
            for _ in 0..<40 {
                let browser = try await Browser(http)
                browser.send("GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                waiting.append(browser)
            }
            try await eventually {
                waiting.filter { $0.text.hasPrefix("HTTP/1.1 503 ") }.count >= 40 - NIOCore.System.coreCount
            }
            gate.open()
            for browser in waiting { try await eventually { browser.isClosed } }
            #expect(waiting.allSatisfy { $0.text.hasPrefix("HTTP/1.1 503 ") || $0.text.hasPrefix("HTTP/1.1 200 ") })
            #expect(waiting.contains { $0.text.contains("Retry-After: 1") })
            #expect(waiting.contains { $0.text.hasPrefix("HTTP/1.1 200 ") })
        }
    }

    @Test func connectionsOverTheLimitAreAnswered503() async throws {
        var limits = FastCGILimits()
        limits.connections = 1
        let gate = Gate()
        try await self.throughNginx(limits: limits) { request in
            if request.target.path == "/wait" { await gate.pass() }
            return text("x")
        } _: { _, http in
            async let first = Browser.ask(http, "GET", "/wait")
            try await eventually { gate.waiting == 1 }
            let body = String(repeating: "b", count: 500_000)
            let second = try await Browser.ask(http, "POST", "/", body: body)
            #expect(
                second.status == "HTTP/1.1 503 Service Temporarily Unavailable"
                    || second.status == "HTTP/1.1 503 Service Unavailable")
            gate.open()
            #expect(try await first.body == "x")
        }
    }

    @Test func anAnswerBeforeTheBodyWasReadArrives() async throws {
        for keepsConnections in [true, false] {
            try await self.throughNginx(
                keepsConnections: keepsConnections,
                location: "fastcgi_request_buffering off;"
            ) { server, http in
                for _ in 0..<3 {
                    let browser = try await Browser(http)
                    browser.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n")
                    let part = String(repeating: "b", count: 100_000)
                    for _ in 0..<5 { browser.send(part) }
                    try await eventually { browser.text.hasPrefix("HTTP/1.1 413 ") }
                    await browser.close()
                }
                #expect(try await Browser.ask(http, "GET", "/next").status == "HTTP/1.1 200 OK")
                #expect(server.counters.requestsInFlight == 0)
            }
        }
    }

    @Test func aStreamArrivesAsItIsWritten() async throws {
        let gate = Gate()
        try await self.throughNginx { _ in
            FastCGIResponse(
                status: 200,
                headers: ["Content-Type": "text/event-stream", "X-Accel-Buffering": "no"],
                body: .stream { writer in
                    try await writer.write("data: 1\n\n")
                    await gate.pass()
                    try await writer.write("data: 2\n\n")
                }
            )
        } _: { _, http in
            let browser = try await Browser(http)
            browser.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            try await eventually { browser.text.contains("data: 1\n\n") }
            #expect(!browser.text.contains("data: 2"))
            gate.open()
            try await eventually { browser.isClosed }
            #expect(browser.text.contains("data: 2\n\n"))
            #expect(browser.text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test(arguments: ["no", "yes"])
    func aStreamThatBreaksOffIsNotWholeForTheBrowser(buffering: String) async throws {
        struct Failure: Error {}
        try await self.throughNginx { _ in
            FastCGIResponse(
                status: 200,
                headers: ["X-Accel-Buffering": buffering],
                body: .stream { writer in
                    try await writer.write("half")
                    throw Failure()
                }
            )
        } _: { _, http in
            let answer = try await Browser.ask(http)
            #expect(!answer.body.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func aBrowserThatGoesAwayCancelsItsRequest() async throws {
        let gate = Gate()
        try await self.throughNginx { _ in
            await gate.pass()
            return text("x")
        } _: { server, http in
            let browser = try await Browser(http)
            browser.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try await eventually { gate.waiting == 1 }
            await browser.close()
            try await eventually { gate.cancelled == 1 }
            try await eventually { server.counters == FastCGIServerCounters(connections: 0, requestsInFlight: 0) }
        }
    }

    @Test func aRequestInsideABodyStaysABody() async throws {
        let paths = Count()
        try await self.throughNginx { request in
            if request.target.path == "/smuggled" { paths.add() }
            return await Self.echo(request)
        } _: { _, http in
            let inner = String(buffer: wholeRequest(1, "GET", "/smuggled", body: "x"))
            for prefix in [0, 1, 8, 32_768 - 100, 65_535 - 100, 65_535] {
                let body = String(repeating: "\u{1}", count: prefix) + inner + inner
                let answer = try await Browser.ask(http, "POST", "/outer", body: body)
                #expect(answer.body == self.expected("POST", "/outer -", body))
            }
            #expect(paths.value == 0)
        }
    }

    @Test func everyAnswerIsItsOwnRequestsWhileOthersGoAway() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let comment = Comment(rawValue: "seed \(seed)")
        var random = Seeded(seed)
        try await self.throughNginx { request in
            for _ in 0..<(Int(request.target.query ?? "0") ?? 0) % 5 { await Task.yield() }
            return await Self.echo(request)
        } _: { server, http in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    var own = Seeded(random.next())
                    group.addTask {
                        for _ in 0..<40 {
                            let number = Int.random(in: 0...1_000_000, using: &own)
                            let letter = Character(UnicodeScalar(UInt8.random(in: 97...122, using: &own)))
                            let body = String(repeating: letter, count: Int.random(in: 0...40_000, using: &own))
                            if Int.random(in: 0..<4, using: &own) == 0 {
                                let browser = try await Browser(http)
                                browser.send(
                                    "POST /gone?\(number) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                                )
                                browser.send(String(body.prefix(Int.random(in: 0...body.count, using: &own))))
                                await browser.close()
                            } else {
                                let answer = try await Browser.ask(http, "POST", "/a?\(number)", body: body)
                                #expect(answer.body == self.expected("POST", "/a \(number)", body), comment)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually { server.counters.requestsInFlight == 0 }
        }
    }

    @Test func theGreatestHeaderBlockFitsNginx() async throws {
        try await self.throughNginx { request in
            var response = text("x")
            let count = Int(request.target.query ?? "0") ?? 0
            response.headers.add("X-Long", String(repeating: "h", count: count))
            return response
        } _: { _, http in
            let fixed = "Status: 200 OK\r\nContent-Type: text/plain\r\nX-Long: \r\nContent-Length: 1\r\n\r\n".utf8.count
            let most = FastCGILimits().headerBlockBytes - fixed
            let greatest = try await Browser.ask(http, "GET", "/?\(most)")
            #expect(greatest.status == "HTTP/1.1 200 OK")
            let greater = try await Browser.ask(http, "GET", "/?\(most + 1)")
            #expect(greater.status == "HTTP/1.1 500 Internal Server Error")
        }
    }
}
