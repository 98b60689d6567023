import Testing

@testable import SessionModel

/// What is looked at eight bytes at a time, held against one byte at a time.
@Suite struct PlainRunTests {
    @Test func aRunEndsBeforeEveryByteThatIsNotPlain() {
        for length in 0...24 {
            for place in 0..<length {
                for byte in UInt8.min ... .max {
                    var text = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    text[place] = byte
                    let isPlain =
                        (0x20..<0x80).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                    let end = text.withUnsafeBytes { $0.endOfPlainRun(from: 0) }
                    #expect(end <= (isPlain ? length : place) && end >= (isPlain ? length : place) - 7)
                }
            }
        }
    }

    @Test func textIsEscapedAndReadBackWhateverStandsWhere() throws {
        for place in 0..<17 {
            for scalar in [0, 1, 9, 10, 13, 31, 32, 0x22, 0x5c, 0x7f, 0x80, 0xff, 0x7ff, 0x20ac, 0x1f600] as [UInt32] {
                let character = try #require(Unicode.Scalar(scalar))
                let text =
                    String(repeating: "a", count: place) + String(Character(character))
                    + String(repeating: "b", count: 9)
                var json: [UInt8] = []
                JSONText.write(text, into: &json)
                #expect(try JSONTape(json).root.string == text)
            }
        }
    }

    @Test(
        arguments: [
            [], [0x61], Array("grüße €😀".utf8), [0xff], [0x61, 0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80],
            [0xf0, 0x9f, 0x98],
            Array("\u{fffd}".utf8), Array(repeating: 0x80, count: 40), [0xc0, 0x80],
        ] as [[UInt8]])
    func onlyWhatIsUTF8IsText(_ bytes: [UInt8]) {
        #expect(String(utf8: bytes) == String(validating: bytes, as: UTF8.self))
    }

    @Test func anIdIsWrittenDigitByDigit() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let id = SessionID(high: random.next(), low: random.next())
            let digits = [id.high, id.low].map { word in
                let text = String(word, radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }.joined()
            var text = ""
            for (place, digit) in digits.enumerated() {
                if [8, 12, 16, 20].contains(place) { text += "-" }
                text.append(digit)
            }
            #expect(id.description == text && SessionID(text) == id)
        }
    }
}
