/// Finds where an HTTP/1.1 answer ends in bytes that come in pieces. The bytes stay with the caller, who shows everything
/// from the answer's first byte on each time; what was read of it once is not read again.
package struct HTTPAnswerParser: Sendable {
    private var head: AnswerHead?

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
            guard let (body, end) = try Self.chunks(bytes, from: head.length) else { return .needsMore }
            self.head = nil
            return .chunked(head, body: body, end: end)
        }
        guard let length = head.contentLength else { throw .malformed("neither Content-Length nor chunks") }
        guard length <= LoadLimits.bodyBytes else { throw .tooLong(length) }
        guard bytes.count >= head.length + length else { return .needsMore }
        self.head = nil
        return .whole(head, body: head.length..<(head.length + length), end: head.length + length)
    }

    /// RFC 9112, section 7.1. Nil when the last chunk has not come yet.
    private static func chunks(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(AnswerHead.Fault) -> (body: [UInt8], end: Int)? {
        var body: [UInt8] = []
        var position = start
        while true {
            var (length, digits) = (0, 0)
            while position < bytes.count, let digit = hexadecimal(bytes[position]) {
                length = length << 4 | digit
                digits += 1
                position += 1
                guard length <= LoadLimits.bodyBytes else { throw .tooLong(length) }
            }
            guard position < bytes.count else { return nil }
            guard digits > 0 else { throw .malformed("no chunk's length") }
            // Extensions, of which there are none here, end with the line.
            while position < bytes.count, bytes[position] != 0x0a { position += 1 }
            position += 1
            guard position + length + 2 <= bytes.count else { return nil }
            guard bytes[position + length] == 0x0d, bytes[position + length + 1] == 0x0a else {
                throw .malformed("a chunk is not ended")
            }
            body += bytes[position..<(position + length)]
            position += length + 2
            if length == 0 { return (body, position) }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
