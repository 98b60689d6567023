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

    /// The next pair's place in the buffer, or `nil` if the bytes end inside it.
    mutating func readFastCGIPair() -> FastCGIPair? {
        var length = 0
        guard var pair = self.withUnsafeReadableBytes({ FastCGIPair(in: $0, at: &length) }) else { return nil }
        pair.nameStart += UInt32(truncatingIfNeeded: self.readerIndex)
        self.moveReaderIndex(forwardBy: length)
        return pair
    }
}

/// Where a pair lies in its stream: the value begins where the name ends.
struct FastCGIPair: Sendable {
    var nameStart: UInt32
    var nameLength: UInt32
    var valueLength: UInt32

    var name: Range<Int> { Int(self.nameStart)..<(Int(self.nameStart) + Int(self.nameLength)) }
    var value: Range<Int> { self.name.upperBound..<(self.name.upperBound + Int(self.valueLength)) }

    /// The pair at `position`, which moves behind it; `nil` if the bytes end inside it. A length is a claim: it is compared with
    /// what is there before anything else is done with it.
    init?(in stream: UnsafeRawBufferPointer, at position: inout Int) {
        guard let nameLength = Self.length(stream, &position), let valueLength = Self.length(stream, &position),
            nameLength <= stream.count - position, valueLength <= stream.count - position - nameLength
        else { return nil }
        self.nameStart = UInt32(truncatingIfNeeded: position)
        self.nameLength = UInt32(truncatingIfNeeded: nameLength)
        self.valueLength = UInt32(truncatingIfNeeded: valueLength)
        position += nameLength + valueLength
    }

    private static func length(_ stream: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        guard position < stream.count else { return nil }
        let first = stream[position]
        if first < 0x80 {
            position += 1
            return Int(first)
        }
        guard stream.count - position >= 4 else { return nil }
        let long = stream.loadUnaligned(fromByteOffset: position, as: UInt32.self).bigEndian
        position += 4
        return Int(long & 0x7fff_ffff)
    }
}
