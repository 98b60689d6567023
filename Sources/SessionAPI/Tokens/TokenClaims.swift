import SessionModel

/// What a token's payload says (RFC 7519, section 4.1), once it is known to be signed.
struct TokenClaims: Equatable {
    var user: UserID
    /// Seconds since 1970, `leewaySeconds` included.
    var expires: Double
}

extension TokenClaims {
    /// Nil unless every claim holds at `now`, in seconds since 1970.
    init?(_ payload: [UInt8], rules: TokenRules, now: Double) {
        guard let root = (try? JSONTape(payload))?.root, root.kind == .object,
            let subject = root["sub"]?.string, let user = UserID(subject),
            let expires = root["exp"].flatMap(Self.date)
        else { return nil }
        let leeway = Double(rules.leewaySeconds)
        guard expires + leeway > now else { return nil }
        // What must not lie in the future.
        for claim in ["nbf", "iat"] {
            guard let value = root[claim] else { continue }
            guard let time = Self.date(value), time <= now + leeway else { return nil }
        }
        if let issuer = rules.issuer {
            guard root["iss"]?.string.map({ Self.isSame($0, issuer) }) == true else { return nil }
        }
        if let audience = rules.audience {
            guard let value = root["aud"] else { return nil }
            let audiences =
                value.kind == .array ? value.elements.compactMap(\.string) : [value.string].compactMap(\.self)
            guard audiences.contains(where: { Self.isSame($0, audience) }) else { return nil }
        }
        self.user = user
        self.expires = expires + leeway
    }

    /// A NumericDate: seconds, perhaps with a fraction, from 1970 to the end of year 9999. What lies outside is no date
    /// but milliseconds or an attempt at for ever.
    private static func date(_ value: JSONValue) -> Double? {
        guard value.kind == .number, let seconds = Double(String(decoding: value.raw, as: UTF8.self)),
            seconds >= 0, seconds < 253_402_300_800
        else { return nil }
        return seconds
    }

    /// By bytes, not by Unicode's rules.
    private static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
