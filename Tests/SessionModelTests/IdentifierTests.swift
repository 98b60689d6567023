import SessionModel
import SessionTesting
import Testing

@Suite struct IdentifierTests {
    @Test func aChatsIdFindsItsSessionAndBack() throws {
        var random = SeededGenerator.announced()
        for number: UInt16 in [0, 1, 15, 16_383] {
            let shard = Shard(number: number)
            let id = SessionID.random(in: shard, at: Timestamp(milliseconds: 1_795_430_246_752), using: &random)
            #expect(id.shard == shard)
            #expect(id.chat.session == id)
            #expect(SessionID(id.description) == id)
            #expect(ChatID(high: id.high, low: id.low).session == nil)
        }
    }

    @Test func aNewIdIsAUUIDv7ThatSortsByTime() {
        var random = SeededGenerator.announced()
        var before = ""
        for milliseconds: Int64 in [0, 1, 1_795_430_246_752, 1_795_430_246_753, 0xffff_ffff_ffff] {
            let id = SessionID.random(in: Shard(number: 3), at: Timestamp(milliseconds: milliseconds), using: &random)
            #expect(id.high >> 16 == UInt64(milliseconds))
            #expect(id.high & 0xf000 == 0x7000, "version 7")
            #expect(id.low >> 62 == 0b10, "variant")
            #expect(id.description > before)
            before = id.description
        }
        let ids = (0..<1000).map { _ in
            SessionID.random(in: Shard(number: 0), at: Timestamp(milliseconds: 5), using: &random)
        }
        #expect(Set(ids).count == ids.count)
    }

    @Test func textAndBytesAgreeForAnyBits() {
        var random = SeededGenerator.announced()
        for _ in 0..<500 {
            let id = MessageID(high: random.next(), low: random.next())
            var bytes: [UInt8] = []
            id.write(into: &bytes)
            #expect(Array(id.description.utf8) == bytes)
            #expect(bytes.count == 36)
            #expect(MessageID(bytes) == id)
        }
        #expect(SessionID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
        #expect(SessionID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
    }

    @Test(arguments: [
        "", "0196f3c2-aaaa-7bbb-8ccc-00000000000", "0196F3C2-aaaa-7bbb-8ccc-000000000000",
        "0196f3c2aaaa-7bbb-8ccc-0000000000000", "0196f3c2-aaaa-7bbb-8ccc-00000000000g",
        "0196f3c2-aaaa-7bbb-8ccc-0000000000000", "0196f3c2-aaaa-7bbb-8ccc-0000000000\u{e9}",
        "0196f3c2-aaaa-7bbb-8ccc-00000000000\u{661}", " 196f3c2-aaaa-7bbb-8ccc-000000000000",
        "0196f3c2:aaaa-7bbb-8ccc-000000000000", "0196f3c2-aaaa-7bbb-8ccc-0000000000}0",
        "{196f3c2-aaaa-7bbb-8ccc-000000000000", "0196f3c2-aaaa-7bbb-8ccc-00000000000\0",
        "-196f3c2-aaaa-7bbb-8ccc-000000000000", "0196f3c2--aaa-7bbb-8ccc-000000000000",
    ])
    func whatIsNotALowerCaseUUIDIsNoId(_ text: String) {
        #expect(SessionID(text) == nil)
        #expect(SessionID(Array(text.utf8)) == nil)
    }

    /// Each byte at each place: only hexadecimal digits and dashes in their own places get through, so nothing that
    /// means something in a key does.
    @Test func noOtherByteGetsThroughAnywhere() {
        let good = Array("0196f3c2-aaaa-7bbb-8ccc-000000000000".utf8)
        let digits = Set("0123456789abcdef".utf8)
        for place in good.indices {
            for byte in UInt8.min ... .max {
                var text = good
                text[place] = byte
                let isFine = good[place] == UInt8(ascii: "-") ? byte == UInt8(ascii: "-") : digits.contains(byte)
                #expect((SessionID(text) != nil) == isFine)
            }
        }
    }
}
