import SessionModel

/// Decides whether what is due may be moved, or whether it only looks due: a clock that was set wrong for a minute must not
/// abandon everybody's sessions, and neither must a fault that nobody thought of.
///
///                   a clock stepped, clocks apart, or a crowd due
///     ┌────► calm ─────────────────────────────────────────────────► held ◄──┐ clocks again: the time begins anew
///     │       ▲                                                       │ │ └──┘
///     │       └──── no crowd any more, and no clock was the reason ───┘ │
///     │                                                                 │ an operator agrees; or `second_look` has passed,
///     └──────────── the crowd is gone ──── agreed (if there is one) ◄───┘ and the clocks were right all the while
///
/// - A clock *stepped* when the hot tier's moved otherwise between two looks than this process' monotonic one.
/// - Clocks are *apart* while the hot tier's stands elsewhere than this process' wall clock. No time heals that: one of them
///   is wrong, and who doesn't know which must not act. An operator's agreement is to the difference as it is then.
/// - A *crowd* is more due than ``LifecyclePolicy/sweepBound(of:)``. A second look that finds it again agrees.
///
/// A process that has just begun has no earlier look: then only the two clocks and the crowd count.
struct SweepGuard {
    struct Look {
        /// By the hot tier's clock.
        var now: Timestamp
        /// By this process' clock.
        var wall: Timestamp
        /// Milliseconds since any moment, by a clock that nobody sets.
        var monotonic: Int64
        var census: SweepCensus
    }

    enum Reason: Equatable, Sendable {
        /// By so many milliseconds; negative: backwards.
        case stepped(Int64)
        /// The hot tier's clock is ahead of this process' by so many milliseconds; negative: behind it.
        case apart(Int64)
        case crowd(due: Int, active: Int, bound: Int)
    }

    private struct Hold {
        /// Of the last look that found the clocks wrong, or of the first that found the crowd.
        var since: Int64
        var reason: Reason
    }

    private let policy: LifecyclePolicy
    private var last: Look?
    private var hold: Hold?
    private var isCrowdAgreed = false
    /// How far apart an operator agreed that the clocks are, in milliseconds.
    private var agreedDifference: Int64 = 0
    /// Each agreement counts once.
    private var lastAgreement: Timestamp?

    init(_ policy: LifecyclePolicy) { self.policy = policy }

    /// - Returns: why nothing may be moved; nil: it may.
    mutating func judge(_ look: Look) -> Reason? {
        let clocks = fault(of: look)
        let crowd = crowd(in: look.census)
        last = look
        if hold != nil || clocks != nil || crowd != nil, takeAgreement(look) {
            agreedDifference = look.now.milliseconds &- look.wall.milliseconds
            return release(crowd)
        }
        if let clocks {
            hold = Hold(since: look.monotonic, reason: clocks)
            isCrowdAgreed = false
            return clocks
        }
        if crowd == nil { isCrowdAgreed = false }
        guard let hold else {
            guard let crowd, !isCrowdAgreed else { return nil }
            self.hold = Hold(since: look.monotonic, reason: crowd)
            return crowd
        }
        let isOver = if case .crowd = hold.reason { crowd == nil } else { false }
        guard isOver || look.monotonic &- hold.since >= policy.secondLook else { return hold.reason }
        return release(crowd)
    }

    private mutating func release(_ crowd: Reason?) -> Reason? {
        hold = nil
        isCrowdAgreed = crowd != nil
        return nil
    }

    private func fault(of look: Look) -> Reason? {
        let tolerance = UInt64(policy.clockTolerance)
        if let last {
            let moved = look.now.milliseconds &- last.now.milliseconds
            let step = moved &- (look.monotonic &- last.monotonic)
            if step.magnitude > tolerance { return .stepped(step) }
        }
        let difference = look.now.milliseconds &- look.wall.milliseconds
        let isKnown = [0, agreedDifference].contains { (difference &- $0).magnitude <= tolerance }
        return isKnown ? nil : .apart(difference)
    }

    private func crowd(in census: SweepCensus) -> Reason? {
        let bound = policy.sweepBound(of: census.active)
        return census.due > bound ? .crowd(due: census.due, active: census.active, bound: bound) : nil
    }

    private mutating func takeAgreement(_ look: Look) -> Bool {
        guard let agreed = look.census.agreedAt, agreed != lastAgreement,
            (0...LifecyclePolicy.sweepAgreement).contains(look.now.milliseconds &- agreed.milliseconds)
        else { return false }
        lastAgreement = agreed
        return true
    }
}

extension LifecyclePolicy {
    /// Due sessions of one look, beyond which a sweep waits for a second one.
    func sweepBound(of active: Int) -> Int {
        max(Self.leastSweepBound, Int(Double(active) * sweepBound))
    }
}
