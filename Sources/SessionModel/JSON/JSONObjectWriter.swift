/// Writes one JSON object, member by member, at the end of a buffer.
///
///     var writer = JSONObjectWriter()
///     writer.member("id", session.id)
///     let body = writer.finish()
public struct JSONObjectWriter: Sendable {
    public private(set) var bytes: [UInt8]
    private var isEmpty = true

    public init(reserving capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "{"))
    }

    /// Begins a member whose value is appended by `write`, which must append exactly one JSON value.
    public mutating func member(_ key: StaticString, _ write: (inout [UInt8]) -> Void) {
        begin(key)
        write(&bytes)
    }

    private mutating func begin(_ key: StaticString) {
        if isEmpty { isEmpty = false } else { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// An object, whose members `write` writes.
    public mutating func member(_ key: StaticString, object write: (inout JSONObjectWriter) -> Void) {
        begin(key)
        bytes.append(UInt8(ascii: "{"))
        isEmpty = true
        write(&self)
        isEmpty = false
        bytes.append(UInt8(ascii: "}"))
    }

    public mutating func member(_ key: StaticString, _ text: String) {
        begin(key)
        JSONText.write(text, into: &bytes)
    }

    public mutating func member(_ key: StaticString, _ number: some FixedWidthInteger) {
        member(key) { $0.append(contentsOf: String(number).utf8) }
    }

    public mutating func member(_ key: StaticString, _ flag: Bool) {
        member(key) { $0.append(contentsOf: (flag ? "true" : "false").utf8) }
    }

    public mutating func member<Kind>(_ key: StaticString, _ id: Identifier<Kind>?) {
        member(key) { output in
            guard let id else { return output.append(contentsOf: "null".utf8) }
            output.append(UInt8(ascii: "\""))
            id.write(into: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    public mutating func member(_ key: StaticString, _ time: Timestamp) {
        member(key) { output in
            output.append(UInt8(ascii: "\""))
            time.write(into: &output)
            output.append(UInt8(ascii: "\""))
        }
    }

    public mutating func member(_ key: StaticString, _ user: UserID) {
        member(key) { output in
            if user.isCanonicalInteger {
                output.append(contentsOf: user.text.utf8)
            } else {
                JSONText.write(user.text, into: &output)
            }
        }
    }

    /// Null for nil.
    public mutating func member(_ key: StaticString, optional text: String?) {
        member(key) { output in
            guard let text else { return output += "null".utf8 }
            JSONText.write(text, into: &output)
        }
    }

    /// Null for nil.
    public mutating func member(_ key: StaticString, optional time: Timestamp?) {
        guard let time else { return member(key) { $0 += "null".utf8 } }
        member(key, time)
    }

    /// An array of strings.
    public mutating func member(_ key: StaticString, texts: [String]) {
        member(key) { output in output.appendArray(texts) { text, output in JSONText.write(text, into: &output) } }
    }

    /// An array of ids.
    public mutating func member<Kind>(_ key: StaticString, ids: [Identifier<Kind>]) {
        member(key) { output in
            output.appendArray(ids) { id, output in
                output.append(UInt8(ascii: "\""))
                id.write(into: &output)
                output.append(UInt8(ascii: "\""))
            }
        }
    }

    /// `json` must be exactly one JSON value.
    public mutating func member(_ key: StaticString, json: [UInt8]) {
        begin(key)
        bytes.append(contentsOf: json)
    }

    /// As the other, of bytes that are no array.
    public mutating func member(_ key: StaticString, json: some Sequence<UInt8>) {
        member(key, json: Array(json))
    }

    /// Closes the object. The writer is spent.
    public consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

extension [UInt8] {
    /// Appends a JSON array with one value for each item; `write` appends that value.
    public mutating func appendArray<Item>(_ items: some Sequence<Item>, _ write: (Item, inout [UInt8]) -> Void) {
        append(UInt8(ascii: "["))
        var isFirst = true
        for item in items {
            if isFirst { isFirst = false } else { append(UInt8(ascii: ",")) }
            write(item, &self)
        }
        append(UInt8(ascii: "]"))
    }
}
