/// Which rates a search for the highest one tries: 0.6 of what a closed loop reached, then all of that, then twice as much
/// each time until one fails; from there on the middle between what holds and what fails.
///
/// Nothing is assumed to be the most: the closed loop has few connections, and may wait where an open one doesn't.
package struct RateSearch: Sendable {
    /// Where what holds and what fails are as near, relative to what fails, the search ends.
    private static let precision = 0.03

    private let reached: Double
    private var holds: Double?
    private var fails: Double?
    private var tried = 0

    /// - Parameter reached: Requests per second of the closed loop.
    package init(reached: Double) { self.reached = min(max(reached.rounded(), 1), LoadLimits.rate) }

    /// Whole requests per second, at least 1; nil at the search's end.
    package var next: Double? {
        guard tried < LoadLimits.searchSteps else { return nil }
        guard let fails else {
            guard let holds else { return max((reached * 0.6).rounded(), 1) }
            if holds < reached { return reached }
            return holds < LoadLimits.rate ? min(holds * 2, LoadLimits.rate) : nil
        }
        let holds = holds ?? 0
        let middle = ((holds + fails) / 2).rounded()
        return fails - holds > fails * Self.precision && middle > holds && middle < fails ? middle : nil
    }

    /// What became of ``next``.
    package mutating func note(_ rate: Double, holds isGood: Bool) {
        tried += 1
        if isGood { holds = rate } else { fails = rate }
    }
}
