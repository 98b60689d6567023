import SessionTesting
import Testing

@Suite struct ToolTests {
    @Test func theSameSeedGivesTheSameNumbers() {
        var generator = SeededGenerator(seed: 1_234_567)
        // SplitMix64's published test vector.
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test func aTokenIsSignedAsJWTsAre() {
        let token = TokenSigner(secret: "your-256-bit-secret").token(
            payload: #"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#)
        let signature = token.split(separator: ".").last.map(String.init)
        #expect(signature == "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")
    }

    @Test func aSettingsNameBecomesItsVariable() {
        #expect(
            SessiondProcess.environment(["lifecycle.abandon-after": "250ms", "shards": "1"])
                == ["SESSIOND_LIFECYCLE_ABANDON_AFTER": "250ms", "SESSIOND_SHARDS": "1"])
    }

    @Test func whatNeverHappensIsAnErrorInTime() async throws {
        let start = ContinuousClock.now
        await #expect(throws: NeverHappened.self) {
            try await eventually("pigs fly", within: .milliseconds(30)) { false }
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
