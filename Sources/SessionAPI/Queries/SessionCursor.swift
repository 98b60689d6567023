import SessionCore
import SessionModel

/// Where a page of the session list begins, as clients carry it: 24 bytes (the last activity in milliseconds, the id of
/// the session) in base64url. Opaque to them, and checked like anything else they send.
enum SessionCursor {
    static let length = 24

    static func text(_ position: SessionActivity) -> String {
        var bytes: [UInt8] = []
        let words = [
            UInt64(bitPattern: position.lastActivityAt.milliseconds), position.session.high, position.session.low,
        ]
        for word in words {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return Base64URL.encode(bytes)
    }

    static func position(_ text: String) -> SessionActivity? {
        guard let bytes = Base64URL.decode(text.utf8), bytes.count == length else { return nil }
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return SessionActivity(
            session: SessionID(high: word(8), low: word(16)),
            lastActivityAt: Timestamp(milliseconds: Int64(bitPattern: word(0))))
    }
}
