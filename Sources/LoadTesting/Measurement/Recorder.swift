import Histogram

/// What one measured window has seen.
package struct Recorder: Sendable {
    /// In microseconds. Three digits.
    private static let longest = UInt64(LoadLimits.latencySeconds * 1e6)

    private static func histogram() -> Histogram<UInt64> { Histogram(highestTrackableValue: longest) }

    private var histograms: [Histogram<UInt64>?] = Array(repeating: nil, count: Operation.allCases.count)
    /// Of the current second.
    private var interval = histogram()
    private var intervalErrors = 0
    package private(set) var answered = 0
    package private(set) var errors = 0
    package private(set) var notSent = 0
    package private(set) var counts: [Violation.Kind: Int] = [:]
    package private(set) var shown: [String] = []

    package init() {}

    package var violations: Int { counts.values.reduce(0, +) }

    /// An answer without fault.
    package mutating func record(_ operation: Int, microseconds: UInt64) {
        let value = min(microseconds, Self.longest)
        if histograms[operation] == nil { histograms[operation] = Self.histogram() }
        _ = histograms[operation]?.record(value)
        _ = interval.record(value)
        answered += 1
    }

    package mutating func record(_ violation: Violation) {
        counts[violation.kind, default: 0] += 1
        if shown.count < LoadLimits.shownViolations { shown.append("\(violation.kind.rawValue): \(violation.text)") }
        errors += 1
        intervalErrors += 1
    }

    /// An arrival that found too many requests outstanding.
    package mutating func recordNotSent() {
        notSent += 1
        errors += 1
        intervalErrors += 1
    }

    /// The figures since the last call.
    package mutating func takeInterval() -> (latency: LatencyFigures, errors: Int) {
        let figures = LatencyFigures(interval, curve: false)
        let errors = intervalErrors
        interval.reset()
        intervalErrors = 0
        return (figures, errors)
    }

    /// By operation, those that were asked for.
    package var figures: [(Operation, LatencyFigures)] {
        Operation.measured.compactMap { operation in
            histograms[operation.index].map { (operation, LatencyFigures($0, curve: true)) }
        }
    }

    /// Of all operations together.
    package var total: LatencyFigures {
        var sum = Self.histogram()
        for case let histogram? in histograms { sum.add(histogram) }
        return LatencyFigures(sum, curve: true)
    }
}
