import SessionCore

/// A session's version as an entity tag, and the conditions made of them (RFC 9110, sections 8.8.3 and 13.1).
struct EntityTag: Equatable {
    var isWeak: Bool
    /// The version, of a tag that looks like ours; nil for one that no session ever has.
    var version: Int64?

    static func text(_ version: Int64) -> String { "\"v\(version)\"" }

    enum List: Equatable {
        /// `*`: whatever is there.
        case any
        case tags([EntityTag])
    }

    /// Nil when `text` is neither `*` nor a list of one to ``APILimits/entityTags`` entity tags.
    static func list(_ text: String) -> List? {
        if text == "*" { return .any }
        var bytes = ByteCursor(text.utf8)
        var tags: [EntityTag] = []
        repeat {
            bytes.skipSpace()
            if bytes.peek == UInt8(ascii: ",") { continue }
            if bytes.isAtEnd { break }
            guard tags.count < APILimits.entityTags, let tag = tag(&bytes) else { return nil }
            tags.append(tag)
            bytes.skipSpace()
        } while bytes.take(UInt8(ascii: ","))
        return bytes.isAtEnd && !tags.isEmpty ? .tags(tags) : nil
    }

    private static func tag(_ bytes: inout ByteCursor) -> EntityTag? {
        var isWeak = false
        if bytes.take(UInt8(ascii: "W")) {
            guard bytes.take(UInt8(ascii: "/")) else { return nil }
            isWeak = true
        }
        guard bytes.take(UInt8(ascii: "\"")) else { return nil }
        let inner = bytes.prefix { $0 == 0x21 || (0x23...0x7e).contains($0) || $0 >= 0x80 }
        guard bytes.take(UInt8(ascii: "\"")) else { return nil }
        var version: Int64?
        if inner.first == "v", let number = Int64(inner.dropFirst()), "v\(number)" == inner { version = number }
        return EntityTag(isWeak: isWeak, version: version)
    }
}

extension EntityTag.List {
    /// What `If-Match` demands of a write: compared strongly, so that a weak tag never holds.
    var condition: VersionCondition {
        switch self {
        case .any: .any
        case .tags(let tags): .oneOf(tags.filter { !$0.isWeak }.compactMap(\.version))
        }
    }

    /// Whether `If-None-Match` finds this version: compared weakly.
    func holds(_ version: Int64) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.version == version }
        }
    }
}
