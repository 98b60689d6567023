import Foundation
import Logging
import SessionModel
import Testing

@testable import SessionAPI

@Suite struct TokenKeyTests {
    private static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    private static let now = 1_795_427_115.0

    private func keys(_ kind: TokenKeySource.Kind, _ bytes: [UInt8], mode: Int = 0o600) async throws -> TokenKeys {
        let folder = try TemporaryFolder()
        let path = try folder.write("keys", bytes, mode: mode)
        return try await TokenKeys(TokenKeySource(kind, path: path), logger: TokenTests.quiet)
    }

    @Test func aShortSecretIsRefused() async throws {
        _ = try await keys(.secret, Self.secret)
        await #expect(throws: TokenKeyError.unusable("a secret must have at least 32 bytes")) {
            _ = try await keys(.secret, Self.secret.dropLast() + [0x0a, 0x0a])
        }
    }

    @Test(arguments: [0o604, 0o644, 0o602, 0o601, 0o666])
    func aSecretThatOthersCanReachIsRefused(_ mode: Int) async throws {
        await #expect(throws: TokenKeyError.self) { _ = try await keys(.secret, Self.secret, mode: mode) }
        let set = #"{"keys":[{"kty":"oct","k":"\#(Base64URL.encode(Self.secret))"}]}"#
        await #expect(throws: TokenKeyError.self) { _ = try await keys(.publicKeys, Array(set.utf8), mode: mode) }
    }

    @Test func aSecretMayBeReadByItsGroup() async throws {
        _ = try await keys(.secret, Self.secret, mode: 0o640)
        let set = #"{"keys":[{"kty":"oct","k":"\#(Base64URL.encode(Self.secret))"}]}"#
        _ = try await keys(.publicKeys, Array(set.utf8), mode: 0o640)
    }

    @Test(arguments: [
        "", "{}", #"{"keys":[]}"#, #"{"keys":{}}"#, "[]", "x", #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#,
        #"{"keys":[{"kty":"oct","k":"not base64!"}]}"#, #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
        #"{"keys":[{"kty":"RSA"}]}"#, #"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}]}"#,
        #"{"keys":[{"kty":"oct","kid":"a/b","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#,
        #"{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},{"kty":"oct","kid":"b","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#,
        #"{"keys":[{"kty":"oct","kid":"b","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},{"kty":"oct","kid":"b","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ])
    func anUnusableSetIsRefused(_ text: String) async throws {
        await #expect(throws: TokenKeyError.self) { _ = try await keys(.publicKeys, Array(text.utf8)) }
    }

    @Test func aSetHasUpTo64Keys() async throws {
        func set(_ count: Int) -> [UInt8] {
            let keys = (0..<count).map { #"{"kty":"oct","kid":"\#($0)","k":"\#(Base64URL.encode(Self.secret))"}"# }
            return Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)
        }
        _ = try await keys(.publicKeys, set(APILimits.tokenKeys))
        await #expect(throws: TokenKeyError.self) { _ = try await keys(.publicKeys, set(APILimits.tokenKeys + 1)) }
    }

    @Test func aFileThatIsMissingHugeOrNoFileIsRefused() async throws {
        let folder = try TemporaryFolder()
        let big = try folder.write("big", [UInt8](repeating: 0x41, count: APILimits.keyFileBytes + 1), mode: 0o600)
        for path in [folder.path + "/none", folder.path, "/dev/zero", big] {
            await #expect(throws: TokenKeyError.self) {
                _ = try await TokenKeys(TokenKeySource(.secret, path: path), logger: TokenTests.quiet)
            }
        }
        let fits = try folder.write("fits", [UInt8](repeating: 0x41, count: APILimits.keyFileBytes), mode: 0o600)
        _ = try await TokenKeys(TokenKeySource(.secret, path: fits), logger: TokenTests.quiet)
    }

    @Test func aChangedFileReplacesTheKeysAndForgetsTheTokens() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("keys", Self.secret, mode: 0o600)
        let keys = try await TokenKeys(TokenKeySource(.secret, path: path), logger: TokenTests.quiet)
        let rules = try #require(TokenRules())
        let verifier = TokenVerifier(keys: keys, rules: rules, cachedTokens: 10)
        let user = try #require(UserID("42"))
        let newSecret = Array("another secret, another secret, another".utf8)
        let old =
            "Bearer " + TokenMint.token(user: user, secret: Self.secret, issued: 1_795_427_000, expires: 1_795_430_000)
        let new =
            "Bearer " + TokenMint.token(user: user, secret: newSecret, issued: 1_795_427_000, expires: 1_795_430_000)
        #expect(verifier.user(of: old, now: Self.now) == .verified(user))
        #expect(verifier.user(of: new, now: Self.now) == .refused)
        #expect(try await keys.refresh() == false)

        _ = try folder.write("keys", newSecret, mode: 0o600)
        #expect(try await keys.refresh() == true)
        #expect(verifier.user(of: old, now: Self.now) == .refused)
        #expect(verifier.user(of: new, now: Self.now) == .verified(user))

        _ = try folder.write("keys", [1], mode: 0o600)
        await #expect(throws: TokenKeyError.self) { try await keys.refresh() }
        #expect(verifier.user(of: new, now: Self.now) == .remembered(user))
    }

    @Test func aRunningWatchTakesNewKeysOver() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("keys", Self.secret, mode: 0o600)
        let keys = try await TokenKeys(TokenKeySource(.secret, path: path), logger: TokenTests.quiet)
        let before = keys.generation
        let watch = Task { await keys.run(every: .milliseconds(2)) }
        _ = try folder.write("keys", Array("another secret, another secret, another".utf8), mode: 0o600)
        let deadline = ContinuousClock.now + .seconds(10)
        while keys.generation == before, ContinuousClock.now < deadline { await Task.yield() }
        #expect(keys.generation > before)
        watch.cancel()
        await watch.value
    }

    @Test func leewayIsAtMostAMinute() {
        #expect(TokenRules(leewaySeconds: 60) != nil)
        #expect(TokenRules(leewaySeconds: 61) == nil)
        #expect(TokenRules(leewaySeconds: -1) == nil)
        #expect(TokenRules(algorithms: []) == nil)
    }

    @Test func theCacheOfTokensIsBoundedAndSparesWhatIsUsed() throws {
        let user = try #require(UserID("1"))
        var cache = TokenCache(capacity: 3)
        for name in ["a", "b", "c"] { cache.insert(name, TokenClaims(user: user, expires: 100), now: 0) }
        #expect(cache.user(of: "a", now: 0) == user)
        cache.insert("d", TokenClaims(user: user, expires: 100), now: 0)
        #expect(cache.count == 3)
        #expect(cache.user(of: "a", now: 0) == user)
        #expect(cache.user(of: "b", now: 0) == nil)
        #expect(cache.user(of: "d", now: 0) == user)
        #expect(cache.user(of: "d", now: 100) == nil)
        for number in 0..<1000 { cache.insert("\(number)", TokenClaims(user: user, expires: 100), now: 0) }
        #expect(cache.count == 3)
    }
}
