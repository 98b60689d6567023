import SessionModel

/// Where a page of a list begins, as clients carry it: 24 bytes (the place's time in milliseconds, its id) in base64url.
/// Opaque to them, and checked like anything else they send.
enum PageCursor {
    static let length = 24

    static func text<Kind>(_ place: Place<Kind>) -> String {
        var bytes: [UInt8] = []
        let words = [UInt64(bitPattern: place.time.milliseconds), place.id.high, place.id.low]
        for word in words {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return Base64URL.encode(bytes)
    }

    static func place<Kind>(_ text: String) -> Place<Kind>? {
        guard let bytes = Base64URL.decode(text.utf8), bytes.count == length else { return nil }
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return Place(
            id: Identifier(high: word(8), low: word(16)), time: Timestamp(milliseconds: Int64(bitPattern: word(0))))
    }
}
