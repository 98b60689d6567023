import FoundationEssentials

/// Sealed metadata in a stored document: its last member, a string with the envelope in base64, or `{}` where there is
/// none. An answer puts the opened metadata, and what else belongs there, in its place:
///
///     {"id":…,"name":…  ,"hop_metadata":"AWsx…"}     stored
///     {"id":…,"name":…  ,"hop_metadata":{"a":1},"tool_steps":[…]}     answered
public enum SealedMember {
    /// Writes the member, which must be the document's last.
    public static func write(_ envelope: [UInt8]?, _ field: StaticString, to writer: inout JSONObjectWriter) {
        writer.member(field) { output in
            guard let envelope, !envelope.isEmpty else { return output += "{}".utf8 }
            output.append(UInt8(ascii: "\""))
            output += Data(envelope).base64EncodedString().utf8
            output.append(UInt8(ascii: "\""))
        }
    }

    /// The document up to its last member `field`, and that member's envelope (nil for `{}`). Nil where the document
    /// doesn't end like this.
    public static func split(
        _ document: [UInt8], _ field: StaticString
    ) -> (open: ArraySlice<UInt8>, envelope: [UInt8]?)? {
        let end = document.count - 1
        guard end > 2, document[end] == UInt8(ascii: "}") else { return nil }
        let start: Int
        if document[end - 1] == UInt8(ascii: "}") {
            start = end - 2
        } else {
            // Base64 holds no quote.
            guard let quote = document[..<(end - 1)].lastIndex(of: UInt8(ascii: "\"")) else { return nil }
            start = quote
        }
        // ,"field":
        let name = start - field.utf8CodeUnitCount - 4
        guard name > 0, let envelope = envelope(document[start..<end]) else { return nil }
        let isField = field.withUTF8Buffer { $0.elementsEqual(document[(name + 2)..<(start - 2)]) }
        guard isField, document[name] == UInt8(ascii: ","), document[name + 1] == UInt8(ascii: "\""),
            document[start - 2] == UInt8(ascii: "\""), document[start - 1] == UInt8(ascii: ":")
        else { return nil }
        return (document[..<name], envelope.isEmpty ? nil : envelope)
    }

    /// A document that was split, with an envelope again.
    public static func join(_ head: ArraySlice<UInt8>, _ envelope: [UInt8], _ field: StaticString) -> [UInt8] {
        var document = Array(head)
        document += ",\"\(field)\":\"".utf8
        document += Data(envelope).base64EncodedString().utf8
        document += "\"}".utf8
        return document
    }

    /// Empty for `{}`; nil for what is neither that nor a string of base64.
    public static func envelope(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        if value.elementsEqual("{}".utf8) { return [] }
        guard value.count > 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") else { return nil }
        return Data(base64Encoded: Data(value.dropFirst().dropLast())).map { [UInt8]($0) }
    }
}
