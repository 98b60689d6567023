#if canImport(Glibc)
    import Glibc
#endif

/// Finds fields in JSON that the service wrote, without parsing it: it writes no spaces, and each field in its place.
package struct JSONScan {
    private let bytes: UnsafeRawBufferPointer
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Moves behind the next `text`. False, and nowhere, if there is none.
    /// - Parameter pivot: Which byte of it is looked for first: the rarest makes it fast.
    package mutating func find(_ text: StaticString, pivot: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard let base = bytes.baseAddress, bytes.count - position >= length else { return false }
        let byte = Int32(text.utf8Start[pivot])
        var place = position + pivot
        let end = bytes.count - length + pivot + 1
        while place < end, let found = memchr(base + place, byte, end - place) {
            place = UnsafeRawPointer(found) - base
            if memcmp(base + place - pivot, text.utf8Start, length) == 0 {
                position = place - pivot + length
                return true
            }
            place += 1
        }
        return false
    }

    package func isAt(_ text: StaticString) -> Bool {
        guard let base = bytes.baseAddress, bytes.count - position >= text.utf8CodeUnitCount else { return false }
        return memcmp(base + position, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    package mutating func skip(_ count: Int) { position = min(position + count, bytes.count) }

    /// Digits from here on, and moves behind them.
    package mutating func number() -> UInt32? {
        var value: UInt64 = 0
        let start = position
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit <= 9 {
            value = value * 10 + UInt64(digit)
            guard value <= UInt32.max else { return nil }
            position += 1
        }
        return position > start ? UInt32(value) : nil
    }

    /// The 36 bytes of an id from here on, and moves behind them.
    package mutating func id() -> UnsafeRawBufferPointer? {
        guard bytes.count - position >= 36 else { return nil }
        defer { position += 36 }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + 36)])
    }

    package func isAt(_ text: [UInt8]) -> Bool {
        guard bytes.count - position >= text.count, let base = bytes.baseAddress else { return false }
        return text.withUnsafeBytes { other in
            other.baseAddress.map { memcmp(base + position, $0, text.count) == 0 } ?? true
        }
    }
}
