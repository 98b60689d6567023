import Crypto
import FoundationEssentials
import FuzzSupport
import Glibc
import Logging

@testable import SessionAPI
@testable import SessionModel

/// A verifier, and a second opinion on whom it lets in.
final class Door {
    private(set) var verifier: TokenVerifier
    private let make: () -> TokenVerifier
    /// Whether it knows the secret, and so anything signed with it is honest.
    private let hasSecret: Bool
    private let isBound: Bool
    /// The honest tokens that it must let in, as `Authorization`.
    let letsIn: Set<String>

    static func all() async throws -> [Door] {
        let one = Array(#"{"keys":[\#(Fixtures.rsaKey)]}"#.utf8)
        return [
            Door(try await keys(.secret, Fixtures.secret), hasSecret: true, tokens: [0, 1, 5]),
            Door(
                try await keys(.publicKeys, Array(Fixtures.keySet.utf8)), hasSecret: true,
                tokens: [0, 1, 2, 3, 4, 5]),
            Door(try await keys(.publicKeys, one), hasSecret: false, tokens: [2]),
            Door(try await keys(.secret, Fixtures.secret), isBound: true, hasSecret: true, tokens: [5]),
        ]
    }

    private init(_ keys: TokenKeys, isBound: Bool = false, hasSecret: Bool, tokens: [Int]) {
        guard let rules = TokenRules(issuer: isBound ? "i" : nil, audience: isBound ? "a" : nil) else {
            fatalError("no rules")
        }
        make = { TokenVerifier(keys: keys, rules: rules, cachedTokens: 8) }
        verifier = make()
        self.hasSecret = hasSecret
        self.isBound = isBound
        letsIn = Set(tokens.map { "Bearer \(Fixtures.tokens[$0])" })
    }

    /// Remembers no token any more.
    func forget() { verifier = make() }

    func isHonest(_ authorization: String) -> Bool { letsIn.contains(authorization) }

    /// Whether the token says who `user` is, is in force, and was signed by who has the key.
    func isSigned(_ authorization: String, for user: UserID, now: Double) -> Bool {
        let bytes = Array(authorization.utf8)
        guard bytes.count <= APILimits.tokenBytes + 16, bytes.prefix(7).map({ $0 | 0x20 }) == Array("bearer ".utf8)
        else { return false }
        let token = bytes.dropFirst(7).split(separator: 0x20)
        guard token.count == 1 else { return false }
        let parts = token[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Self.decoded(parts[1]),
            let claims = try? JSONDecoder().decode(Claims.self, from: payload), claims.sub == user.text,
            claims.exp + 30 > now, claims.nbf ?? 0 <= now + 30, claims.iat ?? 0 <= now + 30,
            !isBound || claims.iss == "i" && claims.aud == "a"
        else { return false }
        let signed = token[0][..<parts[1].endIndex]
        // An ECDSA signature has a twin; what was signed is the same.
        let prefix = Array("Bearer ".utf8) + signed + Array(".".utf8)
        if letsIn.contains(where: { $0.utf8.starts(with: prefix) }) { return true }
        guard hasSecret, let code = Self.decoded(parts[2]) else { return false }
        let key = SymmetricKey(data: Fixtures.secret)
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(signed), using: key)
    }

    private struct Claims: Decodable {
        var sub: String
        var exp: Double
        var nbf: Double?
        var iat: Double?
        var iss: String?
        /// One that it holds.
        var aud: String?

        private enum Name: CodingKey { case sub, exp, nbf, iat, iss, aud }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Name.self)
            sub = try values.decode(String.self, forKey: .sub)
            exp = try values.decode(Double.self, forKey: .exp)
            nbf = try values.decodeIfPresent(Double.self, forKey: .nbf)
            iat = try values.decodeIfPresent(Double.self, forKey: .iat)
            iss = try? values.decode(String.self, forKey: .iss)
            if let one = try? values.decode(String.self, forKey: .aud) { aud = one }
            var list = try? values.nestedUnkeyedContainer(forKey: .aud)
            while let end = list?.isAtEnd, !end {
                guard let one = try? list?.decode(String.self) else {
                    _ = try list?.superDecoder()
                    continue
                }
                if aud != "a" { aud = one }
            }
        }
    }

    private static func decoded(_ part: ArraySlice<UInt8>) -> Data? {
        var text = part.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(text))
    }

    /// By a file, as the service has them.
    private static func keys(_ kind: TokenKeySource.Kind, _ bytes: [UInt8]) async throws -> TokenKeys {
        var path = Array("/tmp/fuzz-keys-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else { fatalError("no file") }
        close(descriptor)
        defer { unlink(path) }
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return try await TokenKeys(TokenKeySource(kind, path: name), logger: Logger(label: "fuzz"))
    }
}
