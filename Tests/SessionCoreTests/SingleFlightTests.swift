import Synchronization
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    /// Counts how often it is asked, and takes its time.
    private final class Source: Sendable {
        let count = Atomic(0)

        func fetch() async -> Result<Int, any Error> {
            let count = count.add(1, ordering: .relaxed).newValue
            try? await Task.sleep(for: .milliseconds(50))
            return .success(count)
        }
    }

    @Test func manyWhoWantTheSameAtTheSameTimeWaitForOne() async throws {
        let flight = SingleFlight<Int, Int>()
        let source = Source()
        let values = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<100 { group.addTask { try? await flight.run(1) { await source.fetch() }.get() } }
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 100))
        // What one found is not kept; and another key is another flight.
        #expect(try await flight.run(1) { await source.fetch() }.get() == 2)
        #expect(try await flight.run(2) { await source.fetch() }.get() == 3)
    }
}
