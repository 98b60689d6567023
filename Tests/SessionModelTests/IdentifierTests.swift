import SessionModel
import Testing

@Suite struct IdentifierTests {
    @Test func aChatsIdFindsItsSessionAndBack() throws {
        var generator = SystemRandomNumberGenerator()
        let shard = Shard(number: 15)
        let id = SessionID.random(in: shard, at: Timestamp(milliseconds: 1_795_430_246_752), using: &generator)
        #expect(id.shard == shard)
        #expect(id.chat.session == id)
        #expect(SessionID(id.description) == id)
        #expect(ChatID(high: id.high, low: id.low).session == nil)
    }

    @Test(arguments: [
        "", "0196f3c2-aaaa-7bbb-8ccc-00000000000", "0196F3C2-aaaa-7bbb-8ccc-000000000000",
        "0196f3c2aaaa-7bbb-8ccc-0000000000000", "0196f3c2-aaaa-7bbb-8ccc-00000000000g",
        "0196f3c2-aaaa-7bbb-8ccc-0000000000000", "0196f3c2-aaaa-7bbb-8ccc-0000000000\u{e9}",
    ])
    func whatIsNotALowerCaseUUIDIsNoId(_ text: String) {
        #expect(SessionID(text) == nil)
    }
}
