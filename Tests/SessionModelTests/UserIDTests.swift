import SessionModel
import SessionTesting
import Testing

@Suite struct UserIDTests {
    @Test func is1To128BytesWithoutControlCharacters() {
        #expect(UserID("") == nil)
        #expect(UserID(String(repeating: "a", count: 128)) != nil)
        #expect(UserID(String(repeating: "a", count: 129)) == nil)
        #expect(UserID(String(repeating: "\u{e9}", count: 64)) != nil, "bytes are counted")
        #expect(UserID(String(repeating: "\u{e9}", count: 64) + "a") == nil)
        for byte in UInt8(0)..<0x20 { #expect(UserID("a\(Character(Unicode.Scalar(byte)))") == nil) }
        #expect(UserID("a\u{7f}") == nil)
        for text in [" ", "a b", "a:b", "{}", "%", "\u{e9}", "\u{1f600}", "auth0|123", "x@y.z"] {
            #expect(UserID(text) != nil)
        }
    }

    @Test func whatOnlyLooksAlikeIsTwoPeople() throws {
        let composed = try #require(UserID("\u{e9}"))
        let decomposed = try #require(UserID("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(composed.keyText != decomposed.keyText)
    }

    @Test(arguments: [
        ("0", true), ("7", true), ("-7", true), ("18446744073709551616", true), ("007", false), ("-0", false),
        ("-", false), ("00", false), ("1.0", false), ("+1", false), ("1e3", false), (" 1", false), ("\u{661}", false),
    ])
    func knowsACanonicalInteger(_ text: String, _ isOne: Bool) throws {
        #expect(try #require(UserID(text)).isCanonicalInteger == isOne)
    }

    @Test(arguments: [
        ("abcXYZ019._~-@", "abcXYZ019._~-@"), ("a:b", "a%3Ab"), ("{0}", "%7B0%7D"), ("%", "%25"), ("a%3Ab", "a%253Ab"),
        ("a b", "a%20b"), ("\u{e9}", "%C3%A9"), ("auth0|1", "auth0%7C1"), ("*[?", "%2A%5B%3F"),
    ])
    func keysHoldItEncoded(_ text: String, _ keyText: String) throws {
        #expect(try #require(UserID(text)).keyText == keyText)
    }

    @Test func theFormInKeysShiftsNothingAndIsInjective() throws {
        var random = SeededGenerator.announced()
        let alphabet = Array(":{}% /\\*?[]~@._-|aA09\u{e9}\u{301}e\u{1f600}%3").map { String($0) }
        var seen: [String: [UInt8]] = [:]
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-@%".utf8)
        for _ in 0..<4000 {
            let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? "a"
            }
            .joined()
            guard let user = UserID(text) else { continue }
            let key = user.keyText
            #expect(key.utf8.allSatisfy(allowed.contains))
            let bytes = Array(text.utf8)
            #expect(seen.updateValue(bytes, forKey: key) ?? bytes == bytes, "\(key) stands for two")
        }
    }
}
