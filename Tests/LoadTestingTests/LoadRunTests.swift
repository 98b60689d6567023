import FoundationEssentials
import Glibc
import SessionTesting
import Testing

/// Short verified runs against the whole service.
@Suite struct LoadRunTests {
    private func everything() throws -> String {
        try Repository.configuration("load/everything.yaml").replacing("users: 64", with: "users: 16")
    }

    /// Waits until the service has answered more requests than that with a POST of this kind.
    private func answers(_ count: Int, _ kind: String, _ stack: Stack) async throws {
        try await eventually("over \(count) requests: \(kind)", within: .seconds(60)) {
            let lines = try await stack.request("GET", "/metrics").text.split(separator: "\n").filter {
                $0.hasPrefix(#"sessiond_http_requests_total{method="POST",route="/api/sessions/{session}/\#(kind)","#)
            }
            let sum: Double = lines.reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
            return sum > Double(count)
        }
    }

    @Test(.timeLimit(.minutes(2))) func everyOperationIsVerifiedThroughNginx() async throws {
        try await withStack { stack in
            let harness = try Harness(stack)
            let (code, figures, text) = try await harness.run(
                "http+unix:\(stack.nginx.socket)", try everything(), "--rate", "300", "--duration", "3", "--warm-up",
                "1",
                "--cpu", "sessiond=\(try #require(stack.service.pid))")
            #expect(code == 0, "\(text)")
            let run = try #require(figures)
            #expect(run.operations.count == 12)
            #expect((850...1100).contains(run.total.latency.count))
            #expect(run.comparedSessions >= 32)
            #expect(run.processes.map(\.name) == ["sessiond", "sessionload"])
            #expect(run.drainSeconds != nil)
            #expect(try String(contentsOfFile: harness.folder.file("report.html"), encoding: .utf8).contains("</html>"))
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [1, 16])
    func everyOperationIsVerifiedStraightOverFastCGI(multiplex: Int) async throws {
        try await withStack { stack in
            let (code, figures, text) = try await Harness(stack).run(
                "fastcgi+unix:\(stack.service.socket)", try everything(), "--connections", "2", "--multiplex",
                "\(multiplex)", "--duration", "2", "--warm-up", "0.5", "--clean-up")
            #expect(code == 0, "\(text)")
            #expect(try #require(figures).total.latency.count > 100)
            #expect(try stack.redis.command("ZCARD", "sd:{0}:activity").int == 0)
        }
    }

    @Test(.timeLimit(.minutes(2))) func peopleComeAndGoAndTheirSessionsAreAbandoned() async throws {
        var options = Stack.Options()
        options.settings = ["lifecycle.abandon-after": "700ms", "lifecycle.sweep-interval": "100ms"]
        try await withStack(options) { stack in
            let workload = """
                users: 60
                sessions: 0
                visits: {arrive-within: 500ms, messages: {min: 1, max: 4}, think-time: {min: 10ms, max: 100ms}, away: {min: 200ms, max: 1500ms}}
                """
            let (code, figures, text) = try await Harness(stack).run(
                "http+unix:\(stack.nginx.socket)", workload, "--duration", "5", "--warm-up", "0")
            #expect(code == 0, "\(text)")
            let operations = Set(try #require(figures).operations.map(\.operation))
            #expect(operations.isSuperset(of: ["active", "create", "append", "activity"]))
        }
    }

    @Test(.timeLimit(.minutes(2))) func aStormLoadsEverybodysSession() async throws {
        try await withStack { stack in
            let workload = """
                users: 100
                messages: 5
                storm: {every: 1s, within: 50ms}
                operations: {activity: 100}
                """
            let (code, figures, text) = try await Harness(stack).run(
                "http+unix:\(stack.nginx.socket)", workload, "--rate", "100", "--duration", "3", "--warm-up", "0")
            #expect(code == 0, "\(text)")
            let active = try #require(figures?.operations.first { $0.operation == "active" })
            #expect(active.latency.count == 300)
        }
    }

    @Test(.timeLimit(.minutes(3))) func theHighestRateIsFound() async throws {
        try await withStack { stack in
            let (code, figures, text) = try await Harness(stack).run(
                "http+unix:\(stack.nginx.socket)", try Repository.configuration("load/activity.yaml"), "--find-max",
                "--p99-below", "500", "--duration", "1", "--warm-up", "0.2")
            #expect(code == 0, "\(text)")
            #expect(try #require(figures?.search?.rate) > 50)
            #expect(try #require(figures?.search).isBounded, "\(text)")
        }
    }

    /// Though the rate that is measured at last is free of them.
    @Test(.timeLimit(.minutes(3))) func whatGoesWrongWhileTheRateIsLookedForFailsTheRun() async throws {
        try await withStack { stack in
            async let outcome = Harness(stack).run(
                "http+unix:\(stack.nginx.socket)", try Repository.configuration("load/activity.yaml"), "--find-max",
                "--p99-below", "500", "--duration", "1", "--warm-up", "0.2")
            // None is sent before the search. What it begins with lasts a second, and there is more to come.
            try await answers(50, "activity", stack)
            try await Task.sleep(for: .milliseconds(600))
            stack.service.kill()
            try await Task.sleep(for: .milliseconds(1500))
            try await stack.service.start()
            let (code, figures, text) = try await outcome
            #expect(code == 1, "\(text)")
            #expect(try #require(figures).violations["server error", default: 0] > 0)
            #expect(try #require(figures).errors > 0)
        }
    }

    @Test(.timeLimit(.minutes(2))) func aServiceThatStopsFailsTheRun() async throws {
        try await withStack { stack in
            let service = try #require(stack.service.pid)
            async let outcome = Harness(stack).run(
                "http+unix:\(stack.nginx.socket)", try Repository.configuration("load/append.yaml"), "--rate", "200",
                "--duration", "10", "--warm-up", "0", "--cpu", "sessiond=\(service)")
            // One for each session comes before the window.
            try await answers(64 + 50, "messages", stack)
            stack.service.kill()
            let (code, figures, text) = try await outcome
            #expect(code == 1, "\(text)")
            #expect(try #require(figures).violations["server error", default: 0] > 0)
            #expect(text.contains("502"))
            #expect(text.contains("a process of sessiond has ended"), "\(text)")
            #expect(try #require(figures).processes.map(\.name) == ["sessionload"])
        }
    }

    /// Nobody listens any more when the window ends: the comparing behind it must not wait for somebody.
    @Test(.timeLimit(.minutes(2)), arguments: [[], ["--rate", "200"]]) func aWebServerThatIsGoneEndsTheRun(
        _ loop: [String]
    ) async throws {
        try await withStack { stack in
            let harness = try Harness(stack)
            let workload = try Repository.configuration("load/append.yaml")
            async let outcome = harness.run(
                "http+unix:\(stack.nginx.socket)", workload,
                loop + ["--duration", "10", "--warm-up", "0", "--clean-up"])
            // One for each session comes before the window.
            try await answers(64 + 50, "messages", stack)
            stack.nginx.kill()
            let (code, figures, text) = try await outcome
            #expect(code == 1, "\(text)")
            #expect(try #require(figures).violations["connection lost", default: 0] > 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatCanNotBeWrittenIsToldBeforeAnythingIsSent() async throws {
        let harness = try Harness()
        for option in ["--report", "--json"] {
            let output = try await Command.run([
                try Repository.product("sessionload"), "run", "--secret-file", harness.secret, "--target",
                "http+unix:\(harness.folder.file("nobody.sock"))", option, harness.folder.file("not/there"),
            ])
            #expect(output.code == 64, "\(output.text)")
            #expect(output.text.contains("can't be written"), "\(output.text)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aServiceThatIsNotThereFailsTheRun() async throws {
        let harness = try Harness()
        let (code, _, text) = try await harness.run(
            "http+unix:\(harness.folder.file("nobody.sock"))", try Repository.configuration("load/activity.yaml"))
        #expect(code == 1)
        #expect(text.contains("no connection"))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["--rate", "0"], ["--rate", "1e-12"], ["--multiplex", "2"], ["--cpu", "x"], ["--cpu", "x=2147483647"],
            ["--metrics", "ftp://x"],
            ["--find-max", "--rate", "5"],
            ["--connections", "0"], ["--duration", "0"], ["--warm-up", "3601"],
        ])
    func wrongUsageIsToldApart(_ arguments: [String]) async throws {
        let harness = try Harness()
        let output = try await Command.run(
            [try Repository.product("sessionload"), "run", "--secret-file", harness.secret] + arguments)
        #expect(output.code == 64, "\(output.text)")
    }
}
