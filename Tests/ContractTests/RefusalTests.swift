import FoundationEssentials
import SessionAPI
import SessionTesting
import Testing

/// What is refused before anything is looked at: tokens, paths, methods, media types, doubled headers.
@Suite struct RefusalTests {
    /// Every one of them gets the same answer.
    @Test func everyBadTokenGetsOneAnswer() async throws {
        let stack = try await Stacks.ordinary.value
        let signer = stack.signer
        let now = Int(Date().timeIntervalSince1970)
        let good = signer.token(user: "u")
        let parts = good.split(separator: ".").map(String.init)
        let payload = #"{"sub":"u","exp":\#(now + 600)}"#
        var tokens: [String?] = [
            nil, "", "Bearer", "Bearer ", "Basic dTpw", "Bearer x", "Bearer a.b.c", "Bearer ..", good,
            "Bearer \(good) x", "Bearer \(good)x", "Bearer \(parts[0]).\(parts[1]).", "Bearer \(parts[0]).\(parts[1])",
            "Bearer \(signer.token(user: "u", expiresIn: -120))",
            "Bearer \(TokenSigner(secret: String(repeating: "z", count: 64)).token(user: "u"))",
            "Bearer \(signer.token(user: String(repeating: "u", count: 5000)))",
        ]
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"nOnE"}"#, #"{"alg":"HS384"}"#, #"{"alg":"RS256"}"#, #"{"typ":"JWT"}"#,
            #"{"alg":"HS256","crit":["x"],"x":1}"#,
        ] { tokens.append("Bearer \(signer.token(header: header, payload: payload))") }
        for payload in [
            #"{"sub":"u"}"#, #"{"exp":\#(now + 600)}"#, #"{"sub":"u","exp":"\#(now + 600)"}"#,
            #"{"sub":1,"exp":\#(now + 600)}"#, #"{"sub":"","exp":\#(now + 600)}"#,
            #"{"sub":"\#(String(repeating: "u", count: 129))","exp":\#(now + 600)}"#,
            #"{"sub":"a\u0000b","exp":\#(now + 600)}"#, #"{"sub":"a\nb","exp":\#(now + 600)}"#,
            #"{"sub":"u","exp":\#(now + 600),"nbf":\#(now + 300)}"#, #"{"sub":"u","exp":-1}"#,
            #"{"sub":"u","exp":null}"#, "[]", "1", "",
        ] { tokens.append("Bearer \(signer.token(payload: payload))") }
        var bodies: Set<[UInt8]> = []
        for token in tokens {
            for path in ["/api/sessions/", "/api/writes/0-0-0"] {
                let answer = try await stack.request(
                    "GET", path, headers: token.map { [("Authorization", $0)] } ?? [])
                #expect(answer.status == 401, "\(token ?? "none")")
                #expect(answer.header("WWW-Authenticate") == #"Bearer error="invalid_token""#)
                bodies.insert(answer.body)
            }
        }
        #expect(bodies.count == 1)
        #expect(
            try await stack.request("GET", "/api/sessions/", headers: [("authorization", "bearer \(good)")]).status
                == 200)
    }

    @Test func aTokenElsewhereThanInItsHeaderIsNone() async throws {
        let stack = try await Stacks.ordinary.value
        let token = stack.signer.token(user: "u")
        try await stack.request("GET", "/api/sessions/?access_token=\(token)").problem(401)
        try await stack.request("GET", "/api/sessions/", headers: [("Cookie", "token=\(token)")]).problem(401)
        // What a web server might have said must not come from a client.
        for name in ["Remote-User", "X-User", "X-Forwarded-User", "User"] {
            try await stack.request("GET", "/api/sessions/", headers: [(name, "1")]).problem(401)
        }
    }

    @Test(arguments: ["Authorization", "Idempotency-Key", "If-Match"])
    func aHeaderThatDecidesIsNeverTakenTwice(name: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let value = name == "Authorization" ? "Bearer \(person.token)" : name == "If-Match" ? "*" : "k"
        var headers = [(name, value), (name, value), ("Content-Type", "application/json")]
        if name != "Authorization" { headers.append(("Authorization", "Bearer \(person.token)")) }
        let answer = try await person.stack.http.request(
            "POST", "/api/sessions/", headers: headers, body: Array("{}".utf8))
        #expect(answer.status == 400)
        #expect(answer.header("Content-Type") == "application/problem+json", "\(answer.headers) \(answer.text)")
        #expect(try await person.get("/sessions/").json(200)["total"].int == 0)
    }

    static let paths = [
        "/api", "/api/", "/api/x", "/api/sessionsx", "/api/sessions/x/y", "/api/sessions//x", "/api//sessions/",
        "/api/sessions/active/x", "/api/sessions/initialize/x", "/api/missions/x/y/z", "/api/chat", "/api/chat/x",
        "/api/writes", "/api/SESSIONS", "/api/sessions%2factive", "/api/sessions/%", "/api/sessions/%zz",
        "/api/sessions/%ff", "/api/sessions/%00/messages", "/api/" + String(repeating: "a/", count: 40), "/health",
        "/health/", "/health/x", "/nothing", "/", "/api/../metricsx", "/metrics/x",
    ]

    @Test(arguments: paths) func whatHasNoRouteIsNotFound(path: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        for method in ["GET", "POST", "DELETE"] {
            let answer = try await person.stack.request(
                method, path, headers: [("Authorization", "Bearer \(person.token)")])
            #expect(answer.status == 404 || answer.status == 400 && path.contains("%"), "\(method): \(answer.status)")
            #expect(answer.header("Content-Type") == "application/problem+json")
        }
    }

    /// Each route by the methods it has and hasn't, with and without the slash at its end: never a redirect.
    @Test func everyRouteTakesItsMethodsWithAndWithoutASlash() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let patterns = Dictionary(grouping: Routes.all, by: \.pattern)
        let id = "0191d5a0-0000-7000-8000-000000000000"
        for (pattern, routes) in patterns {
            let path = pattern.split(separator: "/").map { $0.hasPrefix("{") ? id : String($0) }.joined(separator: "/")
            let own = routes.map(\.method.rawValue)
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
                let isOurs = own.contains(method == "HEAD" ? "GET" : method)
                var statuses: [Int] = []
                for slash in ["", "/"] {
                    let answer = try await person.stack.request(
                        method, "/\(path)\(slash)", headers: [("Authorization", "Bearer \(person.token)")])
                    statuses.append(answer.status)
                    #expect(!(300..<400).contains(answer.status), "\(method) \(path)\(slash)")
                    if isOurs {
                        #expect(answer.status != 405, "\(method) \(path)\(slash)")
                    } else {
                        if method == "HEAD" { #expect(answer.status == 405) } else { try answer.problem(405) }
                        let allowed = answer.header("Allow")?.split(separator: ", ").map(String.init) ?? []
                        #expect(Set(allowed) == Set(own + (own.contains("GET") ? ["HEAD"] : [])), "\(path)")
                    }
                }
                #expect(statuses[0] == statuses[1], "\(method) \(path): \(statuses)")
            }
        }
    }

    @Test func aHeadIsAGetWithoutItsBody() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for path in ["/sessions/\(session)?touch=false", "/sessions/active?touch=false", "/sessions/", "/sessions/x"] {
            let (get, head) = (try await person.get(path), try await person.send("HEAD", path))
            #expect(head.status == get.status && head.body.isEmpty)
            for name in ["Content-Type", "ETag", "Cache-Status"] { #expect(head.header(name) == get.header(name)) }
        }
    }

    @Test(
        arguments: [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
            "application/json; charset=iso-8859-1", "application/json; charset=utf-16", "application", "json", "*/*",
            "application/json, application/json", "application/vnd.api+json", "application/merge-patch+json",
        ])
    func aBodyThatIsNotJSONIsRefused(type: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for (method, path, body) in [
            ("POST", "/sessions/", "{}"), ("POST", "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#),
            ("PUT", "/sessions/\(session)", "{}"), ("POST", "/missions/", #"{"name":"n"}"#),
            ("PATCH", "/sessions/\(session)", "{}"),
        ] {
            let isPatch = method == "PATCH" && type == "application/merge-patch+json"
            let answer = try await person.send(method, path, body, [("Content-Type", type)])
            if isPatch { #expect(answer.status == 200) } else { try answer.problem(415) }
        }
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"", "application/json; v=1",
    ])
    func everySpellingOfJSONIsTaken(type: String) async throws {
        let answer = try await Person(Stacks.ordinary.value).post("/sessions/", "{}", [("Content-Type", type)])
        #expect(answer.status == 201)
    }

    @Test func aBodyWithoutATypeIsRefused() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.stack.http.request(
            "POST", "/api/sessions/", headers: [("Authorization", "Bearer \(person.token)")], body: Array("{}".utf8))
        try answer.problem(415)
    }

    @Test(
        arguments: [
            "page=0", "page=-1", "page=x", "page=1.5", "page=9223372036854775808", "page=501", "page=101&per_page=100",
            "per_page=0", "per_page=101", "per_page=", "page=1&page=1", "limit=0", "limit=101", "limit=5&page=1",
            "cursor=x", "cursor=%00", "cursor=AAAA", "cursor=&per_page=5", "status_filter=", "status_filter=gone",
            "status_filter=Active", "status_filter=active&status_filter=active", "page=%f", "page=%ff", "a=%",
        ])
    func aBadParameterOfTheListIsRefused(query: String) async throws {
        try await Person(Stacks.ordinary.value).get("/sessions/?\(query)").problem(400)
    }

    @Test(arguments: [
        "messages=-1", "messages=201", "messages=x", "touch=yes", "touch=", "touch=TRUE", "touch=true&touch=true",
    ])
    func aBadParameterOfASessionIsRefused(query: String) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        for path in ["/sessions/\(session)", "/sessions/active"] {
            try await person.get("\(path)?\(query)").problem(400)
        }
    }
}
