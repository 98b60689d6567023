import Crypto
public import SessionModel

/// Makes tokens, for development and tests: the tools sign with the same secret that the service checks with.
public enum TokenMint {
    /// An HS256 token. `expires` and `issued` in seconds since 1970.
    public static func token(
        user: UserID, secret: [UInt8], issued: Int64, expires: Int64, issuer: String? = nil, audience: String? = nil
    ) -> String {
        var claims = JSONObjectWriter(reserving: 160)
        claims.member("sub", user.text)
        claims.member("iat", issued)
        claims.member("exp", expires)
        if let issuer { claims.member("iss", issuer) }
        if let audience { claims.member("aud", audience) }
        return sign(header: Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), payload: claims.finish(), secret: secret)
    }

    static func sign(header: [UInt8], payload: [UInt8], secret: [UInt8]) -> String {
        let signed = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: secret))
        return signed + "." + Base64URL.encode(code)
    }
}
