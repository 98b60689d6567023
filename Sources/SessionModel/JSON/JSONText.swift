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
                guard let hex = byte(offset + digit).flatMap(hexadecimal) else { return nil }
                value = value << 4 | hex
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

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The inside of a string that was scanned, with its escapes resolved, as UTF-8.
    static func unescape(_ inner: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(inner.count)
        var rest = inner
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            output += rest[..<escape]
            guard let (point, length) = self.escape(in: rest[escape...], at: 0), let scalar = Unicode.Scalar(point)
            else {
                return output + rest[escape...]
            }
            if point < 0x80 { output.append(UInt8(point)) } else { output += UTF8.encode(scalar) ?? .init() }
            rest = rest[(escape + length)...]
        }
        output += rest
        return output
    }

    /// Appends `text` as a JSON string, quotes included. Escaped are `"`, `\` and the control characters below 0x20; what
    /// lies between them is copied as a whole.
    public static func write(_ text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var (start, index) = (0, 0)
            while index < bytes.count {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                    index = max(index + 1, UnsafeRawBufferPointer(bytes).endOfPlainRun(from: index))
                    continue
                }
                output += UnsafeBufferPointer(rebasing: bytes[start..<index])
                writeEscape(of: byte, into: &output)
                index += 1
                start = index
            }
            output += UnsafeBufferPointer(rebasing: bytes[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func writeEscape(of byte: UInt8, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0a: output.append(UInt8(ascii: "n"))
        case 0x0d: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0..<0x20:
            output += "u00".utf8
            output.append(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0xf
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        default: output.append(byte)
        }
    }
}
