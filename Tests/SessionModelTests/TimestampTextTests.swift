import SessionModel
import SessionTesting
import Testing

/// Reading is the inverse of writing.
@Suite struct TimestampTextTests {
    @Test func whatIsWrittenIsReadAsItWas() {
        var random = SeededGenerator.announced()
        let first: Int64 = -62_135_596_800_000, last: Int64 = 253_402_300_799_999
        let edges = [first, first + 1, last - 1, last, -1, 0, 1, 951_782_400_000, 951_868_799_999]
        for milliseconds in edges + (0..<20_000).map({ _ in Int64.random(in: first...last, using: &random) }) {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(time.description) == time, "\(milliseconds)")
        }
    }

    @Test func theYearNoughtIsReadToo() {
        #expect(Timestamp("0000-01-01T00:00:00.000Z")?.milliseconds == -62_167_219_200_000)
        #expect(Timestamp("0000-02-29T23:59:59.999Z")?.milliseconds == -62_162_035_200_001)
    }

    @Test(arguments: [
        "", "2026", "2026-11-23T09:45:15Z", "2026-11-23T09:45:15.12Z", "2026-11-23T09:45:15.1234Z",
        "2026-11-23T09:45:15.123z", "2026-11-23t09:45:15.123Z", "2026-11-23 09:45:15.123Z", "2026-11-23T09:45:15,123Z",
        "2026-11-23T09:45:15.123+", "2026-11-23T09:45:1+00:00", "2026/11/23T09:45:15.123Z", "2026-11-23T09.45.15.123Z",
        "2026-00-23T09:45:15.123Z", "2026-13-23T09:45:15.123Z", "2026-11-00T09:45:15.123Z", "2026-11-32T09:45:15.123Z",
        "2026-11-23T24:00:00.000Z", "2026-11-23T09:60:15.123Z", "2026-11-23T09:45:60.000Z", "-026-11-23T09:45:15.123Z",
        "+026-11-23T09:45:15.123Z", " 026-11-23T09:45:15.123Z", "2026-11-23T09:45:15.123Z ",
        "2026-11-23T09:45:15.12\0Z",
        "202\u{661}-11-23T09:45:15.123Z", "20\u{661}-11-23T09:45:15.123Z", "2026-11-23T0x:45:15.123Z",
    ])
    func whatIsWrittenOtherwiseIsRefused(_ text: String) { #expect(Timestamp(text) == nil) }

    /// Each byte at each place: what gets through is what would be written.
    @Test func noOtherByteGetsThrough() {
        let good = Array("2026-11-23T09:45:15.123Z".utf8)
        for place in good.indices {
            for byte in UInt8.min...0x7f {
                var bytes = good
                bytes[place] = byte
                let text = String(decoding: bytes, as: UTF8.self)
                guard let read = Timestamp(text) else { continue }
                #expect(read.description == text)
            }
        }
    }

    /// As its comment says: what nobody writes is still a time.
    @Test func aDayThatItsMonthHasNotCountsOn() {
        #expect(Timestamp("2026-02-30T00:00:00.000Z")?.description == "2026-03-02T00:00:00.000Z")
        #expect(Timestamp("2026-04-31T00:00:00.000Z")?.description == "2026-05-01T00:00:00.000Z")
    }
}
