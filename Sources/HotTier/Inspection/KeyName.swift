import SessionModel

/// A key of the keyspace taken apart: `<prefix>:{<shard>}:<kind>`, or with `:<rest>` behind it, an id as a rule.
public struct KeyName: Sendable, Equatable {
    public let shard: Shard
    /// `session`, `log`: lower-case letters and `_`, at most ``longestKind``.
    public let kind: String
    /// Nil for a kind of which each shard has one key.
    public let rest: String?

    /// Of a key that is one user's: whose, read out of its ``UserID/keyText``.
    public var user: UserID? {
        rest.flatMap { PercentEncoding.decode($0, plusIsSpace: false) }.flatMap(UserID.init)
    }

    /// Bytes. What is longer is none of ours.
    public static let longestKind = 16

    /// Nil for a key of another prefix, or of none.
    public init?(_ key: String, prefix: String) {
        guard key.hasPrefix("\(prefix):{"), let brace = key.firstRange(of: "}:") else { return nil }
        let number = key[key.index(key.startIndex, offsetBy: prefix.count + 2)..<brace.lowerBound]
        let parts = key[brace.upperBound...].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let shard = UInt16(number), String(shard) == number, let kind = parts.first,
            (1...Self.longestKind).contains(kind.utf8.count),
            kind.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        self.shard = Shard(number: shard)
        self.kind = String(kind)
        rest = parts.count > 1 ? String(parts[1]) : nil
    }
}
