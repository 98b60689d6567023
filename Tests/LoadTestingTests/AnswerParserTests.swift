import LoadTesting
import Testing

@Suite struct AnswerParserTests {
    private static let id = "load-00000000000000ff"
    private static let plain =
        "HTTP/1.1 201 Created\r\nServer: nginx\r\nContent-Length: 11\r\nX-Request-ID: \(id)\r\nConnection: keep-alive\r\n\r\n{\"id\":\"abc\"}"
        .dropLast()
    private static let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-request-id:\(id)\r\nConnection: close\r\n\r\n5;a=b\r\nhello\r\nA\r\n 0123\r\n789\r\n0\r\n\r\n"

    private func parse(_ parser: inout HTTPAnswerParser, _ bytes: [UInt8]) throws -> HTTPAnswerParser.Result {
        try bytes.withUnsafeBytes { try parser.parse($0) }
    }

    @Test func anAnswerIsFoundHoweverItIsSplit() throws {
        let bytes = Array(Self.plain.utf8)
        for split in 0..<bytes.count {
            var parser = HTTPAnswerParser()
            #expect(try parse(&parser, Array(bytes[..<split])) == .needsMore)
            guard case .whole(let head, let body, let end) = try parse(&parser, bytes) else {
                Issue.record("split at \(split)")
                continue
            }
            #expect((head.status, end, head.closes) == (201, bytes.count, false))
            #expect(bytes[body].elementsEqual("{\"id\":\"abc\"".utf8))
            #expect(bytes.withUnsafeBytes { head.echoes(0xff, in: $0) })
            #expect(!bytes.withUnsafeBytes { head.echoes(0xfe, in: $0) })
        }
    }

    @Test func chunksAreJoinedHoweverTheyAreSplit() throws {
        let bytes = Array(Self.chunked.utf8)
        for split in 0..<bytes.count {
            var parser = HTTPAnswerParser()
            #expect(try parse(&parser, Array(bytes[..<split])) == .needsMore)
            guard case .chunked(let head, let body, let end) = try parse(&parser, bytes) else {
                Issue.record("split at \(split)")
                continue
            }
            #expect((head.status, head.closes, end) == (200, true, bytes.count))
            #expect(String(decoding: body, as: UTF8.self) == "hello 0123\r\n789")
        }
    }

    @Test func aChunkThatWasReadIsNotReadAgain() throws {
        var bytes = Array(Self.chunked.utf8)
        var parser = HTTPAnswerParser()
        let length = try #require(bytes.firstRange(of: Array("A\r\n 0123".utf8))).lowerBound
        #expect(try parse(&parser, Array(bytes[..<length])) == .needsMore)
        for place in 0..<length { bytes[place] = UInt8(ascii: "z") }
        guard case .chunked(_, let body, let end) = try parse(&parser, bytes) else {
            Issue.record("not whole")
            return
        }
        #expect(end == bytes.count)
        #expect(String(decoding: body, as: UTF8.self) == "hello 0123\r\n789")
    }

    @Test func chunksAreRefusedAtTheLimitOfAllOfThem() throws {
        let chunk = Array("100000\r\n".utf8) + Array(repeating: UInt8(ascii: "a"), count: 0x100000) + Array("\r\n".utf8)
        var bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var parser = HTTPAnswerParser()
        for _ in 0..<(LoadLimits.bodyBytes / 0x100000 - 1) {
            bytes += chunk
            #expect(try parse(&parser, bytes) == .needsMore)
        }
        bytes += chunk
        #expect(throws: AnswerHead.Fault.self) { try parse(&parser, bytes) }
    }

    @Test func whatFollowsIsNotTaken() throws {
        let bytes = Array("HTTP/1.1 204 No Content\r\nX: y\r\n\r\nHTTP/1.1".utf8)
        var parser = HTTPAnswerParser()
        guard case .whole(_, let body, let end) = try parse(&parser, bytes) else {
            Issue.record("not whole")
            return
        }
        #expect(body.isEmpty)
        #expect(end == bytes.count - 8)
    }

    @Test(arguments: [
        "HTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ])
    func whatIsNoAnswerIsRefused(_ text: String) {
        var parser = HTTPAnswerParser()
        #expect(throws: AnswerHead.Fault.self) { try parse(&parser, Array(text.utf8)) }
    }

    @Test func aHeadWithoutEndIsRefusedAtTheLimit() {
        var parser = HTTPAnswerParser()
        let bytes = Array(repeating: UInt8(ascii: "a"), count: LoadLimits.headBytes + 1)
        #expect(throws: AnswerHead.Fault.tooLong(bytes.count)) { try parse(&parser, bytes) }
    }

    @Test func aCGIHeadTellsItsStatus() throws {
        let bytes = Array(
            "Status: 412 Precondition Failed\r\nX-Request-ID: \(Self.id)\r\nContent-Length: 0\r\n\r\n".utf8)
        let head = try bytes.withUnsafeBytes { try AnswerHead($0, isHTTP: false) }
        #expect(head?.status == 412)
        #expect(head?.contentLength == 0)
        #expect(bytes.withUnsafeBytes { head?.echoes(0xff, in: $0) } == true)
    }
}
