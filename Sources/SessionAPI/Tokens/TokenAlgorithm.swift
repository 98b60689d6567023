/// The algorithms a token may be signed by (RFC 7518, RFC 8037). A key has one; a token can't choose.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
