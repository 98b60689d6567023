import Foundation
import SessionModel
import SessionTesting
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (999, "1970-01-01T00:00:00.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (1_795_430_246_752, "2026-11-23T10:37:26.752Z"), (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
            (.min, "0000-01-01T00:00:00.000Z"), (-62_162_035_200_000, "0000-03-01T00:00:00.000Z"),
            (-62_162_035_200_001, "0000-02-29T23:59:59.999Z"),
        ] as [(Int64, String)])
    func isWrittenAsRFC3339(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func agreesWithFoundationSince1583() {
        var random = SeededGenerator.announced()
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        // Foundation's dates before 1582 are Julian.
        let first: Int64 = -12_212_553_600, last: Int64 = 253_402_300_799
        for _ in 0..<4000 {
            let seconds = Int64.random(in: first...last, using: &random)
            let milliseconds = Int64.random(in: 0...999, using: &random)
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds))).dropLast()
            let fraction = String(milliseconds + 1000).dropFirst()
            #expect(Timestamp(milliseconds: seconds * 1000 + milliseconds).description == "\(expected).\(fraction)Z")
        }
    }

    @Test func addingSaturates() {
        #expect(Timestamp(milliseconds: .max).adding(milliseconds: 1).milliseconds == .max)
        #expect(Timestamp(milliseconds: .min).adding(milliseconds: -1).milliseconds == .min)
        #expect(Timestamp(milliseconds: 5).adding(milliseconds: -7).milliseconds == -2)
    }
}
