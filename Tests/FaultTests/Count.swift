import SessionTesting
import Synchronization

/// How many writes were acknowledged, told by those who write and read by who strikes between them.
final class Count: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increase() { count.add(1, ordering: .relaxed) }

    /// Returns after `number` more, however long the machine takes for them, up to `limit`.
    func more(_ number: Int, within limit: Duration = .seconds(30)) async throws {
        let goal = value + number
        try await eventually("\(number) writes", within: limit) { value >= goal }
    }
}
