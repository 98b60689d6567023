/// How strings stand in JSON texts: resolving and writing escapes.
public enum JSONText {
    /// The code point of the escape that begins at `position`, and its length in bytes. A pair of surrogate escapes is
    /// one code point. Nil for anything that is no escape, and for a surrogate alone.
    static func escape(in bytes: some RandomAccessCollection<UInt8>, at position: Int) -> (point: UInt32, length: Int)?
    {
        func byte(_ offset: Int) -> UInt8? {
            let index = bytes.index(bytes.startIndex, offsetBy: position + offset)
            return index < bytes.endIndex ? bytes[index] : nil
        }
        func unit(_ offset: Int) -> UInt32? {
            guard bytes.count - position >= offset + 4 else { return nil }
            var value: UInt32 = 0
            for digit in 0..<4 {
                switch byte(offset + digit) {
                case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                    value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
                case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
                    value = value << 4 | UInt32((byte | 0x20) - UInt8(ascii: "a") + 10)
                default: return nil
                }
            }
            return value
        }
        guard bytes.count - position >= 2, byte(0) == UInt8(ascii: "\\") else { return nil }
        switch byte(1) {
        case UInt8(ascii: "\""): return (0x22, 2)
        case UInt8(ascii: "\\"): return (0x5c, 2)
        case UInt8(ascii: "/"): return (0x2f, 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0c, 2)
        case UInt8(ascii: "n"): return (0x0a, 2)
        case UInt8(ascii: "r"): return (0x0d, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u"):
            guard let first = unit(2) else { return nil }
            switch first {
            case 0xd800...0xdbff:
                guard bytes.count - position >= 12, byte(6) == UInt8(ascii: "\\"), byte(7) == UInt8(ascii: "u"),
                    let second = unit(8), (0xdc00...0xdfff).contains(second)
                else { return nil }
                return (0x10000 + (first - 0xd800) << 10 + (second - 0xdc00), 12)
            case 0xdc00...0xdfff: return nil
            default: return (first, 6)
            }
        default: return nil
        }
    }

    /// The inside of a string that was scanned, with its escapes resolved, as UTF-8.
    static func unescape(_ inner: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(inner.count)
        var index = inner.startIndex
        while index < inner.endIndex {
            if inner[index] == UInt8(ascii: "\\"),
                let (point, length) = escape(in: inner, at: index - inner.startIndex),
                let scalar = Unicode.Scalar(point)
            {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                index += length
            } else {
                output.append(inner[index])
                index += 1
            }
        }
        return output
    }

    /// Appends `text` as a JSON string, quotes included. Escaped are `"`, `\` and the control characters below 0x20.
    public static func write(_ text: some StringProtocol, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case 0x0a: output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0d: output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0x09: output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
