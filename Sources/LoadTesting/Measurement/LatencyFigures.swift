import Histogram

/// Latencies in microseconds.
package struct LatencyFigures: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
        package var percentile: Double
        package var microseconds: Int
    }

    package var count = 0
    package var mean = 0.0
    package var p50 = 0
    package var p90 = 0
    package var p99 = 0
    package var p999 = 0
    package var p9999 = 0
    package var max = 0
    /// The percentiles between, closer and closer to 100: a line of a plot.
    package var curve: [Point] = []

    private enum CodingKeys: String, CodingKey {
        case count, mean, p50, p90, p99, max, curve
        case p999 = "p99_9"
        case p9999 = "p99_99"
    }

    package init() {}

    package init(_ histogram: Histogram<UInt64>, curve isWanted: Bool) {
        count = Int(histogram.totalCount)
        guard count > 0 else { return }
        func at(_ percentile: Double) -> Int { Int(histogram.valueAtPercentile(percentile)) }
        mean = (histogram.mean * 10).rounded() / 10
        (p50, p90, p99, p999, p9999) = (at(50), at(90), at(99), at(99.9), at(99.99))
        max = Int(histogram.max)
        guard isWanted else { return }
        // Eight points for each factor of ten, as far as there are requests to tell.
        var step = 0
        while true {
            let rest = Self.power(step)
            guard rest * Double(count) >= 1 else { break }
            let percentile = 100 * (1 - rest)
            curve.append(Point(percentile: percentile, microseconds: at(percentile)))
            step += 1
        }
    }

    /// 10^(−step/8).
    private static func power(_ step: Int) -> Double {
        var value = 1.0
        for _ in 0..<(step / 8) { value /= 10 }
        let eighth = 0.749_894_209_332_455_8
        for _ in 0..<(step % 8) { value *= eighth }
        return value
    }
}
