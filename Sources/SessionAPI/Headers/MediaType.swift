/// The media types a body may have.
enum MediaType: String {
    case json = "application/json"
    /// RFC 7396.
    case mergePatch = "application/merge-patch+json"

    /// Nil for any other type, and for a `charset` other than UTF-8. Other parameters mean nothing here.
    init?(contentType text: String) {
        var bytes = ByteCursor(text.utf8)
        bytes.skipSpace()
        let type = bytes.prefix { $0.isToken || $0 == UInt8(ascii: "/") }
        guard let known = MediaType(rawValue: type.lowercased()) else { return nil }
        bytes.skipSpace()
        while bytes.take(UInt8(ascii: ";")) {
            bytes.skipSpace()
            let name = bytes.token().lowercased()
            guard bytes.take(UInt8(ascii: "=")) else { continue }
            guard let value = bytes.word() else { return nil }
            if name == "charset", value.lowercased() != "utf-8" { return nil }
            bytes.skipSpace()
        }
        guard bytes.isAtEnd else { return nil }
        self = known
    }
}
