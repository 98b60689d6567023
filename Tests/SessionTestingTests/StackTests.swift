import SessionTesting
import Testing

@Suite struct StackTests {
    struct Session: Decodable {
        var name: String
    }

    @Test func theWholeStackAnswersSurvivesAndEnds() async throws {
        var options = Stack.Options()
        options.instances = 2
        options.shards = 16
        options.isRedisProxied = true
        options.settings = ["lifecycle.abandon-after": "1h"]
        try await withStack(options) { stack in
            let made = try await stack.request("POST", "/api/sessions/", as: "42", json: #"{"name":"First"}"#)
            #expect(made.status == 201, "\(made.text)")
            for service in stack.services {
                service.kill()
                #expect(!service.isRunning)
                try await service.restart()
            }
            let back = try await stack.request("GET", "/api/sessions/active", as: "42")
            #expect(try back.decode(Session.self).name == "First")
            #expect(try await stack.request("GET", "/api/sessions/active").status == 401)
            #expect(try await stack.proxy?.counts().open ?? 0 > 0)
            try await stack.proxy?.set(.refuse)
            #expect(try await stack.request("POST", "/api/sessions/", as: "42", json: "{}").status == 503)
            try await stack.proxy?.set(.none)
            try await eventually("it writes again") {
                try await stack.request("POST", "/api/sessions/", as: "42", json: "{}").status == 201
            }
            #expect(try await stack.service.stop() == .exited(code: 0))
        }
    }
}
