import SessionModel
import Testing

@Suite struct JSONObjectWriterTests {
    @Test func writesMembersInOrderAndEscaped() throws {
        var writer = JSONObjectWriter()
        let id = SessionID(high: 0x0196_f3c2_aaaa_7bbb, low: 0x8ccc_0000_0000_0001)
        writer.member("text", "a\"\\\n\r\t\u{1}\u{1f}\u{7f}\u{e9}")
        writer.member("number", -42)
        writer.member("big", UInt64.max)
        writer.member("yes", true)
        writer.member("no", false)
        writer.member("id", id)
        writer.member("none", SessionID?.none)
        writer.member("at", Timestamp(milliseconds: 0))
        writer.member("json", json: Array("[1.0]".utf8))
        let text = String(decoding: writer.finish(), as: UTF8.self)
        #expect(
            text
                == #"{"text":"a\"\\\n\r\t\u0001\u001f"# + "\u{7f}\u{e9}"
                + #"","number":-42,"big":18446744073709551615,"yes":true,"no":false,"#
                + #""id":"0196f3c2-aaaa-7bbb-8ccc-000000000001","none":null,"at":"1970-01-01T00:00:00.000Z","json":[1.0]}"#
        )
        #expect(try JSONTape(Array(text.utf8)).root.kind == .object)
    }

    @Test func anEmptyObjectIsOne() {
        #expect(JSONObjectWriter().finish() == Array("{}".utf8))
    }

    @Test(arguments: [("7", "7"), ("-7", "-7"), ("0", "0"), ("007", "\"007\""), ("a\"b", "\"a\\\"b\"")])
    func aUserIdIsANumberWhereItIsOne(_ user: String, _ json: String) throws {
        var writer = JSONObjectWriter()
        writer.member("u", try #require(UserID(user)))
        #expect(String(decoding: writer.finish(), as: UTF8.self) == "{\"u\":\(json)}")
    }
}
