/// Pauses between tries: doubled after each failure up to a bound, with full jitter so that several processes don't
/// try together.
struct Backoff {
    private let first: Int64
    private let longest: Int64
    private var current: Int64

    /// Milliseconds.
    init(first: Int64 = 50, longest: Int64 = 5_000) {
        self.first = first
        self.longest = longest
        current = first
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Int64 {
        defer { current = min(current * 2, longest) }
        return Int64.random(in: current / 2...current, using: &generator)
    }

    mutating func reset() { current = first }
}
