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
        let harness = try Harness()
        let server = try await FaultyServer(
            socket: harness.folder.file("s.sock"), .secondAnswer(after: .milliseconds(milliseconds)))
        let (code, figures, text) = try await harness.run(
            "http+unix:\(server.socket)", slow, "--connections", "1", "--duration", "1", "--warm-up", "0")
        try await server.stop()
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

    @Test(.timeLimit(.minutes(1))) func silentMetricsDoNotHoldUpTheEnd() async throws {
        let harness = try Harness()
        let server = try await FaultyServer(socket: harness.folder.file("s.sock"), .silentMetrics)
        let (code, figures, text) = try await harness.run(
            "http+unix:\(server.socket)", slow, "--connections", "1", "--duration", "1", "--warm-up", "0")
        try await server.stop()
        #expect(code == 0, "\(text)")
        #expect(try #require(figures).drainSeconds == nil)
    }
}
