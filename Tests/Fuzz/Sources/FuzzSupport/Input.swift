/// One fuzzed input, consumed from its front. Beyond its end everything is 0 or empty.
public struct Input {
    public private(set) var rest: ArraySlice<UInt8>

    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        rest = ArraySlice(UnsafeBufferPointer(start: start, count: count))
    }

    public var isEmpty: Bool { rest.isEmpty }

    public mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    public mutating func number() -> Int { Int(byte()) }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// As many bytes as the next one says.
    public mutating func piece() -> [UInt8] { bytes(number()) }

    /// Up to a byte that is in no UTF-8 text, which is taken away too.
    public mutating func text() -> [UInt8] {
        let end = rest.firstIndex(of: 0xff) ?? rest.endIndex
        defer { rest = rest[end...].dropFirst() }
        return Array(rest[..<end])
    }
}
