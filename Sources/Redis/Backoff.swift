import NIOCore

/// How long to wait before connecting again: exponential with full jitter.
struct Backoff {
    private let first: TimeAmount
    private let longest: TimeAmount
    private var bound: TimeAmount

    init(limits: RedisLimits) {
        first = limits.firstPause
        longest = limits.longestPause
        bound = limits.firstPause
    }

    /// - Parameter fraction: from 0 up to 1, a new random number for each pause.
    mutating func pause(fraction: Double) -> TimeAmount {
        let part = fraction > 0 ? min(fraction, 1) : 0
        let pause = TimeAmount.nanoseconds(Int64(Double(bound.nanoseconds) * part))
        bound = min(bound + bound, longest)
        return pause
    }

    /// To be told of every connection that was in use. One that ended soon is no better than none.
    mutating func lasted(_ time: TimeAmount) {
        if time >= longest { bound = first }
    }
}
