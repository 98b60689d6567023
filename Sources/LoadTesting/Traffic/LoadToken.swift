import Crypto
import FoundationEssentials

/// Makes the tokens of a workload's users: HS256 (RFC 7515, RFC 7519), with the secret that the service checks with.
package struct LoadToken: Sendable {
    private let key: SymmetricKey
    private let claims: String

    /// - Parameters:
    ///   - secret: At least 32 bytes.
    ///   - issuer, audience: What the service's `tokens.issuer` and `tokens.audience` ask for.
    package init(secret: String, issuer: String? = nil, audience: String? = nil) {
        key = SymmetricKey(data: Array(secret.utf8))
        var claims = ""
        if let issuer { claims += #","iss":"\#(issuer)""# }
        if let audience { claims += #","aud":"\#(audience)""# }
        self.claims = claims
    }

    /// - Parameters:
    ///   - user: Needs no escaping in JSON.
    ///   - now: Seconds since 1970. The token is good for two days: a day is the longest run.
    package func token(user: String, now: Int) -> String {
        let payload = #"{"sub":"\#(user)","iat":\#(now),"exp":\#(now + 172_800)\#(claims)}"#
        let signed = "\(Self.base64URL(#"{"alg":"HS256","typ":"JWT"}"#.utf8)).\(Self.base64URL(payload.utf8))"
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return "\(signed).\(Self.base64URL(code))"
    }

    private static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedString().utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: byte
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
