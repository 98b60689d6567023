#if canImport(Glibc)
    import Glibc
#endif

/// When the requests of an open loop are due, whatever became of those before: nanoseconds since its start.
package struct ArrivalSchedule: Sendable {
    /// When the next one is due.
    package private(set) var next: UInt64 = 0
    private let interval: Double
    private let isRandom: Bool
    private var random: SeededRandom
    private var position = 0.0

    /// - Parameters:
    ///   - rate: Requests per second, above 0.
    ///   - isRandom: A Poisson process; else at equal distances.
    package init(rate: Double, isRandom: Bool, seed: UInt64) {
        interval = 1e9 / rate
        self.isRandom = isRandom
        random = SeededRandom(seed, stream: 0xa11)
        if isRandom { advance() }
    }

    package mutating func advance() {
        position += isRandom ? -log(1 - random.unit()) * interval : interval
        next = UInt64(position)
    }
}
