import Crypto
import FoundationEssentials

/// The master keys that hide metadata: several, so that a new one can take over while the old ones still open; the last
/// one seals.
public struct KeyRing: Sendable {
    /// Bytes of a key's id.
    public static let longestID = 32

    let keys: [String: SymmetricKey]
    /// The id of the key that seals.
    public let current: String
    /// Of all, in the order of the text: the last one seals.
    public let ids: [String]

    /// Reads the ring's text: a line for each key, its id (`a–z`, `0–9`, `-`), a space, and 32 bytes in base64. Empty lines
    /// and those that begin with `#` are skipped.
    public init(_ text: String) throws(KeyRingError) {
        var keys: [String: SymmetricKey] = [:]
        var ids: [String] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, Self.isID(parts[0]), let bytes = Data(base64Encoded: String(parts[1])),
                bytes.count == 32
            else { throw KeyRingError("line \(index + 1) is not a key: <id> <32 bytes in base64>") }
            guard keys.updateValue(SymmetricKey(data: bytes), forKey: String(parts[0])) == nil else {
                throw KeyRingError("line \(index + 1): this key's id stands twice")
            }
            ids.append(String(parts[0]))
        }
        guard let current = ids.last else { throw KeyRingError("it holds no key") }
        self.keys = keys
        self.current = current
        self.ids = ids
    }

    /// The text of a ring with one new key.
    public static func newText() -> String {
        """
        # Keys that hide metadata, one a line. The last one seals, all of them open: `sessionctl keys rotate` changes keys.
        # Without this file nothing sealed can ever be read again. Keep a copy where the database's backups are not.
        \(newLine("k1"))

        """
    }

    /// A line with a new key.
    public static func newLine(_ id: String) -> String {
        "\(id) \(SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() })"
    }

    private static func isID(_ text: Substring) -> Bool {
        (1...longestID).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

public struct KeyRingError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
