/// A JSON text that was read strictly (RFC 8259) and lies where it arrived, with an index of its values.
///
/// Strict means: UTF-8 without a byte-order mark, no duplicate key in an object (compared after escapes), no lone
/// surrogate, nothing behind the value, the depth and number of values bounded by ``JSONLimits``. Numbers are checked by
/// grammar and never converted, so that no digit is lost. Decoders that are made for convenience let most of these pass.
///
/// Values are numbered in the order in which they begin; 0 is the root. A key is a value of its own, in front of what it
/// names, though it doesn't count for the limit.
public struct JSONTape: Sendable {
    public enum Kind: UInt8, Sendable {
        case object, array, string, number, `true`, `false`, null
    }

    struct Entry: Sendable {
        var kind: Kind
        /// Bytes of the value, quotes and brackets included.
        var start: Int32
        var end: Int32
        /// The index behind the last value inside this one.
        var next: Int32
        /// Whether a string holds `\`.
        var isEscaped: Bool
        /// Whether a string holds NUL, written as an escape. Objects and arrays: whether any inside does.
        var holdsNUL: Bool
    }

    public let bytes: [UInt8]
    var entries: [Entry]

    /// Reads the whole of `bytes`.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        let entries = try scanner.scan()
        self.bytes = bytes
        self.entries = entries
    }

    /// Reads a text of our own making, which may hold more values than one from outside: it can have come in several parts.
    public init(stored bytes: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner(bytes, values: .max)
        let entries = try scanner.scan()
        self.bytes = bytes
        self.entries = entries
    }

    public var root: JSONValue { JSONValue(tape: self, index: 0) }
}

/// One value of a ``JSONTape``.
public struct JSONValue: Sendable {
    let tape: JSONTape
    let index: Int

    private var entry: JSONTape.Entry { tape.entries[index] }
    public var kind: JSONTape.Kind { entry.kind }

    /// The value's own bytes, as they came.
    public var raw: ArraySlice<UInt8> { tape.bytes[Int(entry.start)..<Int(entry.end)] }

    /// Whether a string in it, key or value, holds NUL.
    public var holdsNUL: Bool { entry.holdsNUL }

    /// A string's text with its escapes resolved; nil for every other kind.
    public var string: String? {
        guard entry.kind == .string else { return nil }
        let inner = tape.bytes[Int(entry.start) + 1..<Int(entry.end) - 1]
        return String(decoding: entry.isEscaped ? JSONText.unescape(inner) : Array(inner), as: UTF8.self)
    }

    public var isTrue: Bool { entry.kind == .true }

    /// An object's members in order; empty for every other kind.
    public var members: Members { Members(value: self, end: entry.kind == .object ? Int(entry.next) : index + 1) }

    /// An array's elements in order; empty for every other kind.
    public var elements: Elements { Elements(value: self, end: entry.kind == .array ? Int(entry.next) : index + 1) }

    public subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    public struct Members: Sequence, IteratorProtocol {
        let tape: JSONTape
        var index: Int
        let end: Int

        init(value: JSONValue, end: Int) {
            tape = value.tape
            index = value.index + 1
            self.end = end
        }

        public mutating func next() -> (key: String, value: JSONValue)? {
            guard index < end else { return nil }
            let key = JSONValue(tape: tape, index: index)
            let value = JSONValue(tape: tape, index: index + 1)
            index = Int(tape.entries[index + 1].next)
            return (key.string ?? "", value)
        }
    }

    public struct Elements: Sequence, IteratorProtocol {
        let tape: JSONTape
        var index: Int
        let end: Int

        init(value: JSONValue, end: Int) {
            tape = value.tape
            index = value.index + 1
            self.end = end
        }

        public mutating func next() -> JSONValue? {
            guard index < end else { return nil }
            defer { index = Int(tape.entries[index].next) }
            return JSONValue(tape: tape, index: index)
        }
    }
}
