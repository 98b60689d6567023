/// What a token must say to be accepted.
public struct TokenRules: Sendable, Equatable {
    /// `iss` must be this.
    public var issuer: String?
    /// `aud` must be this, or hold it.
    public var audience: String?
    /// Seconds by which clocks may differ, for `exp`, `nbf` and `iat`.
    public let leewaySeconds: Int
    public var algorithms: Set<TokenAlgorithm>

    /// Seconds: beyond it an expiry means nothing.
    public static let longestLeeway = 60

    /// Nil when the leeway is not 0 to 60 s, or no algorithm is allowed.
    public init?(
        issuer: String? = nil, audience: String? = nil, leewaySeconds: Int = 30,
        algorithms: Set<TokenAlgorithm> = Set(TokenAlgorithm.allCases)
    ) {
        guard (0...Self.longestLeeway).contains(leewaySeconds), !algorithms.isEmpty else { return nil }
        self.issuer = issuer
        self.audience = audience
        self.leewaySeconds = leewaySeconds
        self.algorithms = algorithms
    }
}
