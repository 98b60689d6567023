import Testing

@testable import SessionCore

@Suite struct KeyRingTests {
    private static let key = String(repeating: "A", count: 43) + "="

    @Test func aNewRingHasAKeyOfItsOwn() throws {
        let one = KeyRing.newText(), other = KeyRing.newText()
        #expect(one != other)
        #expect(try KeyRing(one).current == "k1")
    }

    @Test func commentsAndEmptyLinesAreSkippedAndTheLastKeyIsCurrent() throws {
        let ring = try KeyRing("# old\n\nk1 \(Self.key)\r\n\n# new\nk-2 \(Self.key)\n\n")
        #expect(ring.current == "k-2")
        #expect(Set(ring.keys.keys) == ["k1", "k-2"])
    }

    @Test(arguments: [
        "", "\n", "# only this", "k1", "k1 ", "k1 AAAA", "K1 \(key)", "k_1 \(key)", "k1 \(key) x",
        "k1 \(key.dropLast())",
        "k1 \(key)\nk1 \(key)", "\(String(repeating: "k", count: 33)) \(key)", "k1\t\(key)", "k\u{e9} \(key)",
    ])
    func whatIsNoRingIsRefused(_ text: String) {
        #expect(throws: KeyRingError.self) { try KeyRing(text) }
    }

    @Test func theLineIsNamedAndTheKeyIsNot() {
        do {
            _ = try KeyRing("# a\n\nk1 \(Self.key)\n\nk2 secret")
            Issue.record("taken")
        } catch {
            #expect(error.description.contains("line 5"))
            #expect(!error.description.contains("secret"))
        }
    }

    @Test func anIdIsAsLongAsItMayBe() throws {
        let id = String(repeating: "k", count: KeyRing.longestID)
        #expect(try KeyRing("\(id) \(Self.key)").current == id)
    }
}
