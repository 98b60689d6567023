/// A session's name: 1 to 255 characters, none of them NUL.
public enum SessionName {
    /// Unicode scalars, as SQL's `varchar(255)` and JSON Schema's `maxLength` count them.
    public static let longest = 255

    /// Greater numbers are names like any other: there is room behind it for all that will ever be counted.
    public static let highest: Int64 = 900_000_000_000_000

    public static func isValid(_ name: String) -> Bool {
        let length = name.unicodeScalars.count
        return length > 0 && length <= longest && !name.unicodeScalars.contains("\0")
    }

    /// The name of a session that was created without one.
    public static func numbered(_ number: Int64) -> String { "Session \(number)" }

    /// N of a name that is exactly `Session N`, N from 1 without leading zeros; else nil.
    public static func number(in name: String) -> Int64? {
        guard name.hasPrefix("Session ") else { return nil }
        let digits = name.utf8.dropFirst("Session ".utf8.count)
        guard let first = digits.first, first != UInt8(ascii: "0"), digits.count <= 15,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(Substring(digits)).flatMap { $0 <= highest ? $0 : nil }
    }
}
