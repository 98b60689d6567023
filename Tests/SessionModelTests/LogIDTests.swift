import SessionModel
import Testing

@Suite struct LogIDTests {
    @Test(arguments: ["0-0", "1795430246752-0", "1-18446744073709551615", "18446744073709551615-18446744073709551615"])
    func readsWhatRedisWrites(_ text: String) {
        #expect(LogID(text)?.description == text)
        #expect(WriteID("0-" + text)?.description == "0-" + text)
        #expect(WriteID("65535-" + text)?.description == "65535-" + text)
    }

    @Test(arguments: [
        "", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", "-1-2", "a-1", "1-b", " 1-2", "1-2 ",
        "18446744073709551616-0",
        "0-18446744073709551616", "\u{661}-1", "1--2", "0x1-1", "*", "1-*",
    ])
    func whatIsNoIdIsNone(_ text: String) {
        #expect(LogID(text) == nil)
        #expect(WriteID("0-" + text) == nil)
    }

    @Test(arguments: ["", "0", "0-1", "65536-1-1", "-1-1-1", "a-1-1", "-1-1", "0-1-1-1"])
    func whatIsNoWriteIsNone(_ text: String) {
        #expect(WriteID(text) == nil)
    }

    @Test func theOrderIsTheLogs() {
        let ids = [(0, 0), (0, 1), (1, 0), (1, 9), (1, 10), (2, 0), (10, 0)].map {
            LogID(milliseconds: $0, sequence: $1)
        }
        #expect(ids == ids.sorted())
        #expect(ids.first == .zero)
    }
}
