import Testing

@testable import Terminal

@Suite struct TableTests {
    @Test func columnsStandUnderEachOther() {
        var table = Table([.text("name"), .number("size"), .text("")])
        table.row(["日本", "1"])
        table.row(["abcdef", "1,000", "x"])
        table.rule()
        table.row(["all"])
        #expect(
            table.text == """
                name     size
                ────────────────
                日本        1
                abcdef  1,000  x
                ────────────────
                all

                """)
    }

    @Test func aCellStaysInItsPlaceWhateverItHolds() {
        var table = Table([.text("a", longest: 10), .text("b")])
        table.row(["\u{1b}[H\r\nfar too long", "\u{2028}"])
        #expect(table.text.split(separator: "\n").count == 3)
        #expect(table.text.contains("\\u{1B}[H"))
        #expect(!table.text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\r" || $0 == "\u{2028}" })
    }

    @Test(arguments: [
        (0, ""), (-1, ""), (0.0001, "▏"), (0.5, "█████"), (0.55, "█████▌"), (1, "██████████"), (7, "██████████"),
    ])
    func barsAreDrawnInEighths(share: Double, bar: String) {
        #expect(Bar.text(share, width: 10) == bar)
    }

    @Test func progressTellsHowFarAndHowLong() {
        #expect(
            ProgressBar.line("keys", 500, 1000, "keys", elapsed: .seconds(10))
                == "keys ▕██████████          ▏ 50 %  500 of 1,000 keys, 10.0 s left")
        #expect(
            ProgressBar.line("log", 1234, nil, "entries", elapsed: .milliseconds(1500)) == "log: 1,234 entries, 1.5 s")
        // Where nobody can know how long it will take.
        #expect(
            ProgressBar.line("k", 5, 10, "checks", elapsed: .seconds(10), false).hasSuffix("5 of 10 checks, 10.0 s"))
        // More than was thought: never over 100 %.
        #expect(ProgressBar.line("k", 12, 10, "keys", elapsed: .zero).contains("100 %  10 of 10 keys"))
    }
}
