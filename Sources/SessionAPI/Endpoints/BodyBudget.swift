import Synchronization

/// What the bodies that are held at one time may come to, over all event loops. Each is bounded by itself; how many there are
/// is up to the clients, and while Redis is slow they add up.
final class BodyBudget: Sendable {
    private let left: Atomic<Int>

    init(bytes: Int) { left = Atomic(bytes) }

    fileprivate func take(_ bytes: Int) -> Bool {
        guard left.subtract(bytes, ordering: .relaxed).newValue < 0 else { return true }
        giveBack(bytes)
        return false
    }

    fileprivate func giveBack(_ bytes: Int) { left.add(bytes, ordering: .relaxed) }
}

/// One request's part of it, for as long as the request lasts.
final class BodyShare: Sendable {
    private let budget: BodyBudget
    private let taken = Atomic(0)

    init(of budget: BodyBudget) { self.budget = budget }

    deinit { budget.giveBack(taken.load(ordering: .relaxed)) }

    func take(_ bytes: Int) throws(Problem) {
        guard budget.take(bytes) else { throw .busy }
        taken.add(bytes, ordering: .relaxed)
    }
}
