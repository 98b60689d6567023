import SessionModel
import Testing

/// What a strict reader takes and what it refuses, row by row.
@Suite struct JSONTapeTests {
    private func reason(_ bytes: [UInt8]) -> JSONError.Reason? {
        do {
            _ = try JSONTape(bytes)
            return nil
        } catch { return error.reason }
    }

    private func reason(_ text: String) -> JSONError.Reason? { reason(Array(text.utf8)) }

    /// Bytes between two quotes.
    private func quoted(_ inner: [UInt8]) -> [UInt8] { [0x22] + inner + [0x22] }

    @Test(arguments: [
        "{}", "[]", "\"\"", "0", "-0", "1.5e+10", "true", "false", "null", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n",
        "{\"a\":{\"b\":[{}]}}", "\"\u{e9}\u{20ac}\u{1f600}\u{7f}\u{80}\"", "\"\u{2028}\"",
    ])
    func takesWhatIsJSON(_ text: String) {
        #expect(reason(text) == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[1,]", "[,1]", "[1 2]",
        "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:2}", "\"", "\"a", "\"\\\"", "tru", "True", "nul", "nulll", "undefined",
        "NaN", "Infinity", "-Infinity", "//", "/* */1", "[1]//",
    ])
    func refusesWhatIsNot(_ text: String) {
        #expect(reason(text) == .syntax)
    }

    @Test(arguments: ["1 2", "{}{}", "{}x", "[]]", "null,", "\"a\"b", "{}\u{0}", "1\u{a0}", "{}\u{b}", "{}\u{c}"])
    func refusesBytesBehindTheValue(_ text: String) {
        #expect(reason(text) == .syntax)
    }

    // MARK: numbers

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "1", "10", "9007199254740993", "123456789012345678901234567890", "1.0", "0.1",
        "1e5", "1E5", "1e+5", "1e-5", "1.5E-07", "1e400", "-1e-400", "0e0", "18446744073709551616",
    ])
    func aNumberKeepsItsOwnBytes(_ text: String) throws {
        let root = try JSONTape(Array(text.utf8)).root
        #expect(root.kind == .number)
        #expect(Array(root.raw) == Array(text.utf8))
    }

    @Test(arguments: [
        "00", "01", "-01", "-", "+1", ".5", "1.", "1.e5", "-.5", "1e", "1e+", "1e-", "1.5e", "0x10", "1_000", "--1",
        "1-", "1e5.5", "\u{661}", "1,5", "0b1", "1f",
    ])
    func refusesWhatTheGrammarOfNumbersHasNot(_ text: String) {
        #expect(reason(text) == .syntax)
    }

    // MARK: encoding

    /// Each class of what is not UTF-8 (RFC 3629 section 4), as a value and as a key.
    @Test(
        arguments: [
            [0x80], [0xbf], [0xc0, 0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xc2, 0xc2],
            [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xe1, 0x80], [0xe1, 0x80, 0x41], [0xed, 0xa0, 0x80],
            [0xed, 0xad, 0xbf], [0xed, 0xbf, 0xbf], [0xef, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf1, 0x80, 0x80], [0xf1, 0x80, 0x80, 0x41], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
            [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ inner: [UInt8]) {
        let value = quoted(inner)
        #expect(reason(value) == .encoding)
        #expect(reason([0x7b] + value + Array(":1}".utf8)) == .encoding)
        #expect(reason([0x22] + inner) != nil, "cut off behind it")
    }

    @Test(
        arguments: [
            [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0xef, 0xbf, 0xbf],
            [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbb, 0xbf],
        ] as [[UInt8]])
    func takesTheEdgesOfUTF8(_ inner: [UInt8]) throws {
        let root = try JSONTape(quoted(inner)).root
        #expect(root.string.map { Array($0.utf8) } == inner)
    }

    @Test func refusesAByteOrderMark() {
        #expect(reason([0xef, 0xbb, 0xbf] + Array("{}".utf8)) == .byteOrderMark)
        #expect(reason([0xef, 0xbb, 0xbf]) == .byteOrderMark)
        #expect(reason([0x20, 0xef, 0xbb, 0xbf] + Array("{}".utf8)) == .syntax)
    }

    @Test func keepsTheByteOrderMarksCharacterInsideAString() throws {
        for text in ["\u{feff}a\u{feff}", "\\ufeffa\\ufeff", "\\u0061\u{feff}"] {
            let scalars = try JSONTape(quoted(Array(text.utf8))).root.string?.unicodeScalars
            #expect(scalars?.contains("\u{feff}") == true, "\(text)")
        }
    }

    @Test func refusesUTF16AndUTF32() {
        let text = Array("{\"a\":1}".utf16)
        let big = text.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        let little = text.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        for bytes in [big, little, [0xfe, 0xff] + big, [0xff, 0xfe] + little] { #expect(reason(bytes) == .syntax) }
        #expect(reason(text.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 0xff)] }) == .syntax)
    }

    @Test(arguments: UInt8(0)..<0x20) func refusesARawControlCharacterInAString(_ byte: UInt8) {
        #expect(reason(quoted([byte])) == .syntax)
        #expect(reason([0x7b] + quoted([0x61, byte]) + Array(":1}".utf8)) == .syntax)
        let isSpace = [0x09, 0x0a, 0x0d].contains(byte)
        #expect(reason([byte, 0x31]) == (isSpace ? nil : .syntax), "in front of a value")
    }

    // MARK: escapes

    @Test(arguments: [
        ("\\\"", "\""), ("\\\\", "\\"), ("\\/", "/"), ("\\b", "\u{8}"), ("\\f", "\u{c}"), ("\\n", "\n"),
        ("\\r", "\r"), ("\\t", "\t"), ("\\u0041", "A"), ("\\u00e9", "\u{e9}"), ("\\u00E9", "\u{e9}"),
        ("\\u20ac", "\u{20ac}"), ("\\ud83d\\ude00", "\u{1f600}"), ("\\uD83D\\uDE00", "\u{1f600}"),
        ("\\ud800\\udc00", "\u{10000}"), ("\\udbff\\udfff", "\u{10ffff}"), ("\\ud7ff", "\u{d7ff}"),
        ("\\ue000", "\u{e000}"), ("\\uffff", "\u{ffff}"), ("a\\u0062c", "abc"), ("\\\\u0041", "\\u0041"),
        ("x\\n\\ty\u{e9}\\u00e9z", "x\n\ty\u{e9}\u{e9}z"),
    ])
    func resolvesEscapes(_ escaped: String, _ text: String) throws {
        let tape = try JSONTape(Array("{\"\(escaped)\":\"\(escaped)\"}".utf8))
        let members = Array(tape.root.members)
        #expect(members.count == 1)
        #expect(members.first.map { Array($0.key.utf8) } == Array(text.utf8))
        #expect(members.first?.value.string.map { Array($0.utf8) } == Array(text.utf8))
        #expect(members.first.map { Array($0.value.raw) } == Array("\"\(escaped)\"".utf8))
    }

    @Test(arguments: [
        "\\", "\\a", "\\x41", "\\U0041", "\\'", "\\0", "\\u", "\\u1", "\\u12", "\\u123", "\\u12g4", "\\u+123",
        "\\u 123", "\\u00\u{e9}", "\\u\u{661}\u{661}",
    ])
    func refusesWhatIsNoEscape(_ inner: String) {
        #expect(reason("\"\(inner)\"") == .syntax)
        #expect(reason("{\"\(inner)\":1}") == .syntax)
    }

    @Test(arguments: [
        "\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ud800",
        "\\udc00\\ud800", "\\ud83d\\", "\\ud83d\\u", "\\ud83d\\ude0", "x\\ud83d",
    ])
    func refusesASurrogateAlone(_ inner: String) {
        #expect(reason("\"\(inner)\"") == .syntax)
        #expect(reason("{\"\(inner)\":1}") == .syntax)
    }

    @Test func flagsNULWhereverItIsWritten() throws {
        func holdsNUL(_ text: String) throws -> Bool { try JSONTape(Array(text.utf8)).root.holdsNUL }
        #expect(try holdsNUL("\"\\u0000\""))
        #expect(try holdsNUL("\"a\\u0000b\""))
        #expect(try holdsNUL("{\"\\u0000\":1}"))
        #expect(try holdsNUL("[[{\"a\":[1,\"\\u0000\"]}]]"))
        #expect(try !holdsNUL("\"\\\\u0000\""))
        #expect(try !holdsNUL("[\"\\u0001\",\"0\",0]"))
        let root = try JSONTape(Array("[[\"\\u0000\"],[1]]".utf8)).root
        #expect(root.elements.map(\.holdsNUL) == [true, false])
    }

    // MARK: duplicate keys

    @Test(arguments: [
        "{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":1,\"\\u0061\":1}", "{\"\\u0061\":1,\"\\u0061\":1}",
        "{\"\":1,\"\":2}", "{\"\u{e9}\":1,\"\\u00E9\":2}", "{\"/\":1,\"\\/\":2}", "{\"x\":{\"a\":1,\"a\":1}}",
        "[{\"a\":1,\"a\":1}]", "{\"\\ud83d\\ude00\":1,\"\u{1f600}\":2}",
    ])
    func refusesAKeyTwiceInOneObject(_ text: String) {
        #expect(reason(text) == .duplicateKey)
    }

    @Test(arguments: [
        "{\"a\":1,\"A\":1}", "{\"a\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]",
        "{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1}]}",
        // One text to Unicode's rules, two keys to JSON's.
        "{\"\u{e9}\":1,\"e\u{301}\":2}", "{\"a\":1,\"\\\\u0061\":2}",
    ])
    func takesKeysThatDiffer(_ text: String) {
        #expect(reason(text) == nil)
    }

    @Test(arguments: [2, 7, 8, 9, 10, 300]) func findsADuplicateAmongSoManyKeys(_ count: Int) {
        func object(_ keys: [String]) -> String { "{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}" }
        var keys = (0..<count).map { "key\($0)" }
        #expect(reason(object(keys)) == nil)
        keys[count - 1] = "\\u006bey0"
        #expect(reason(object(keys)) == .duplicateKey)
    }

    // MARK: limits

    @Test func takes64LevelsAndNot65() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ levels: Int) -> String {
                String(repeating: open, count: levels) + (open == "[" ? "" : "1")
                    + String(repeating: close, count: levels)
            }
            #expect(reason(nested(JSONLimits.depth)) == nil)
            #expect(reason(nested(JSONLimits.depth + 1)) == .tooDeep)
            #expect(reason(String(repeating: open, count: 100_000)) == .tooDeep)
        }
        let wide = "[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        #expect(reason(wide) == nil, "depth is not a count")
    }

    @Test func takes10000ValuesAndNot10001() {
        func list(_ values: Int) -> String {
            "[" + Array(repeating: "1", count: values - 1).joined(separator: ",") + "]"
        }
        #expect(reason(list(JSONLimits.values)) == nil)
        #expect(reason(list(JSONLimits.values + 1)) == .tooManyValues)
        func object(_ values: Int) -> String {
            "{" + (1..<values).map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        }
        #expect(reason(object(JSONLimits.values)) == nil, "keys don't count")
        #expect(reason(object(JSONLimits.values + 1)) == .tooManyValues)
    }

    @Test func saysWhereItFoundOut() throws {
        func offset(_ text: String) -> Int? {
            do {
                _ = try JSONTape(Array(text.utf8))
                return nil
            } catch { return error.offset }
        }
        #expect(offset("[1,x]") == 3)
        #expect(offset("{\"a\":1,\"a\":2}") == 7)
        #expect(offset("{} x") == 3)
    }

    // MARK: what is read out

    @Test func rangesAreExact() throws {
        let text = " { \"a\" : [ 1 , {\"b\":\"c\\n\"} ] , \"d\":-1.50e+3 } "
        let root = try JSONTape(Array(text.utf8)).root
        func raw(_ value: JSONValue?) -> String? { value.map { String(decoding: $0.raw, as: UTF8.self) } }
        #expect(raw(root) == String(text.dropFirst().dropLast()))
        #expect(raw(root["a"]) == "[ 1 , {\"b\":\"c\\n\"} ]")
        #expect(root["a"]?.elements.map { raw($0) ?? "" } == ["1", "{\"b\":\"c\\n\"}"])
        #expect(root["a"]?.elements.map(\.kind) == [.number, .object])
        #expect(raw(root["d"]) == "-1.50e+3")
        #expect(root["e"] == nil)
        #expect(Array(root.members).map(\.key) == ["a", "d"])
    }

    @Test func aValueOfAnotherKindHasNothingOfTheOthers() throws {
        for text in ["1", "\"a\"", "null", "true", "[1]", "{\"a\":1}"] {
            let root = try JSONTape(Array(text.utf8)).root
            #expect(Array(root.members).isEmpty == (root.kind != .object))
            #expect(Array(root.elements).isEmpty == (root.kind != .array))
            #expect((root.string == nil) == (root.kind != .string))
            #expect(root.isTrue == (root.kind == .true))
        }
    }

    @Test func writesAStringThatReadsAsItWas() throws {
        let text = (0..<0x300).compactMap { Unicode.Scalar($0).map(Character.init) }.reduce(into: "") { $0.append($1) }
        var bytes: [UInt8] = []
        JSONText.write(text + "\u{1f600}\u{2028}", into: &bytes)
        let root = try JSONTape(bytes).root
        #expect(root.string.map { Array($0.utf8) } == Array((text + "\u{1f600}\u{2028}").utf8))
    }
}
