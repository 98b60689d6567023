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
        guard name.areAllBytes(\.isToken), !name.isEmpty, !Self.isReserved(name) else {
            self.refusal = self.refusal ?? .name
            return
        }
        guard value.areAllBytes(\.isHeaderValue) else {
            self.refusal = self.refusal ?? .value(of: name)
            return
        }
        if self.block.isEmpty { self.block.reserveCapacity(512) }
        self.block.append(text: name)
        self.block.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
        self.block.append(text: value)
        self.block.append(contentsOf: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
    }

    private static func isReserved(_ name: String) -> Bool {
        switch name.utf8.count {
        case 6, 10, 14, 17:
            ["status", "connection", "content-length", "transfer-encoding"].contains(name.lowercased())
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

extension String {
    /// Of contiguous texts, as nearly all are, without the string's own iterator.
    fileprivate func areAllBytes(_ isGood: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isGood) } ?? utf8.allSatisfy(isGood)
    }
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
