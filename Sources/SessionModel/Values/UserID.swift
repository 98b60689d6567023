/// A person, as the token's `sub` names them: an opaque text of 1 to 128 bytes of UTF-8 without control characters.
public struct UserID: Hashable, Sendable {
    /// Bytes of UTF-8.
    public static let longest = 128

    public let text: String

    public init?(_ text: String) {
        let length = text.utf8.count
        guard length > 0, length <= Self.longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
        self.text = text
    }

    /// By bytes: ids that only look alike to Unicode's rules are two people.
    public static func == (left: UserID, right: UserID) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    /// Whether it is written as a JSON number: `0`, or digits (behind a minus) that do not begin with 0.
    public var isCanonicalInteger: Bool {
        var digits = text.utf8[...]
        let negative = digits.first == UInt8(ascii: "-")
        if negative { digits = digits.dropFirst() }
        guard let first = digits.first, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return false }
        return first != UInt8(ascii: "0") || (digits.count == 1 && !negative)
    }

    /// The form in which it stands in keys: letters, digits, `.`, `_`, `~`, `-` and `@` as they are, every other byte
    /// as `%XX`, so that no user's id can shift a field of a key or close its braces.
    public var keyText: String {
        if text.utf8.allSatisfy(Self.isPlain) { return text }
        var output: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if Self.isPlain(byte) {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "-"), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
