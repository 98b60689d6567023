import SessionModel

/// Finds out whose a request is, for one event loop: by the tokens it remembers, else by the keys.
final class TokenVerifier {
    /// Nil is the only way to fail: nobody learns why.
    enum Outcome: Equatable {
        case remembered(UserID)
        case verified(UserID)
        case refused
    }

    private let keys: TokenKeys
    private let rules: TokenRules
    private var cache: TokenCache
    private var set: TokenKeySet
    private var generation: UInt64

    init(keys: TokenKeys, rules: TokenRules, cachedTokens: Int) {
        self.keys = keys
        self.rules = rules
        cache = TokenCache(capacity: cachedTokens)
        // In this order: a change in between is seen as a change.
        generation = keys.generation
        set = keys.set
    }

    /// `header` is the value of `Authorization`, `now` in seconds since 1970.
    func user(of header: String?, now: Double) -> Outcome {
        guard let header else { return .refused }
        let generation = keys.generation
        if generation != self.generation {
            self.generation = generation
            set = keys.set
            cache.removeAll()
        }
        if let user = cache.user(of: header, now: now) { return .remembered(user) }
        guard let token = Self.token(in: header), let claims = claims(of: token, now: now) else { return .refused }
        cache.insert(header, claims, now: now)
        return .verified(claims.user)
    }

    /// Until when the token of a request that was just let in is good.
    func expiry(of header: String?) -> Timestamp? {
        header.flatMap(cache.expiry).map { Timestamp(milliseconds: Int64(min($0, 1e12) * 1000)) }
    }

    /// The token behind `Bearer` (RFC 6750, section 2.1; the scheme in any case), of a length worth looking at.
    private static func token(in header: String) -> Substring.UTF8View? {
        guard header.utf8.count <= APILimits.tokenBytes + 16 else { return nil }
        guard header.utf8.prefix(6).elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        var rest = header.utf8.dropFirst(6)
        guard rest.first == 0x20 else { return nil }
        rest = rest.drop { $0 == 0x20 }
        while rest.last == 0x20 { rest.removeLast() }
        return rest.count <= APILimits.tokenBytes ? rest : nil
    }

    /// Of the header nothing is believed: it says which key and algorithm it expects, and both must be what our own key
    /// says. A key that it brings along, or the address of one, is not looked at; what it calls critical (`crit`) isn't
    /// understood here.
    private func claims(of token: Substring.UTF8View, now: Double) -> TokenClaims? {
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let headerBytes = Base64URL.decode(parts[0]),
            let header = (try? JSONTape(headerBytes))?.root, header.kind == .object, header["crit"] == nil,
            let algorithm = header["alg"]?.string, rules.algorithms.contains(where: { $0.rawValue == algorithm })
        else { return nil }
        var id: String?
        if let value = header["kid"] {
            guard let text = value.string, TokenKey.isID(text) else { return nil }
            id = text
        }
        guard let key = set.key(id: id, algorithm: algorithm), let signature = Base64URL.decode(parts[2]),
            key.verifies(signature, over: Array(token[..<parts[1].endIndex])),
            let payload = Base64URL.decode(parts[1])
        else { return nil }
        return TokenClaims(payload, rules: rules, now: now)
    }
}
