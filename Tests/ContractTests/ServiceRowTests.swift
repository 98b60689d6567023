import SessionTesting
import Testing

/// Health, metrics, and what became of a write.
@Suite struct ServiceRowTests {
    @Test(arguments: ["/health/live", "/api/health/live", "/api/health/live/"])
    func theServiceSaysThatItLives(path: String) async throws {
        let answer = try await Stacks.ordinary.value.request("GET", path)
        #expect(try answer.json(200) == .object(["status": .string("live")]))
    }

    @Test(arguments: ["/health/ready", "/api/health/ready"])
    func theServiceSaysThatItIsReadyAndByWhat(path: String) async throws {
        let body = try await Stacks.ordinary.value.request("GET", path).json(200)
        let dependency = Shape.object(["name": .text, "ready": .flag, "detail": .text])
        #expect(
            Shape.object(["status": .one(of: ["ready"]), "dependencies": .list(dependency)]).faults(in: body) == [])
        #expect(!body["dependencies"].elements.isEmpty)
    }

    @Test func metricsAreAllowedFromHere() async throws {
        let stack = try await Stacks.ordinary.value
        _ = try await Person(stack).newSession()
        let answer = try await stack.request("GET", "/metrics")
        #expect(answer.status == 200)
        #expect(answer.header("Content-Type")?.hasPrefix("text/plain; version=0.0.4") == true)
        for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+0-9.eEInfNa]+/) != nil, "\(line)")
            #expect(line.firstMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-/) == nil, "an id in \(line)")
        }
    }

    @Test func whatBecameOfAWriteCanBeAsked() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.post("/sessions/")
        let write = try #require(answer.header("Write-Id"))
        let body = try await person.get("/writes/\(write)").json(200)
        #expect(Shape.object(["durable": .flag, "committed": .text]).faults(in: body) == [])
        try await person.waitUntilDurable(answer)
        let after = try await person.get("/writes/\(write)/").json(200)
        #expect(try after["committed"].text().wholeMatch(of: /\d+-\d+/) != nil)
        let later = try await person.get("/writes/0-9999999999999-0").json(200)
        #expect(later["durable"] == .bool(false))
    }

    @Test(arguments: ["x", "0", "0-1", "1-1-0", "0-1-1-1", "-1-1-1", "0-x-1", "0-18446744073709551616-0"])
    func whatNamesNoWriteIsNotFound(write: String) async throws {
        try await Person(Stacks.ordinary.value).get("/writes/\(write)").problem(404)
    }
}

/// Whoever watches the service does so from its own machine.
@Suite struct ExposureTests {
    @Test func whoIsElsewhereSeesNeitherHealthNorMetrics() async throws {
        var options = Stack.Options()
        // Lets a test say where it comes from.
        options.nginxDirectives = "set_real_ip_from unix:; real_ip_header X-Real-IP;"
        try await withStack(options) { stack in
            let paths = [
                "/metrics", "/metrics/", "/api/metrics", "/api/metrics/", "/api/%6detrics", "//api//metrics",
                "/api/x/../metrics", "/api/./metrics", "/health/live", "/health/ready", "/api/health/live",
                "/api/health/ready/",
            ]
            for path in paths {
                for address in ["203.0.113.5", "10.0.0.1", "2001:db8::1"] {
                    let answer = try await stack.request("GET", path, headers: [("X-Real-IP", address)])
                    #expect(answer.status == 403, "\(path) from \(address)")
                    #expect(answer.header("Content-Type") == "application/problem+json")
                }
                let here = try await stack.request("GET", path, headers: [("X-Real-IP", "127.0.0.1")])
                #expect(here.status == (path.contains("//") || path.contains("/.") ? 404 : 200), "\(path)")
            }
            let person = Person(stack)
            let away = try await person.send("GET", "/sessions/", nil, [("X-Real-IP", "203.0.113.5")])
            #expect(away.status == 200)
        }
    }
}
