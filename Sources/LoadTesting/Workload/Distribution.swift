import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// How sizes or times are spread.
package enum Distribution: Equatable, Sendable {
    case fixed(Double)
    case uniform(Double, Double)
    /// Log-normal, as lengths of texts and pauses of people are, cut at `max`.
    case logNormal(median: Double, sigma: Double, max: Double)

    /// The 99th percentile of a normal distribution, in standard deviations.
    private static let deviations = 2.326_347_87

    package static func logNormal(median: Double, p99: Double, max: Double) -> Distribution {
        .logNormal(median: median, sigma: log(p99 / median) / deviations, max: max)
    }

    package func sample(_ random: inout SeededRandom) -> Double {
        switch self {
        case .fixed(let value): return value
        case .uniform(let low, let high): return low + (high - low) * random.unit()
        case .logNormal(let median, let sigma, let limit):
            // Box and Muller; 1 − u is never 0.
            let normal = (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
            return min(median * exp(sigma * normal), limit)
        }
    }

    /// The most that it gives.
    package var largest: Double {
        switch self {
        case .fixed(let value): value
        case .uniform(_, let high): high
        case .logNormal(_, _, let limit): limit
        }
    }

    /// What it gives in the middle.
    package var typical: Double {
        switch self {
        case .fixed(let value): value
        case .uniform(let low, let high): (low + high) / 2
        case .logNormal(let median, _, _): median
        }
    }
}
