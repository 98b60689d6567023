import Crypto
import CryptoExtras
import Foundation
import Logging
import SessionModel
import Testing

@testable import SessionAPI

/// Table of attacks and rules: each forged token must be refused by a verifier that accepts the honest one beside it.
@Suite struct TokenTests {
    static let now = 1_795_427_115.0
    static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    static let quiet = Logger(label: "quiet", factory: { _ in SwiftLogNoOpLogHandler() })

    private static let madeRSA = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    static var rsa: _RSA.Signing.PrivateKey { get throws { try madeRSA.get() } }
    static let ec = P256.Signing.PrivateKey()
    static let ed = Curve25519.Signing.PrivateKey()

    private static func verifier(
        _ source: TokenKeySource.Kind, _ bytes: [UInt8], mode: Int = 0o600, issuer: String? = nil,
        audience: String? = nil, algorithms: Set<TokenAlgorithm> = Set(TokenAlgorithm.allCases)
    ) async throws -> TokenVerifier {
        let folder = try TemporaryFolder()
        let path = try folder.write("keys", bytes, mode: mode)
        let keys = try await TokenKeys(TokenKeySource(source, path: path), logger: quiet)
        let rules = try #require(TokenRules(issuer: issuer, audience: audience, algorithms: algorithms))
        return TokenVerifier(keys: keys, rules: rules, cachedTokens: 100)
    }

    private static func claims(_ extra: String = "", exp: String = "1795430715") -> String {
        #"{"sub":"42","exp":\#(exp)\#(extra.isEmpty ? "" : "," + extra)}"#
    }

    private static func token(
        _ header: String, _ payload: String, sign: ([UInt8]) throws -> some Sequence<UInt8>
    ) rethrows -> String {
        let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
        return signed + "." + Base64URL.encode(try sign(Array(signed.utf8)))
    }

    private static func hmac(_ header: String, _ payload: String, _ key: [UInt8] = secret) -> String {
        TokenMint.sign(header: Array(header.utf8), payload: Array(payload.utf8), secret: key)
    }

    private static func jwks() throws -> String {
        func encoded(_ bytes: some Sequence<UInt8>) -> String { Base64URL.encode(bytes) }
        let point = ec.publicKey.rawRepresentation
        let numbers = try rsa.publicKey.getKeyPrimitives()
        return """
            {"keys":[
              {"kty":"RSA","kid":"r","alg":"RS256","use":"sig","n":"\(encoded(numbers.modulus))","e":"\(encoded(numbers.publicExponent))"},
              {"kty":"EC","kid":"e","crv":"P-256","x":"\(encoded(point.prefix(32)))","y":"\(encoded(point.suffix(32)))"},
              {"kty":"OKP","kid":"o","crv":"Ed25519","x":"\(encoded(ed.publicKey.rawRepresentation))"},
              {"kty":"RSA","kid":"x","alg":"RSA-OAEP","n":"AQAB","e":"AQAB"},
              {"kty":"RSA","kid":"enc","use":"enc","n":"AQAB","e":"AQAB"},
              {"kty":"EC","kid":"p384","crv":"P-384","alg":"ES384","x":"AA","y":"AA"}
            ]}
            """
    }

    private static func rs256(_ header: String, _ payload: String) throws -> String {
        try token(header, payload) { bytes in
            try rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    private func accepts(_ verifier: TokenVerifier, _ token: String, scheme: String = "Bearer ") -> Bool {
        switch verifier.user(of: scheme + token, now: Self.now) {
        case .verified(let user), .remembered(let user): user.text == "42"
        case .refused: false
        }
    }

    @Test func aTokenOfEachAlgorithmIsAccepted() async throws {
        let hs = try await Self.verifier(.secret, Self.secret + [0x0a])
        #expect(accepts(hs, Self.hmac(#"{"alg":"HS256"}"#, Self.claims())))
        #expect(accepts(hs, Self.hmac(#"{"alg":"HS256","kid":"any"}"#, Self.claims())))
        let set = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8), mode: 0o644)
        #expect(accepts(set, try Self.rs256(#"{"alg":"RS256","kid":"r"}"#, Self.claims())))
        #expect(accepts(set, try Self.rs256(#"{"alg":"RS256"}"#, Self.claims())))
        #expect(
            accepts(
                set,
                try Self.token(#"{"alg":"ES256","kid":"e"}"#, Self.claims()) {
                    try Self.ec.signature(for: $0).rawRepresentation
                }))
        #expect(
            accepts(
                set, try Self.token(#"{"alg":"EdDSA","kid":"o"}"#, Self.claims()) { try Self.ed.signature(for: $0) }))
    }

    @Test func aPublicKeyInPEMSaysItsAlgorithm() async throws {
        let rsa = try await Self.verifier(.publicKeys, Array(try Self.rsa.publicKey.pemRepresentation.utf8))
        #expect(accepts(rsa, try Self.rs256(#"{"alg":"RS256"}"#, Self.claims())))
        let ec = try await Self.verifier(.publicKeys, Array(Self.ec.publicKey.pemRepresentation.utf8))
        #expect(
            accepts(
                ec,
                try Self.token(#"{"alg":"ES256"}"#, Self.claims()) { try Self.ec.signature(for: $0).rawRepresentation })
        )
        let ed = try await Self.verifier(.publicKeys, Array(Self.ed.publicKey.pemRepresentation.utf8))
        #expect(accepts(ed, try Self.token(#"{"alg":"EdDSA"}"#, Self.claims()) { try Self.ed.signature(for: $0) }))
    }

    @Test func anUnsignedTokenIsRefusedHoweverItIsSpelled() async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        for name in ["none", "None", "nOnE", "NONE", "", "hs256", "HS384", "HS512", "null"] {
            #expect(!accepts(verifier, Self.hmac(#"{"alg":"\#(name)"}"#, Self.claims())), "\(name)")
            let signed = Base64URL.encode(#"{"alg":"\#(name)"}"#.utf8) + "." + Base64URL.encode(Self.claims().utf8)
            #expect(!accepts(verifier, signed + "."), "\(name)")
        }
        let honest = Self.hmac(#"{"alg":"HS256"}"#, Self.claims())
        let parts = honest.split(separator: ".").map(String.init)
        for forged in [
            parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], "..", "", ".", "a.b.c", honest + ".x",
            honest + "=",
            parts[0] + "." + parts[1] + "." + String(parts[2].dropLast()),
            parts[0] + "." + Base64URL.encode(Self.claims(#""admin":1"#).utf8) + "." + parts[2],
            "." + parts[1] + "." + parts[2], honest.replacingOccurrences(of: "e", with: "E"), " " + parts[0],
        ] {
            #expect(!accepts(verifier, forged), "\(forged)")
        }
    }

    @Test func aPublicKeyIsNeverTakenForASecret() async throws {
        let set = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8))
        let pem = try await Self.verifier(.publicKeys, Array(try Self.rsa.publicKey.pemRepresentation.utf8))
        let numbers = try Self.rsa.publicKey.getKeyPrimitives()
        for key in [
            Array(try Self.rsa.publicKey.pemRepresentation.utf8),
            Array(try (Self.rsa.publicKey.pemRepresentation + "\n").utf8),
            Array(try Self.rsa.publicKey.derRepresentation), Array(try Self.rsa.publicKey.pkcs1DERRepresentation),
            Array(numbers.modulus), Array(try Self.jwks().utf8),
        ] {
            for header in [#"{"alg":"HS256"}"#, #"{"alg":"HS256","kid":"r"}"#, #"{"alg":"RS256","kid":"r"}"#] {
                let forged = Self.hmac(header, Self.claims(), key)
                #expect(!accepts(set, forged))
                #expect(!accepts(pem, forged))
            }
        }
        await #expect(throws: TokenKeyError.self) {
            _ = try await Self.verifier(.secret, Array(try Self.rsa.publicKey.pemRepresentation.utf8))
        }
    }

    @Test func aKeyOfTheSetIsOnlyForItsOwnAlgorithm() async throws {
        let set = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8))
        #expect(!accepts(set, try Self.rs256(#"{"alg":"RS256","kid":"e"}"#, Self.claims())))
        #expect(!accepts(set, try Self.rs256(#"{"alg":"ES256","kid":"r"}"#, Self.claims())))
        #expect(!accepts(set, try Self.rs256(#"{"alg":"PS256","kid":"r"}"#, Self.claims())))
        let onlyES = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8), algorithms: [.es256])
        #expect(!accepts(onlyES, try Self.rs256(#"{"alg":"RS256","kid":"r"}"#, Self.claims())))
    }

    @Test func aSignatureOfZerosProvesNothing() async throws {
        let set = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8))
        for length in [0, 1, 63, 64, 65, 256] {
            for (algorithm, kid) in [("ES256", "e"), ("EdDSA", "o"), ("RS256", "r")] {
                let forged = Self.token(#"{"alg":"\#(algorithm)","kid":"\#(kid)"}"#, Self.claims()) { _ in
                    [UInt8](repeating: 0, count: length)
                }
                #expect(!accepts(set, forged))
            }
        }
    }

    @Test(arguments: [
        "../../dev/null", "' OR 1=1 --", "http://evil/jwks", "a b", "", "\u{0}", "r\u{0}", "é", "a/b", "a:b", "{1}",
        "*", "r\r\n",
        String(repeating: "a", count: 65), String(repeating: "a", count: 2000),
    ])
    func aKeyIdThatIsNoneIsRefused(_ kid: String) async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        var header = JSONObjectWriter()
        header.member("alg", "HS256")
        header.member("kid", kid)
        let forged = TokenMint.sign(header: header.finish(), payload: Array(Self.claims().utf8), secret: Self.secret)
        #expect(!accepts(verifier, forged))
    }

    @Test func whatAHeaderBringsAlongIsNotLookedAt() async throws {
        let set = try await Self.verifier(.publicKeys, Array(try Self.jwks().utf8))
        for extra in [
            #""jwk":{"kty":"oct","k":"AAAA"}"#, #""jku":"http://evil/""#, #""x5u":"http://evil/""#, #""x5c":["AA"]"#,
        ] {
            #expect(accepts(set, try Self.rs256(#"{"alg":"RS256","kid":"r",\#(extra)}"#, Self.claims())))
            #expect(!accepts(set, Self.hmac(#"{"alg":"HS256",\#(extra)}"#, Self.claims(), [0, 0, 0])))
        }
        for extra in [
            #""crit":["b64"]"#, #""crit":[]"#, #""crit":null"#, #""alg":"RS256""#, #""kid":7"#, #""kid":null"#,
        ] {
            let header = #"{"alg":"RS256",\#(extra)}"#
            #expect(!accepts(set, try Self.rs256(header, Self.claims())), "\(extra)")
        }
        for header in ["", "[]", "\"a\"", #"{"alg":["RS256"]}"#, "{\"alg\":\"RS256\"}x", "\u{feff}{\"alg\":\"RS256\"}"]
        {
            #expect(!accepts(set, try Self.rs256(header, Self.claims())), "\(header)")
        }
    }

    @Test(arguments: [
        (#""exp":1795430715"#, true), (#""exp":1795430715.5"#, true), (#""exp":1.795430715e9"#, true),
        (#""exp":1795427086"#, true), (#""exp":1795427085"#, false), (#""exp":1795427000"#, false),
        (#""exp":0"#, false), (#""exp":-1795430715"#, false), (#""exp":"1795430715""#, false), (#""exp":null"#, false),
        (#""exp":1795430715000"#, false), (#""exp":1e308"#, false), (#""exp":1e999"#, false), (#""exp":true"#, false),
        (#""x":1"#, false),
        (#""exp":1795430715,"nbf":1795427115"#, true), (#""exp":1795430715,"nbf":1795427145"#, true),
        (#""exp":1795430715,"nbf":1795427146"#, false), (#""exp":1795430715,"nbf":"1""#, false),
        (#""exp":1795430715,"iat":1795427146"#, false), (#""exp":1795430715,"iat":1795427000.25"#, true),
        (#""exp":1795430715,"exp":1795430715"#, false), (#""exp":1795430715,"\u0065xp":1795430715"#, false),
    ])
    func timesAreNumbersOfSecondsWithinTheLeeway(_ members: String, _ isAccepted: Bool) async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        #expect(accepts(verifier, Self.hmac(#"{"alg":"HS256"}"#, #"{"sub":"42",\#(members)}"#)) == isAccepted)
    }

    @Test(arguments: [
        (#""iss":"me","aud":"us""#, true), (#""iss":"me","aud":["them","us"]"#, true), (#""iss":"me""#, false),
        (#""aud":"us""#, false), (#""iss":"Me","aud":"us""#, false), (#""iss":"me","aud":"usa""#, false),
        (#""iss":"me","aud":[]"#, false), (#""iss":"me","aud":["them"]"#, false), (#""iss":["me"],"aud":"us""#, false),
        (#""iss":"me","aud":{"us":"us"}"#, false), (#""iss":"me","aud":null"#, false),
        (#""iss":"me","iss":"me","aud":"us""#, false),
    ])
    func issuerAndAudienceAreExact(_ members: String, _ isAccepted: Bool) async throws {
        let verifier = try await Self.verifier(.secret, Self.secret, issuer: "me", audience: "us")
        #expect(accepts(verifier, Self.hmac(#"{"alg":"HS256"}"#, Self.claims(members))) == isAccepted)
    }

    @Test(arguments: [
        (#""a""#, true), (#""a:b""#, true), (#""é""#, true), ("\"" + String(repeating: "a", count: 128) + "\"", true),
        ("\"" + String(repeating: "a", count: 129) + "\"", false), (#""""#, false), ("42", false), ("null", false),
        (#"["a"]"#, false),
        (#""a\u0000""#, false), (#""a\r\nb""#, false), (#""\u007f""#, false),
    ])
    func theSubjectIsAStringOf1To128Bytes(_ subject: String, _ isAccepted: Bool) async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        let token = Self.hmac(#"{"alg":"HS256"}"#, #"{"sub":\#(subject),"exp":1795430715}"#)
        #expect((verifier.user(of: "Bearer " + token, now: Self.now) != .refused) == isAccepted)
    }

    @Test func onlyABearerTokenInTheHeaderCounts() async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        let honest = Self.hmac(#"{"alg":"HS256"}"#, Self.claims())
        for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
            #expect(accepts(verifier, honest, scheme: scheme))
        }
        for scheme in ["", "Basic ", "Bearer", "Bearer\t", "Bearer: ", "Bearer " + honest + ", Bearer ", " Bearer "] {
            #expect(!accepts(verifier, honest, scheme: scheme), "\(scheme)")
        }
        #expect(verifier.user(of: nil, now: Self.now) == .refused)
    }

    @Test func aTokenOver4KiBIsRefusedUnread() async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        func padded(_ count: Int) -> String {
            Self.hmac(#"{"alg":"HS256"}"#, Self.claims(#""x":"\#(String(repeating: "a", count: count))""#))
        }
        let overhead = padded(0).utf8.count
        let fits = (4096 - overhead) * 3 / 4 - 3
        #expect(padded(fits).utf8.count > 4080)
        #expect(accepts(verifier, padded(fits)))
        #expect(!accepts(verifier, padded(fits + 24)))
        #expect(!accepts(verifier, String(repeating: "a", count: 100_000)))
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(!accepts(verifier, Self.hmac(#"{"alg":"HS256"}"#, Self.claims(#""x":\#(deep)"#))))
    }

    @Test func aVerifiedTokenIsRememberedUntilItExpires() async throws {
        let verifier = try await Self.verifier(.secret, Self.secret)
        let header = "Bearer " + Self.hmac(#"{"alg":"HS256"}"#, Self.claims())
        let user = try #require(UserID("42"))
        #expect(verifier.user(of: header, now: Self.now) == .verified(user))
        #expect(verifier.user(of: header, now: Self.now) == .remembered(user))
        #expect(verifier.user(of: header, now: 1_795_430_744.9) == .remembered(user))
        #expect(verifier.user(of: header, now: 1_795_430_745) == .refused)
        // KELVIN SIGN is K to Unicode's rules, and no byte of a token.
        if header.contains("K") {
            #expect(
                verifier.user(of: header.replacingOccurrences(of: "K", with: "\u{212a}"), now: Self.now) == .refused)
        }
    }
}
