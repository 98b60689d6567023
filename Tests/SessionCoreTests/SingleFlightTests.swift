import Synchronization
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    /// Counts how often it is asked, and doesn't answer before it may.
    private final class Source: Sendable {
        let count = Atomic(0)
        let mayAnswer = Atomic(false)

        func fetch() async -> Result<Int, any Error> {
            let count = count.add(1, ordering: .relaxed).newValue
            while !mayAnswer.load(ordering: .acquiring) { try? await Task.sleep(for: .milliseconds(1)) }
            return .success(count)
        }
    }

    @Test func manyWhoWantTheSameAtTheSameTimeWaitForOne() async throws {
        let flight = SingleFlight<Int, Int>()
        let source = Source()
        let values = await withTaskGroup(of: Int?.self) { group in
            // Each begins here and now, and comes back where it waits: the first is not answered before all have come.
            for _ in 0..<100 { group.addImmediateTask { try? await flight.run(1) { await source.fetch() }.get() } }
            source.mayAnswer.store(true, ordering: .releasing)
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 100))
        // What one found is not kept; and another key is another flight.
        #expect(try await flight.run(1) { await source.fetch() }.get() == 2)
        #expect(try await flight.run(2) { await source.fetch() }.get() == 3)
    }
}
