import NIOCore
import Testing

@testable import Redis

@Suite struct RedisReplyTests {
    private func reply(_ text: String) throws -> RedisReply {
        try reply(Array(text.utf8))
    }

    private func reply(_ bytes: [UInt8]) throws -> RedisReply {
        var reader = try ReplyReader(limits: .init())
        var found: RedisReply?
        try bytes.withUnsafeBytes { bytes throws in try reader.read(bytes) { found = $0 } }
        return try #require(found)
    }

    @Test func aStringIsBytesAndTextAndPerhapsANumber() throws {
        let text = try reply("$2\r\n42\r\n")
        #expect((text.string, text.integer, text.byteCount, text.count) == ("42", 42, 2, 0))
        #expect(text.equals("42"))
        #expect(!text.equals("4"))
        #expect(try reply("$2\r\n4x\r\n").integer == nil)
        var buffer = ByteBuffer(string: "<")
        #expect(text.append(to: &buffer) == 2)
        #expect(String(buffer: buffer) == "<42")
        #expect(text.withBytes { Array($0) } == [52, 50])
    }

    @Test func whatIsNotUTF8IsBytesOnly() throws {
        let bytes = try reply(Array("$2\r\n".utf8) + [0xFF, 0xFE] + Array("\r\n".utf8))
        #expect(bytes.string == nil)
        #expect(bytes.byteCount == 2)
    }

    @Test func whatIsOfAnotherKindIsNil() throws {
        for text in [":5\r\n", "*0\r\n", "$-1\r\n", "-ERR x\r\n"] {
            let other = try reply(text)
            var buffer = ByteBuffer()
            #expect(other.string == nil)
            #expect(other.withBytes { _ in true } == nil)
            #expect(other.append(to: &buffer) == 0)
            #expect(other[0] == nil)
        }
        #expect(try reply("+OK\r\n").integer == nil)
        #expect(try reply("$-1\r\n").isNull)
        #expect(try reply("+OK\r\n").refusal == nil)
    }

    @Test func anElementOutlivesItsArray() throws {
        var array: RedisReply? = try reply("*2\r\n*1\r\n$3\r\nabc\r\n:1\r\n")
        let element = array?[0]?[0]
        #expect(array?[2] == nil)
        #expect(array?[-1] == nil)
        array = nil
        #expect(element?.string == "abc")
    }

    @Test(arguments: [
        ("LOADING", RedisRefusal.Effect.nothing), ("MASTERDOWN", .nothing), ("NOREPLICAS", .nothing),
        ("READONLY", .nothing), ("CLUSTERDOWN", .nothing), ("NOAUTH", .nothing), ("MISCONF", .nothing),
        ("OOM", .nothing),
        ("BUSY", .nothing), ("NOSCRIPT", .nothing), ("MOVED", .nothing), ("ASK", .nothing), ("TRYAGAIN", .nothing),
        ("NOPERM", .nothing), ("WRONGPASS", .nothing), ("EXECABORT", .nothing), ("ERR", .maybePartly),
        ("WRONGTYPE", .maybePartly), ("MYOWN", .maybePartly), ("", .maybePartly),
    ])
    func eachRefusalSaysWhatMayHaveBeenWritten(word: String, effect: RedisRefusal.Effect) throws {
        let refusal = try #require(try reply("-\(word) some text\r\n").refusal)
        #expect(refusal.effect == effect)
        #expect(refusal.message == "\(word) some text")
        #expect(refusal.code == RedisRefusal.Code(word: word))
    }

    @Test func aCodeOfItsOwnIsKept() throws {
        #expect(try reply("-MYOWN x\r\n").refusal?.code == .other("MYOWN"))
        #expect(try reply("-LONE\r\n").refusal?.code == .other("LONE"))
    }
}
