import JWTKit
import SessionModel

/// The keys of one file.
struct TokenKeySet: Sendable {
    let keys: [TokenKey]

    /// With several keys each must have an id of its own: a token is never tried against one key after another.
    init(_ keys: [TokenKey]) throws(TokenKeyError) {
        guard !keys.isEmpty else { throw .unusable("it holds no key for HS256, RS256, ES256 or EdDSA") }
        guard keys.count <= APILimits.tokenKeys else { throw .unusable("more than \(APILimits.tokenKeys) keys") }
        let ids = keys.compactMap(\.id)
        guard keys.count == 1 || ids.count == keys.count, Set(ids).count == ids.count else {
            throw .unusable("of several keys each needs a `kid` of its own")
        }
        self.keys = keys
    }

    /// The key that a token with this header must be signed by. A token without `kid` means the only key of its
    /// algorithm; a key without one is alone, and meant by every token.
    func key(id: String?, algorithm: String) -> TokenKey? {
        if let id {
            let named = keys.first { $0.id == id } ?? (keys.count == 1 && keys[0].id == nil ? keys[0] : nil)
            return named?.algorithm.rawValue == algorithm ? named : nil
        }
        let fitting = keys.filter { $0.algorithm.rawValue == algorithm }
        return fitting.count == 1 ? fitting[0] : nil
    }

    /// Reads a file: a secret as it is (without the line's end), a PEM public key, or a JWKS.
    init(_ file: KeyFile, as kind: TokenKeySource.Kind) async throws(TokenKeyError) {
        var bytes = file.bytes
        while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
        let isPEM = bytes.starts(with: "-----BEGIN".utf8)
        switch kind {
        case .secret:
            // Whoever configures a public key as a secret opens the door to everybody who has it.
            guard !isPEM else { throw .unusable("it is a PEM key, not a secret") }
            try file.refuseExposure()
            try await self.init([TokenKey(secret: bytes)])
        case .publicKeys:
            if isPEM {
                try await self.init([TokenKey(pem: String(decoding: bytes, as: UTF8.self))])
            } else {
                try await self.init(JWKSReader(file).keys())
            }
        }
    }
}
