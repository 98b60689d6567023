/// A body in chunks (RFC 9112, section 7.1) that comes in pieces. It is shown everything from the answer's first byte on each
/// time, and reads each byte once.
///
///     length ─▶ extensions ─▶ content ─┬▶ length
///                                      └▶ the end, behind the chunk without content
///
/// Trailers are refused.
struct ChunkedBody: Sendable {
    private enum Part {
        /// The digits of a chunk's length, as far as they were read; nil before the first.
        case length(Int?)
        /// What is between a chunk's length and its line's end.
        case extensions(Int)
        /// The content, and its line's end.
        case content(Int)
    }

    private(set) var content: [UInt8] = []
    /// What was read: at the end, where the answer ends.
    private(set) var position: Int
    private let start: Int
    private var part = Part.length(nil)

    init(from start: Int) { (self.start, position) = (start, start) }

    /// Whether its end has come.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(AnswerHead.Fault) -> Bool {
        guard bytes.count - start <= LoadLimits.bodyBytes else { throw .tooLong(bytes.count - start) }
        while position < bytes.count {
            switch part {
            case .length(let length):
                guard let digit = Self.hexadecimal(bytes[position]) else {
                    guard let length else { throw .malformed("no chunk's length") }
                    part = .extensions(length)
                    continue
                }
                let longer = (length ?? 0) << 4 | digit
                guard longer <= LoadLimits.bodyBytes else { throw .tooLong(longer) }
                part = .length(longer)
                position += 1
            case .extensions(let length):
                if bytes[position] == 0x0a { part = .content(length) }
                position += 1
            case .content(let length):
                let end = position + length
                guard end + 2 <= bytes.count else { return false }
                guard bytes[end] == 0x0d, bytes[end + 1] == 0x0a else { throw .malformed("a chunk is not ended") }
                content += UnsafeRawBufferPointer(rebasing: bytes[position..<end])
                position = end + 2
                part = .length(nil)
                if length == 0 { return true }
            }
        }
        return false
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
