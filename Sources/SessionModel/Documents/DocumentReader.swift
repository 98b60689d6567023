/// Why a stored document can't be read.
public struct DocumentError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ what: StaticString, _ why: String) { description = "\(what): \(why)" }
}

/// Takes a stored document apart, member by member.
struct DocumentReader {
    private let what: StaticString
    private let members: [String: JSONValue]

    init(_ document: [UInt8], of what: StaticString) throws(DocumentError) {
        self.what = what
        let root: JSONValue
        do { root = try JSONTape(stored: document).root } catch { throw DocumentError(what, error.reason.rawValue) }
        guard root.kind == .object else { throw DocumentError(what, "is no object") }
        members = Dictionary(root.members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private func wrong(_ key: String) -> DocumentError { DocumentError(what, "\(key) is not what its name promises") }

    private func value(_ key: String) throws(DocumentError) -> JSONValue {
        guard let value = members[key] else { throw DocumentError(what, "no \(key)") }
        return value
    }

    /// Nil for null.
    private func optional(_ key: String) throws(DocumentError) -> JSONValue? {
        let value = try value(key)
        return value.kind == .null ? nil : value
    }

    func text(_ key: String) throws(DocumentError) -> String {
        guard let text = try value(key).string else { throw wrong(key) }
        return text
    }

    func optionalText(_ key: String) throws(DocumentError) -> String? {
        guard let value = try optional(key) else { return nil }
        guard let text = value.string else { throw wrong(key) }
        return text
    }

    func texts(_ key: String) throws(DocumentError) -> [String] {
        let value = try value(key)
        let texts = value.elements.compactMap(\.string)
        guard value.kind == .array, texts.count == value.elements.reduce(0, { count, _ in count + 1 }) else {
            throw wrong(key)
        }
        return texts
    }

    func identifier<Kind>(_ key: String) throws(DocumentError) -> Identifier<Kind> {
        guard let id = Identifier<Kind>(try text(key)) else { throw wrong(key) }
        return id
    }

    func optionalIdentifier<Kind>(_ key: String) throws(DocumentError) -> Identifier<Kind>? {
        try optional(key) == nil ? nil : try identifier(key)
    }

    func identifiers<Kind>(_ key: String) throws(DocumentError) -> [Identifier<Kind>] {
        let texts = try texts(key)
        let ids = texts.compactMap { Identifier<Kind>($0) }
        guard ids.count == texts.count else { throw wrong(key) }
        return ids
    }

    func user(_ key: String) throws(DocumentError) -> UserID {
        let value = try value(key)
        let text = value.kind == .number ? String(decoding: value.raw, as: UTF8.self) : value.string
        guard let user = text.flatMap(UserID.init), value.kind == .string || user.isCanonicalInteger else {
            throw wrong(key)
        }
        return user
    }

    func integer(_ key: String) throws(DocumentError) -> Int64 {
        guard let number = Int64(String(decoding: try value(key).raw, as: UTF8.self)) else { throw wrong(key) }
        return number
    }

    func flag(_ key: String) throws(DocumentError) -> Bool {
        let value = try value(key)
        guard value.kind == .true || value.kind == .false else { throw wrong(key) }
        return value.isTrue
    }

    func time(_ key: String) throws(DocumentError) -> Timestamp {
        guard let time = Timestamp(try text(key)) else { throw wrong(key) }
        return time
    }

    func optionalTime(_ key: String) throws(DocumentError) -> Timestamp? {
        try optional(key) == nil ? nil : try time(key)
    }

    func choice<Choice: RawRepresentable>(
        _ key: String, of type: Choice.Type
    ) throws(DocumentError) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try text(key)) else { throw wrong(key) }
        return choice
    }

    /// An object's own bytes.
    func object(_ key: String) throws(DocumentError) -> [UInt8] {
        let value = try value(key)
        guard value.kind == .object else { throw wrong(key) }
        return Array(value.raw)
    }

    /// Any value's own bytes; nil for null.
    func optionalJSON(_ key: String) throws(DocumentError) -> [UInt8]? {
        try optional(key).map { Array($0.raw) }
    }

    /// The envelope of ``SealedMember``.
    func sealed(_ key: String) throws(DocumentError) -> [UInt8]? {
        guard let envelope = SealedMember.envelope(Array(try value(key).raw)[...]) else { throw wrong(key) }
        return envelope.isEmpty ? nil : envelope
    }
}
