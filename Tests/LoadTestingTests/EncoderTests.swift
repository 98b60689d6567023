import FastCGI
import LoadTesting
import NIOCore
import Testing

@Suite struct EncoderTests {
    private func draft(body: String) -> RequestDraft {
        var draft = RequestDraft()
        draft.begin(body.isEmpty ? .get : .post)
        draft.path = Array("/api/sessions/active".utf8)
        draft.body = Array(body.utf8)
        draft.authorization = Array("Bearer \(String(repeating: "t", count: 150))".utf8)
        draft.number = 0x2a
        return draft
    }

    @Test func anHTTPRequestHasItsLengthItsTokenAndItsID() {
        var buffer = ByteBuffer()
        HTTPRequestEncoder(authority: "h:1").encode(draft(body: "{}"), into: &buffer)
        let token = String(repeating: "t", count: 150)
        #expect(
            String(buffer: buffer)
                == "POST /api/sessions/active HTTP/1.1\r\nHost: h:1\r\nX-Request-ID: load-000000000000002a\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )
    }

    @Test(arguments: [0, 2, 70_000]) func aFastCGIRequestIsWhatTheServerReads(bytes: Int) throws {
        var buffer = ByteBuffer()
        var encoder = FastCGIRequestEncoder()
        encoder.encode(draft(body: String(repeating: "b", count: bytes)), requestID: 3, into: &buffer)
        var decoder = FastCGIRecordDecoder()
        decoder.append(buffer)
        var (types, body, parameters) = ([UInt8](), 0, ByteBuffer())
        while let record = try decoder.next() {
            #expect(record.requestID == 3)
            types.append(record.type)
            if record.type == FastCGIRecordType.stdin.rawValue { body += record.content.readableBytes }
            if record.type == FastCGIRecordType.params.rawValue { parameters.writeImmutableBuffer(record.content) }
        }
        #expect(types.first == FastCGIRecordType.beginRequest.rawValue)
        #expect(types.last == FastCGIRecordType.stdin.rawValue)
        #expect(body == bytes)
        let text = String(decoding: parameters.readableBytesView, as: UTF8.self)
        #expect(text.contains("HTTP_X_REQUEST_IDload-000000000000002a"))
        #expect(text.contains("REQUEST_URI/api/sessions/active"))
    }
}
