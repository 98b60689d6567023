#if canImport(Glibc)
    import Glibc
#endif

/// Where values lie on an axis: 0 at its start, 1 at its end.
enum PlotScale {
    /// From 0.
    case linear(max: Double)
    case logarithmic(min: Double, max: Double)
    /// Percentiles, each further nine as far from the one before: 0, 90, 99, 99.9 … `nines` are shown.
    case percentiles(nines: Double)

    func place(_ value: Double) -> Double {
        let place =
            switch self {
            case .linear(let max): value / max
            case .logarithmic(let low, let high): log(Swift.max(value, low) / low) / log(high / low)
            case .percentiles(let nines): -log10(Swift.max(1 - value / 100, 1e-12)) / nines
            }
        return Swift.min(Swift.max(place, 0), 1)
    }

    /// What is written at the axis.
    var ticks: [Double] {
        switch self {
        case .linear(let max):
            let step = Self.step(max)
            return stride(from: 0, through: max * 1.0001, by: step).map { $0 }
        case .logarithmic(let low, let high):
            return Self.powers(low, high)
        case .percentiles(let nines):
            return [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter {
                $0 == 50 || PlotScale.nines($0) <= nines + 0.01
            }
        }
    }

    private static func nines(_ percentile: Double) -> Double { -log10(1 - percentile / 100) }

    private static func powers(_ low: Double, _ high: Double) -> [Double] {
        var ticks: [Double] = []
        var power = pow(10, floor(log10(low)))
        while power <= high * 1.001 {
            for factor in [1.0, 2, 5] where power * factor >= low * 0.999 && power * factor <= high * 1.001 {
                ticks.append(power * factor)
            }
            power *= 10
        }
        return ticks.count > 9
            ? ticks.filter { log10($0).rounded() == log10($0) || abs(log10($0) - log10($0).rounded()) < 1e-9 } : ticks
    }

    private static func step(_ max: Double) -> Double {
        let power = pow(10, floor(log10(max / 5)))
        return [1.0, 2, 5, 10].map { $0 * power }.first { max / $0 <= 6 } ?? max
    }

    /// A linear one that ends at a round value above `most`.
    static func linear(above most: Double) -> PlotScale {
        guard most > 0 else { return .linear(max: 1) }
        let step = step(most * 1.05)
        return .linear(max: ceil(most * 1.05 / step) * step)
    }

    /// A logarithmic one around values above 0, that ends at 1, 2 or 5 times a power of ten.
    static func logarithmic(around values: [Double]) -> PlotScale {
        let positive = values.filter { $0 > 0 }
        guard let least = positive.min(), let most = positive.max() else { return .logarithmic(min: 0.1, max: 10) }
        func rounded(_ value: Double, up: Bool) -> Double {
            let power = pow(10, floor(log10(value)))
            let steps = [1.0, 2, 5, 10].map { $0 * power }
            return up ? steps.first { $0 >= value * 0.999 } ?? power * 10 : steps.last { $0 <= value * 1.001 } ?? power
        }
        let low = rounded(least * 0.9, up: false)
        return .logarithmic(min: low, max: Swift.max(rounded(most * 1.1, up: true), low * 10))
    }
}
