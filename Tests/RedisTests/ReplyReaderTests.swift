import NIOCore
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
    /// One of everything, twice nested.
    private static let sample =
        "+OK\r\n$5\r\nhe\0lo\r\n:-42\r\n$-1\r\n*-1\r\n-ERR no\r\n*3\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n$0\r\n\r\n"

    /// Reads `parts` one after the other; what each reply is.
    private func read(_ parts: [String], _ limits: RedisLimits = .init()) throws -> [String] {
        var reader = try ReplyReader(limits: limits)
        var replies: [String] = []
        for part in parts {
            try Array(part.utf8).withUnsafeBytes { bytes throws in
                try reader.read(bytes) { replies.append(describe($0)) }
            }
        }
        return replies
    }

    private func describe(_ reply: RedisReply) -> String {
        switch reply.kind {
        case .string: "$" + (reply.string ?? "?")
        case .status: "+" + (reply.string ?? "?")
        case .integer: ":\(reply.integer ?? 0)"
        case .null: "_"
        case .error: "-" + (reply.refusal?.message ?? "?")
        case .array: "[" + reply.elements.map(describe).joined(separator: ",") + "]"
        }
    }

    @Test func everySplitOfTheBytesGivesTheSameReplies() throws {
        let whole = ["+OK", "$he\0lo", ":-42", "_", "_", "-ERR no", "[$a,[:1,[]],$]"]
        #expect(try read([Self.sample]) == whole)
        #expect(try read(Self.sample.utf8.map { String(UnicodeScalar($0)) }) == whole)
        let text = Array(Self.sample.utf8)
        for at in 0...text.count {
            let parts = [text[..<at], text[at...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(try read(parts) == whole)
        }
    }

    @Test func muchAtOnceIsReadInSlicesAndWhole() throws {
        let count = 10_000
        #expect(try read([String(repeating: Self.sample, count: count)]).count == 7 * count)
    }

    @Test func sevenLevelsBelowTheFirstAreReadAndEightAreTheEnd() throws {
        let seven = String(repeating: "*1\r\n", count: 8) + ":1\r\n"
        #expect(try read([seven]) == ["[[[[[[[[:1]]]]]]]]"])
        #expect(throws: RedisReaderFailure(reason: .malformedReply)) { try read(["*1\r\n" + seven]) }
    }

    @Test(arguments: ["HTTP/1.1 400\r\n", "$x\r\n", "*99999999999\r\n", "$-2\r\n", ":\r\n", "\r\n", "*2\r\n:1\r\n?"])
    func whatIsNotRESPIsTheEnd(bytes: String) {
        #expect(throws: RedisReaderFailure.self) { try read([bytes]) }
    }

    @Test func afterAnErrorItStaysDead() throws {
        var reader = try ReplyReader(limits: .init())
        for text in ["?\r\n", "+OK\r\n"] {
            #expect(throws: RedisReaderFailure(reason: .malformedReply)) {
                try Array(text.utf8).withUnsafeBytes { bytes throws in
                    try reader.read(bytes) { _ in Issue.record("a reply from the dead") }
                }
            }
        }
    }

    @Test func aReplyOfTooManyBytesIsTheEndBeforeItIsWhole() throws {
        var limits = RedisLimits()
        limits.replyBytes = 100_000
        let fits = "$99000\r\n" + String(repeating: "x", count: 99_000) + "\r\n"
        #expect(try read([fits, fits], limits).count == 2)
        #expect(throws: RedisReaderFailure(reason: .replyTooLarge)) {
            try read(["$900000\r\n" + String(repeating: "x", count: 110_000)], limits)
        }
        let elements = String(repeating: "$9\r\nsome text\r\n", count: 10_000)
        #expect(throws: RedisReaderFailure(reason: .replyTooLarge)) { try read(["*10001\r\n" + elements], limits) }
    }

    @Test func aReplyOfTooManyElementsIsTheEndAtItsHeader() throws {
        var limits = RedisLimits()
        limits.replyElements = 10
        let ten = "*10\r\n" + String(repeating: ":1\r\n", count: 10)
        #expect(try read([ten, ten], limits).count == 2)
        for header in ["*11\r\n", "*2147483647\r\n", "*5\r\n*6\r\n"] {
            #expect(throws: RedisReaderFailure(reason: .replyTooLarge)) { try read([header], limits) }
        }
    }

    @Test func noBytesDoMoreThanEndIt() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = Seeded(seed)
        let alphabet = Array("+-:$*\r\n0123456789xOK ?".utf8)
        for _ in 0..<20_000 {
            var reader = try ReplyReader(limits: .init())
            var bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? alphabet.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes = Array(Self.sample.utf8)
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            bytes.withUnsafeBytes { bytes in
                try? reader.read(bytes) { reply in _ = (describe(reply), reply[0]?[0]?.byteCount, reply[-1]?.kind) }
            }
        }
    }
}
