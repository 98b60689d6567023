import SessionModel
import Testing

@Suite struct SessionNameTests {
    @Test(
        arguments: [
            ("Session 1", 1), ("Session 42", 42), ("Session 900000000000000", 900_000_000_000_000),
            ("Session 900000000000001", nil), ("Session 0", nil),
            ("Session 01", nil), ("Session -1", nil), ("Session ", nil), ("Session", nil), ("session 1", nil),
            ("Session 1 ", nil), ("Session  1", nil), (" Session 1", nil), ("Session 1a", nil), ("Session +1", nil),
            ("Session 1000000000000000", nil), ("Session \u{661}", nil), ("Session 1\u{301}", nil), ("", nil),
        ] as [(String, Int64?)])
    func onlyAnExactNameHasANumber(_ name: String, _ number: Int64?) {
        #expect(SessionName.number(in: name) == number)
    }

    @Test func aNumberedNameHasItsNumber() {
        for number: Int64 in [1, 9, 10, 1_000_000] {
            #expect(SessionName.number(in: SessionName.numbered(number)) == number)
        }
    }

    @Test func is1To255CharactersWithoutNUL() {
        #expect(!SessionName.isValid(""))
        #expect(SessionName.isValid(String(repeating: "\u{1f600}", count: 255)))
        #expect(!SessionName.isValid(String(repeating: "a", count: 256)))
        #expect(!SessionName.isValid(String(repeating: "e\u{301}", count: 128)), "scalars are counted")
        #expect(!SessionName.isValid("a\0b"))
    }
}
