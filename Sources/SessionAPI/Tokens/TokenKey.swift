import JWTKit

/// One key that tokens are checked with. It has one algorithm, whatever a token says: an RSA key's public half can
/// never be taken for an HMAC secret.
struct TokenKey: Sendable {
    let id: String?
    let algorithm: TokenAlgorithm
    private let verifier: any JWTAlgorithm

    /// `[A-Za-z0-9._-]{1,64}`
    static func isID(_ text: String) -> Bool {
        let length = text.utf8.count
        return length > 0 && length <= APILimits.keyIDLength && text.utf8.allSatisfy(\.isPlain)
    }

    func verifies(_ signature: [UInt8], over signed: [UInt8]) -> Bool {
        (try? verifier.verify(signature, signs: signed)) ?? false
    }

    /// `fill` puts the key into a collection of its own, which is how jwt-kit makes its verifiers.
    private init(
        id: String?, algorithm: TokenAlgorithm, fill: (isolated JWTKeyCollection) throws -> Void
    ) async throws(TokenKeyError) {
        let collection = JWTKeyCollection()
        do {
            try await fill(collection)
            verifier = try await collection.getKey(alg: algorithm.rawValue)
        } catch {
            throw .unusable("a key for \(algorithm.rawValue) can't be read")
        }
        guard verifier.name == algorithm.rawValue else { throw .unusable("a key is not for \(algorithm.rawValue)") }
        self.id = id
        self.algorithm = algorithm
    }

    /// At least 32 bytes: as many as the hash has (RFC 7518, section 3.2).
    init(secret: [UInt8], id: String? = nil) async throws(TokenKeyError) {
        guard secret.count >= 32 else { throw .unusable("a secret must have at least 32 bytes") }
        let key = HMACKey(from: secret)
        try await self.init(id: id, algorithm: .hs256) { $0.add(hmac: key, digestAlgorithm: .sha256) }
    }

    /// The public half of a key, as JWKS (RFC 7517) writes it.
    init(jwk: JWK, algorithm: TokenAlgorithm, id: String?) async throws(TokenKeyError) {
        var jwk = jwk
        jwk.keyIdentifier = "only"
        try await self.init(id: id, algorithm: algorithm) { _ = try $0.add(jwk: jwk) }
    }

    /// A public key as `-----BEGIN PUBLIC KEY-----`. Its kind says the algorithm.
    init(pem: String) async throws(TokenKeyError) {
        if let key = try? EdDSA.PublicKey(pem: pem) {
            try await self.init(id: nil, algorithm: .edDSA) { $0.add(eddsa: key) }
        } else if let key = try? ES256PublicKey(pem: pem) {
            try await self.init(id: nil, algorithm: .es256) { $0.add(ecdsa: key) }
        } else if let key = try? Insecure.RSA.PublicKey(pem: pem) {
            try await self.init(id: nil, algorithm: .rs256) { $0.add(rsa: key, digestAlgorithm: .sha256) }
        } else {
            throw .unusable("it holds no public key for RS256 (2048 bits or more), ES256 or EdDSA")
        }
    }
}

/// Why keys can't be used. Names no key material.
public enum TokenKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, String)
    /// A file with secrets must not be readable by others: its mode, in octal.
    case exposed(path: String, mode: String)
    case unusable(String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "the key file \(path) can't be read: \(reason)"
        case .exposed(let path, let mode): "the key file \(path) can be read by others (mode \(mode)); make it 0600"
        case .unusable(let reason): "the key file can't be used: \(reason)"
        }
    }
}
