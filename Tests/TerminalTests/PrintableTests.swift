import Testing

@testable import Terminal

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain", "plain"), ("日本語 é 👍", "日本語 é 👍"), ("\u{1b}[2J", "\\u{1B}[2J"), ("a\r\nb\tc", "a\\u{D}\\u{A}b\\u{9}c"),
        ("\u{9b}2J", "\\u{9B}2J"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{202e}txt.exe", "\\u{202E}txt.exe"),
        ("\u{7f}\u{0}", "\\u{7F}\\u{0}"), ("\u{feff}", "\\u{FEFF}"), ("\u{e000}", "\\u{E000}"), ("\u{ad}", "\\u{AD}"),
    ])
    func whatMovesACursorStandsEscaped(text: String, shown: String) {
        #expect(Printable.text(text) == shown)
    }

    @Test func escapesInJSONSpellTheSameValues() {
        let hostile = Array("{\"a\":\"\u{9b}2J\u{2028}é\u{202e}\u{7f}\u{1f600}\u{e0001}\"}\n".utf8)
        let safe = String(decoding: Printable.json(hostile), as: UTF8.self)
        #expect(safe == "{\"a\":\"\\u009b2J\\u2028é\\u202e\\u007f\u{1f600}\\udb40\\udc01\"}\n")
        let plain = Array(#"{"a":1}"#.utf8)
        #expect(Printable.json(plain) == plain)
    }

    @Test(arguments: [("abc", 3), ("", 0), ("日本", 4), ("e\u{301}", 1), ("👍", 2), ("─│", 2)])
    func widthsAreColumns(text: String, width: Int) {
        #expect(Printable.width(text) == width)
    }

    @Test func whatIsTooLongIsCutWithinItsColumns() {
        #expect(Printable.cut("abcdef", to: 6) == "abcdef")
        #expect(Printable.cut("abcdef", to: 5) == "abcd…")
        #expect(Printable.cut("日本語", to: 5) == "日本…")
        for columns in 1...8 { #expect(Printable.width(Printable.cut("a日b本c語", to: columns)) <= columns) }
    }
}
