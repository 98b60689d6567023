/// What `Prefer` (RFC 7240) asks for, as far as it is known here. A preference is never an error: what is not
/// understood is left out, and of one given twice the first counts.
struct Preferences: Equatable {
    /// `durability=durable`: answer once the write is in SQLite.
    var isDurable = false
    /// Seconds, 0 to ``APILimits/durableWaitSeconds``; more is cut to that.
    var wait: Int?

    init(_ text: String?) {
        guard let text else { return }
        var bytes = ByteCursor(text.utf8)
        var seen: Set<String> = []
        while !bytes.isAtEnd {
            bytes.skipSpace()
            let name = bytes.token().lowercased()
            guard let value = Self.value(&bytes) else { return }
            Self.skipParameters(&bytes)
            if !name.isEmpty, seen.insert(name).inserted { take(name, value) }
            guard bytes.take(UInt8(ascii: ",")) || bytes.isAtEnd else { return }
        }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "durability": isDurable = value == "durable"
        case "wait":
            guard !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                return
            }
            // Digits that don't fit are many seconds too.
            wait = min(Int(value) ?? .max, APILimits.durableWaitSeconds)
        default: break
        }
    }

    /// What stands behind `=`; empty without one, nil where it can't be read.
    private static func value(_ bytes: inout ByteCursor) -> String? {
        bytes.skipSpace()
        guard bytes.take(UInt8(ascii: "=")) else { return "" }
        bytes.skipSpace()
        let word = bytes.word()
        bytes.skipSpace()
        return word
    }

    private static func skipParameters(_ bytes: inout ByteCursor) {
        while bytes.take(UInt8(ascii: ";")) {
            bytes.skipSpace()
            _ = bytes.token()
            guard value(&bytes) != nil else { return }
        }
    }
}
