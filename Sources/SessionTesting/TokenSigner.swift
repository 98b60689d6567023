import Crypto
import FoundationEssentials

/// Makes JSON Web Tokens signed by HS256 (RFC 7515, RFC 7519); also ones that no issuer would make.
public struct TokenSigner: Sendable {
    private let key: SymmetricKey

    public init(secret: String) {
        key = SymmetricKey(data: Array(secret.utf8))
    }

    /// A good token.
    /// - Parameters:
    ///   - user: Its `sub`; must need no escaping in JSON.
    ///   - seconds: How long it is good for; negative: how long it has not been.
    ///   - claims: More of the payload, as JSON members: `"aud":"sessiond"`.
    public func token(user: String, expiresIn seconds: Int = 3600, claims: String? = nil) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let more = claims.map { ",\($0)" } ?? ""
        return token(payload: #"{"sub":"\#(user)","iat":\#(now),"exp":\#(now + seconds)\#(more)}"#)
    }

    /// Signs whatever it is given.
    public func token(header: String = #"{"alg":"HS256","typ":"JWT"}"#, payload: String) -> String {
        let signed = "\(base64URL(Array(header.utf8))).\(base64URL(Array(payload.utf8)))"
        let signature = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return "\(signed).\(base64URL(Array(signature)))"
    }
}

private func base64URL(_ bytes: [UInt8]) -> String {
    let text = Data(bytes).base64EncodedString()
    return String(
        text.compactMap { character -> Character? in
            switch character {
            case "+": "-"
            case "/": "_"
            case "=": nil
            case let other: other
            }
        })
}
