import NIOCore
import SessionTesting
import Testing

/// Servers that break the protocol, or don't answer.
@Suite struct ConnectionFaultTests {
    /// Requests far apart: no other is outstanding when a second answer comes.
    private let slow = """
        users: 1
        messages: 0
        operations: {activity: 100}
        think-time: 200ms
        """

    @Test(.timeLimit(.minutes(1)), arguments: [0, 50])
    func aSecondAnswerFailsTheRun(milliseconds: Int64) async throws {
        let (code, figures, text) = try await Harness.run(
            against: .secondAnswer(after: .milliseconds(milliseconds)), slow, "--connections", "1", "--duration", "1",
            "--warm-up", "0")
        #expect(code == 1, "\(text)")
        #expect(try #require(figures).violations["another's answer", default: 0] > 0, "\(text)")
    }

    @Test(.timeLimit(.minutes(1))) func aFastCGIAnswerWithoutARequestFailsTheRun() async throws {
        let harness = try Harness()
        let server = try await MalformedServer(socket: harness.folder.file("m.sock"), .unasked)
        let (code, _, text) = try await harness.run("fastcgi+unix:\(server.socket)", slow, "--connections", "2")
        try await server.stop()
        #expect(code == 1)
        #expect(text.contains("request 1, which is not under way"), "\(text)")
    }

    @Test(.timeLimit(.minutes(1))) func anAnswerWithoutHeadersFailsTheRun() async throws {
        let harness = try Harness()
        let server = try await MalformedServer(socket: harness.folder.file("m.sock"), .noHeaders)
        let (code, _, text) = try await harness.run("fastcgi+unix:\(server.socket)", slow)
        try await server.stop()
        #expect(code == 1)
        #expect(text.contains("no headers"), "\(text)")
    }

    @Test(.timeLimit(.minutes(1))) func aLoopThatThinksGoesOnBehindAClosedConnection() async throws {
        let (code, figures, text) = try await Harness.run(
            against: .closes(at: 3), slow, "--connections", "1", "--duration", "3", "--warm-up", "0")
        #expect(code == 1, "\(text)")
        #expect(try #require(figures).violations == ["connection lost": 1], "\(text)")
        #expect(try #require(figures).total.latency.count > 8, "\(text)")
    }

    /// No resume follows it: the loop itself must.
    @Test(.timeLimit(.minutes(1))) func aLoopThatThinksGoesOnBehindACompleteThatFailed() async throws {
        let workload = slow.replacing("users: 1", with: "users: 2").replacing(
            "activity: 100", with: "activity: 50, complete: 50")
        // It completes nothing.
        let (code, figures, text) = try await Harness.run(
            against: .silentMetrics, workload, "--connections", "1", "--duration", "3", "--warm-up", "0")
        #expect(code == 1, "\(text)")
        #expect(try #require(figures).violations["body", default: 0] > 2, "\(text)")
    }

    @Test(.timeLimit(.minutes(1))) func aLagBelongsToTheSecondInWhichItWasAskedFor() async throws {
        let (code, figures, text) = try await Harness.run(
            against: .growingLag, slow, "--duration", "2", "--warm-up", "0")
        #expect(code == 0, "\(text)")
        // The first look was at the window's start.
        #expect(try #require(figures).timeline.map(\.lagMilliseconds) == [20, 30], "\(text)")
    }

    @Test(.timeLimit(.minutes(1))) func silentMetricsDoNotHoldUpTheEnd() async throws {
        let (code, figures, text) = try await Harness.run(
            against: .silentMetrics, slow, "--connections", "1", "--duration", "1", "--warm-up", "0")
        #expect(code == 0, "\(text)")
        #expect(try #require(figures).drainSeconds == nil)
    }
}
