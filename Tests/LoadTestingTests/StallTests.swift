import Foundation
import SessionTesting
import Testing

/// Coordinated omission: a service that stands still for a second must not look fast because nobody asked it meanwhile.
@Suite struct StallTests {
    private let workload = """
        users: 8
        messages: 0
        operations: {activity: 100}
        """

    @Test(.timeLimit(.minutes(1))) func anOpenLoopShowsAStallToEverybodyWhoCameMeanwhile() async throws {
        let (code, figures, text) = try await Harness.run(
            against: .stall(at: 200), workload, "--rate", "200", "--duration", "4", "--warm-up", "0",
            "--connections", "8")
        #expect(code == 0, "\(text)")
        let latency = try #require(figures?.total.latency)
        // A quarter of the requests were due while it stood still, evenly over the second.
        #expect(latency.count == 800)
        #expect((850_000...3_000_000).contains(latency.p99), "\(latency)")
        #expect(latency.p50 < 500_000)
    }

    @Test(.timeLimit(.minutes(1))) func aClosedLoopHidesIt() async throws {
        let (code, figures, text) = try await Harness.run(
            against: .stall(at: 200), workload, "--connections", "1", "--duration", "3", "--warm-up", "0")
        #expect(code == 0, "\(text)")
        #expect(try #require(figures?.total.latency).p99 < 500_000, "that is why there is an open loop")
    }

    /// Takes the minute that an answer has: `TIMING_TESTS=1 swift test --filter StallTests`.
    @Test(.timeLimit(.minutes(2)), .enabled(if: ProcessInfo.processInfo.environment["TIMING_TESTS"] != nil))
    func whatIsNeverAnsweredBeforeItMeasuresFailsTheRun() async throws {
        let (code, _, text) = try await Harness.run(
            against: .silentCreations, workload)
        #expect(code == 1)
        #expect(text.contains("closed before the answer"), "\(text)")
    }
}
