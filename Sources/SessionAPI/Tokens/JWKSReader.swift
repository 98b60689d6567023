import JWTKit
import SessionModel

/// Reads a JWK Set (RFC 7517). Keys for encryption and for algorithms that are not ours are passed over; one of ours
/// that is malformed makes the whole set unusable, as does a private key, which has no business here.
struct JWKSReader {
    private let file: KeyFile
    private let root: JSONValue

    init(_ file: KeyFile) throws(TokenKeyError) {
        self.file = file
        do { root = try JSONTape(file.bytes).root } catch { throw .unusable("it \(error.reason.rawValue)") }
        guard root["keys"]?.kind == .array else { throw .unusable("it is neither PEM nor a JWKS") }
    }

    func keys() async throws(TokenKeyError) -> [TokenKey] {
        var keys: [TokenKey] = []
        guard let list = root["keys"] else { return keys }
        for entry in list.elements {
            if let key = try await key(entry) { keys.append(key) }
        }
        return keys
    }

    private func key(_ entry: JSONValue) async throws(TokenKeyError) -> TokenKey? {
        if let use = entry["use"]?.string, use != "sig" { return nil }
        guard let algorithm = Self.algorithm(of: entry) else { return nil }
        let id = entry["kid"]?.string
        guard id.map(TokenKey.isID) ?? true else { throw .unusable("a `kid` is not [A-Za-z0-9._-]{1,64}") }
        guard entry["d"] == nil else { throw .unusable("it holds a private key") }
        let name = id.map { JWKIdentifier(string: $0) }
        switch algorithm {
        case .hs256:
            try file.refuseExposure()
            guard let secret = entry["k"]?.string, let bytes = Base64URL.decode(secret.utf8) else {
                throw .unusable("a secret can't be decoded")
            }
            return try await TokenKey(secret: bytes, id: id)
        case .rs256:
            let key = JWK.rsa(.rs256, identifier: name, modulus: entry["n"]?.string, exponent: entry["e"]?.string)
            return try await TokenKey(jwk: key, algorithm: algorithm, id: id)
        case .es256:
            let key = JWK.ecdsa(.es256, identifier: name, x: entry["x"]?.string, y: entry["y"]?.string, curve: .p256)
            return try await TokenKey(jwk: key, algorithm: algorithm, id: id)
        case .edDSA:
            let key = JWK.octetKeyPair(
                .eddsa, identifier: name, x: entry["x"]?.string, y: nil, curve: .ed25519)
            return try await TokenKey(jwk: key, algorithm: algorithm, id: id)
        }
    }

    /// What the key's type is for; nil if that isn't one of ours, or not what its `alg` says.
    private static func algorithm(of entry: JSONValue) -> TokenAlgorithm? {
        let algorithm: TokenAlgorithm
        switch (entry["kty"]?.string, entry["crv"]?.string) {
        case ("oct", _): algorithm = .hs256
        case ("RSA", _): algorithm = .rs256
        case ("EC", "P-256"): algorithm = .es256
        case ("OKP", "Ed25519"): algorithm = .edDSA
        default: return nil
        }
        if let named = entry["alg"], named.string != algorithm.rawValue { return nil }
        return algorithm
    }
}
