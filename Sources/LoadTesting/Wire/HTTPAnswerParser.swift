/// Finds where an HTTP/1.1 answer ends in bytes that come in pieces. The bytes stay with the caller, who shows everything
/// from the answer's first byte on each time; what was read of it once is not read again.
package struct HTTPAnswerParser: Sendable {
    private var head: AnswerHead?
    /// What has come of a body in chunks.
    private var chunks: ChunkedBody?

    package enum Result: Equatable, Sendable {
        case needsMore
        /// `body` and `end` are offsets from the first byte shown.
        case whole(AnswerHead, body: Range<Int>, end: Int)
        /// The same, with a body that came in chunks.
        case chunked(AnswerHead, body: [UInt8], end: Int)
    }

    package init() {}

    package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(AnswerHead.Fault) -> Result {
        if head == nil { head = try AnswerHead(bytes, isHTTP: true) }
        guard let head else { return .needsMore }
        if head.status == 204 || head.status == 304 {
            self.head = nil
            return .whole(head, body: head.length..<head.length, end: head.length)
        }
        if head.isChunked {
            var body = chunks.take() ?? ChunkedBody(from: head.length)
            guard try body.read(bytes) else {
                chunks = body
                return .needsMore
            }
            self.head = nil
            return .chunked(head, body: body.content, end: body.position)
        }
        guard let length = head.contentLength else { throw .malformed("neither Content-Length nor chunks") }
        guard length <= LoadLimits.bodyBytes else { throw .tooLong(length) }
        guard bytes.count >= head.length + length else { return .needsMore }
        self.head = nil
        return .whole(head, body: head.length..<(head.length + length), end: head.length + length)
    }
}
