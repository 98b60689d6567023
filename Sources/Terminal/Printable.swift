/// Texts of others, made safe to show: nothing in them ends a line, moves a terminal's cursor or turns the direction of
/// reading.
public enum Printable {
    /// Control, format, private and unassigned characters, and separators of lines, as `\u{1B}`.
    public static func text(_ text: some StringProtocol) -> String {
        guard !text.unicodeScalars.allSatisfy(isPlain) else { return String(text) }
        var output = ""
        for scalar in text.unicodeScalars {
            if isPlain(scalar) {
                output.unicodeScalars.append(scalar)
            } else {
                output += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return output
    }

    /// A JSON text with the same of its characters as escapes: another spelling of the same values. A line feed stays: in
    /// JSON it stands between values alone.
    public static func json(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0 >= 0x7f }) else { return bytes }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 64)
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if isPlain(scalar) || scalar.value < 0x20 {
                output += UTF8.encode(scalar) ?? .init()
            } else {
                for unit in String(scalar).utf16 { output += escape(unit) }
            }
        }
        return output
    }

    private static func escape(_ unit: UInt16) -> [UInt8] {
        let digits = Array(String(unit, radix: 16).utf8)
        return Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.count) + digits
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: false
        default: true
        }
    }

    /// Columns of a terminal that a printable text takes.
    public static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// A printable text of at most so many columns; what is cut off stands as `…`.
    public static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        var (output, used) = ("", 0)
        for character in text {
            let wide = width(String(character))
            guard used + wide < columns else { break }
            output.append(character)
            used += wide
        }
        return output + "…"
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// East Asian wide and full-width characters, and pictographs (UAX #11, by its blocks).
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff,
            0x20000...0x3fffd:
            true
        default: false
        }
    }
}
