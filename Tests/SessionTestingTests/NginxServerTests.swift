import SessionTesting
import Testing

/// What the shipped nginx.conf answers by itself, with no service behind it.
@Suite struct NginxServerTests {
    let folder: TemporaryFolder
    let nginx: NginxServer
    let http: HTTPClient

    init() async throws {
        folder = try TemporaryFolder()
        nginx = try await NginxServer.start(
            services: [folder.file("none.sock")],
            directives: "set_real_ip_from unix:; real_ip_header Test-Address;", in: folder)
        http = HTTPClient(socket: nginx.socket)
    }

    struct Problem: Decodable {
        var title: String
        var status: Int
    }

    @Test(arguments: [
        ("/nothing", 404, "Not Found"), ("/", 404, "Not Found"), ("/problem", 404, "Not Found"),
        ("/api", 502, "Bad Gateway"), ("/api/sessions/", 502, "Bad Gateway"), ("/health/live", 502, "Bad Gateway"),
        ("/api/%00", 400, "Bad Request"),
    ])
    func itsOwnErrorsAreProblemDocuments(_ path: String, _ status: Int, _ title: String) async throws {
        let answer = try await http.request("GET", path)
        #expect(answer.status == status)
        #expect(answer.header("Content-Type") == "application/problem+json")
        #expect(answer.header("Retry-After") == (status == 502 ? "1" : nil))
        let problem = try answer.decode(Problem.self)
        #expect(problem.status == status)
        #expect(problem.title == title)
    }

    @Test func aPathOfNineKilobytesIsTooLong() async throws {
        let answer = try await http.request("GET", "/api/" + String(repeating: "a", count: 9000))
        #expect(answer.status == 414)
        #expect(try answer.decode(Problem.self).title == "URI Too Long")
    }

    @Test func aBodyFarOverTheLimitIs413AndOneALittleOverItIsLeftToTheService() async throws {
        let far = try await http.request("POST", "/api/sessions/", body: [UInt8](repeating: 32, count: 1_200_000))
        #expect(far.status == 413)
        #expect(try far.decode(Problem.self).title == "Content Too Large")
        let little = try await http.request("POST", "/api/sessions/", body: [UInt8](repeating: 32, count: 1_048_577))
        #expect(little.status == 502)
    }

    @Test func aHeaderOfEightKilobytesIsRefusedAndATokenOfFourIsNot() async throws {
        let big = ("Authorization", "Bearer " + String(repeating: "a", count: 8200))
        #expect(try await http.request("GET", "/nothing", headers: [big]).status == 400)
        let token = ("Authorization", "Bearer " + String(repeating: "a", count: 4096))
        #expect(try await http.request("GET", "/nothing", headers: [token]).status == 404)
    }

    @Test(arguments: ["/metrics", "/metrics/", "/%6detrics", "/api/../metrics", "//metrics", "/health/ready"])
    func onlyThisMachineReadsMetricsAndHealth(_ path: String) async throws {
        #expect(try await http.request("GET", path, headers: [("Test-Address", "203.0.113.9")]).status == 403)
        #expect(try await http.request("GET", path, headers: [("Test-Address", "127.0.0.1")]).status == 502)
    }

    @Test func aKilledServerIsGoneWithItsWorkersAndStartsAgainOnItsSocket() async throws {
        nginx.kill()
        await #expect(throws: (any Error).self) { try await http.request("GET", "/nothing") }
        try await nginx.start()
        #expect(try await http.request("GET", "/nothing").status == 404)
    }

    @Test func noTemporaryFileIsWritten() async throws {
        _ = try await http.request("POST", "/api/sessions/", body: [UInt8](repeating: 32, count: 1_048_576))
        #expect(!nginx.logTail().contains("is buffered to a temporary file"))
    }
}
