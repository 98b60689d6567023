import SessionTesting
import Synchronization

/// How many writes were acknowledged, told by those who write and read by who strikes between them.
final class Count: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increase() { count.add(1, ordering: .relaxed) }

    /// Returns after `number` more, however long the machine takes for them: `limit` is how long not one may come.
    func more(_ number: Int, within limit: Duration = .seconds(30)) async throws {
        var seen = value
        let goal = seen + number
        while seen < goal {
            try await eventually("the next of \(goal - seen) writes", within: limit) { value > seen }
            seen = value
        }
    }
}
