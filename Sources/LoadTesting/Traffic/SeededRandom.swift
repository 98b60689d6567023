/// SplitMix64: the same seed gives the same numbers, on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    /// Sequences that requests' contents are drawn from, apart from each other: those of each source.
    package enum Stream: UInt64 {
        case pick = 1
        case create
        case fill
        case mission
        case visit

        /// - Parameter number: Below 2^56.
        package func of(_ number: UInt64) -> UInt64 { rawValue << 56 | number }
    }

    /// One of many sequences of a seed: what a request sends depends on its draw alone, not on when it was sent.
    package init(_ seed: UInt64, stream: UInt64) {
        state = seed ^ stream &* 0xd134_2543_de82_ef95
        _ = next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// 0 up to, but never, 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// 0 up to, but never, `bound`, which is above 0.
    package mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    package mutating func happens(percent: Double) -> Bool { unit() * 100 < percent }
}
