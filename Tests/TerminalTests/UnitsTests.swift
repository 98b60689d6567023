import Terminal
import Testing

@Suite struct UnitsTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func countsHaveCommas(value: Int, text: String) { #expect(Units.count(value) == text) }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (157_286_400, "150 MiB"),
        (1 << 40, "1.0 TiB"), (Int.max, "8,192 PiB"),
    ])
    func bytesHaveUnits(value: Int, text: String) { #expect(Units.bytes(value) == text) }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (250_000, "4 m 10 s"), (86_399_000, "23 h 59 m"),
        (604_799_000, "6 d 23 h"), (Int64.min, "-106751991167 d 7 h"),
    ])
    func durationsHaveUnits(value: Int64, text: String) { #expect(Units.duration(milliseconds: value) == text) }

    @Test(arguments: [(0.0, "0.0"), (12.345, "12.3"), (1234.56, "1,234.6"), (-0.04, "0.0"), (.nan, "–"), (1e300, "–")])
    func decimalsAreRounded(value: Double, text: String) { #expect(Units.decimal(value, 1) == text) }
}
