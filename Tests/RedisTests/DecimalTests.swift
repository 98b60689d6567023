import Testing

@testable import Redis

@Suite struct DecimalTests {
    @Test(arguments: [0, 9, 10, -1, 99, 1_000_000, .max, .min, .max - 1, .min + 1])
    func aNumberIsReadAsItIsWritten(number: Int) {
        Decimal.withDigits(of: number) { digits in
            #expect(String(decoding: digits, as: UTF8.self) == "\(number)")
            #expect(Decimal.parse(digits) == number)
        }
    }

    @Test(arguments: [
        "", "-", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "0x1", "12345678901234567890",
        "١",
    ])
    func whatIsNoNumberInRangeIsNil(text: String) {
        Array(text.utf8).withUnsafeBytes { #expect(Decimal.parse($0) == nil) }
    }
}
