import NIOCore

/// The header lines of an answer, written straight into one buffer.
///
/// A line that is not safe is never written, and never left out in silence: the whole answer becomes a 500 and the
/// server logs ``refusal``.
public struct FastCGIHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// Why the answer cannot be sent; names the header, never its value.
    public enum Refusal: Error, Sendable, Equatable {
        /// The name is no token (RFC 9110, section 5.6.2), or is one that the server writes itself: Status,
        /// Content-Length, Transfer-Encoding, Connection.
        case name
        /// The value has CR, LF, NUL, another control byte than a tab, or bytes that are not ASCII.
        case value(of: String)
    }

    /// `Name: value` lines, each with CR LF; no empty line.
    private(set) var block: [UInt8] = []
    /// The first line refused.
    public private(set) var refusal: Refusal?

    public init() {}

    public init(dictionaryLiteral lines: (String, String)...) {
        for (name, value) in lines { self.add(name, value) }
    }

    /// Adds a line; lines of one name may be several.
    public mutating func add(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        let refusal = name.withUTF8 { name in value.withUTF8 { value in self.add(name, value) } }
        if self.refusal == nil { self.refusal = refusal }
    }

    /// - Returns: why it was not added.
    private mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Refusal? {
        guard !name.isEmpty, name.allSatisfy(\.isToken), !Self.isReserved(name) else { return .name }
        guard value.allSatisfy(\.isHeaderValue) else {
            return .value(of: String(decoding: name, as: UTF8.self))
        }
        if self.block.isEmpty { self.block.reserveCapacity(512) }
        self.block.append(addingCapacity: name.count + value.count + 4) { line in
            line.withUnsafeMutableBufferPointer { line, written in
                var end = line.update(fromContentsOf: name)
                line[end] = UInt8(ascii: ":")
                line[end + 1] = UInt8(ascii: " ")
                end = line[(end + 2)...].update(fromContentsOf: value)
                line[end] = UInt8(ascii: "\r")
                line[end + 1] = UInt8(ascii: "\n")
                written = end + 2
            }
        }
        return nil
    }

    private static func isReserved(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch name.count {
        case 6, 10, 14, 17:
            ["status", "connection", "content-length", "transfer-encoding"]
                .contains(String(decoding: name, as: UTF8.self).lowercased())
        default:
            false
        }
    }
}

extension [UInt8] {
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { self.append(contentsOf: $0) }
    }

    mutating func append(text: StaticString) { text.withUTF8Buffer { self.append(contentsOf: $0) } }
}

extension UInt8 {
    /// RFC 9110, section 5.6.2.
    var isToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    fileprivate var isHeaderValue: Bool {
        (0x20...0x7e).contains(self) || self == UInt8(ascii: "\t")
    }
}
