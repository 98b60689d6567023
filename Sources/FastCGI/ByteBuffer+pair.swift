import NIOCore

/// Name-value pairs (FastCGI 1.0, section 3.4): two lengths, then the name, then the value. A length is one byte below
/// 128, else four with the top bit set.
extension ByteBuffer {
    /// A pair, its lengths in their short form where they fit. Names and values are below 2³¹ bytes.
    public mutating func writeFastCGIPair(name: String, value: String) {
        self.writeFastCGILength(name.utf8.count)
        self.writeFastCGILength(value.utf8.count)
        self.writeString(name)
        self.writeString(value)
    }

    private mutating func writeFastCGILength(_ length: Int) {
        if length < 0x80 {
            self.writeInteger(UInt8(truncatingIfNeeded: length))
        } else {
            self.writeInteger(UInt32(truncatingIfNeeded: length) | 0x8000_0000)
        }
    }

    /// The next pair's place, or `nil` if the bytes end inside it. A length is a claim: it is compared with what is
    /// there before anything else is done with it.
    mutating func readFastCGIPair() -> FastCGIPair? {
        guard let nameLength = self.readFastCGILength(), let valueLength = self.readFastCGILength() else { return nil }
        let nameStart = self.readerIndex
        guard nameLength <= self.readableBytes, valueLength <= self.readableBytes - nameLength else { return nil }
        self.moveReaderIndex(forwardBy: nameLength + valueLength)
        return FastCGIPair(
            nameStart: UInt32(truncatingIfNeeded: nameStart),
            nameLength: UInt32(truncatingIfNeeded: nameLength),
            valueLength: UInt32(truncatingIfNeeded: valueLength)
        )
    }

    private mutating func readFastCGILength() -> Int? {
        guard let first = self.getInteger(at: self.readerIndex, as: UInt8.self) else { return nil }
        if first < 0x80 {
            self.moveReaderIndex(forwardBy: 1)
            return Int(first)
        }
        guard let long = self.readInteger(as: UInt32.self) else { return nil }
        return Int(long & 0x7fff_ffff)
    }
}

/// Where a pair lies in its buffer: the value begins where the name ends.
struct FastCGIPair: Sendable {
    var nameStart: UInt32
    var nameLength: UInt32
    var valueLength: UInt32

    var name: Range<Int> { Int(self.nameStart)..<(Int(self.nameStart) + Int(self.nameLength)) }
    var value: Range<Int> { self.name.upperBound..<(self.name.upperBound + Int(self.valueLength)) }
}
