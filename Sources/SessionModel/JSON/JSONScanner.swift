/// Reads one JSON text from its first byte to its last and indexes its values: see ``JSONTape`` for what it refuses.
struct JSONScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private var values = 0
    private var entries: [JSONTape.Entry] = []
    private let mostValues: Int

    init(_ bytes: [UInt8], values: Int = JSONLimits.values) {
        self.bytes = bytes
        mostValues = values
        entries.reserveCapacity(16)
    }

    mutating func scan() throws(JSONError) -> [JSONTape.Entry] {
        guard bytes.count <= Int32.max else { throw failure(.syntax) }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw failure(.byteOrderMark) }
        // UTF-16 and UTF-32 show as NUL or as bytes that no JSON text begins with.
        skipSpace()
        try value()
        skipSpace()
        guard position == bytes.count else { throw failure(.syntax) }
        return entries
    }

    private mutating func value() throws(JSONError) {
        values += 1
        guard values <= mostValues else { throw failure(.tooManyValues) }
        guard position < bytes.count else { throw failure(.syntax) }
        switch bytes[position] {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .true)
        case UInt8(ascii: "f"): try word("false", .false)
        case UInt8(ascii: "n"): try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw failure(.syntax)
        }
    }

    private mutating func object() throws(JSONError) {
        let index = try open(.object)
        var keys: [Int] = []
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw failure(.syntax) }
                keys.append(entries.count)
                try string()
                skipSpace()
                guard take(UInt8(ascii: ":")) else { throw failure(.syntax) }
                skipSpace()
                try value()
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw failure(.syntax) }
        }
        try refuseDuplicates(among: keys)
        close(index)
    }

    private mutating func array() throws(JSONError) {
        let index = try open(.array)
        skipSpace()
        if !take(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                try value()
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw failure(.syntax) }
        }
        close(index)
    }

    private mutating func open(_ kind: JSONTape.Kind) throws(JSONError) -> Int {
        depth += 1
        guard depth <= JSONLimits.depth else { throw failure(.tooDeep) }
        entries.append(entry(kind, from: position))
        position += 1
        return entries.count - 1
    }

    private mutating func close(_ index: Int) {
        depth -= 1
        entries[index].end = Int32(position)
        entries[index].next = Int32(entries.count)
        entries[index].holdsNUL = entries[(index + 1)...].contains { $0.holdsNUL }
    }

    private func entry(_ kind: JSONTape.Kind, from start: Int) -> JSONTape.Entry {
        JSONTape.Entry(
            kind: kind, start: Int32(start), end: Int32(position), next: Int32(entries.count + 1), isEscaped: false,
            holdsNUL: false)
    }

    /// Few keys are compared pair by pair, many by a set: neither can be made slow from outside.
    private func refuseDuplicates(among keys: [Int]) throws(JSONError) {
        guard keys.count > 1 else { return }
        let texts = keys.map { index -> ArraySlice<UInt8> in
            let entry = entries[index]
            let inner = bytes[Int(entry.start) + 1..<Int(entry.end) - 1]
            return entry.isEscaped ? JSONText.unescape(inner)[...] : inner
        }
        if texts.count <= 8 {
            for first in texts.indices {
                for second in texts.index(after: first)..<texts.endIndex where texts[first] == texts[second] {
                    throw JSONError(reason: .duplicateKey, offset: Int(entries[keys[second]].start))
                }
            }
            return
        }
        var seen = Set<ArraySlice<UInt8>>(minimumCapacity: texts.count)
        for (key, text) in zip(keys, texts) where !seen.insert(text).inserted {
            throw JSONError(reason: .duplicateKey, offset: Int(entries[key].start))
        }
    }

    private mutating func number() throws(JSONError) {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        entries.append(entry(.number, from: start))
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else { throw failure(.syntax) }
    }

    private mutating func word(_ word: StaticString, _ kind: JSONTape.Kind) throws(JSONError) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw failure(.syntax) }
        }
        entries.append(entry(kind, from: start))
    }

    private mutating func string() throws(JSONError) {
        let start = position
        position += 1
        var isEscaped = false
        var holdsNUL = false
        while true {
            position = bytes.withUnsafeBytes { $0.endOfPlainRun(from: position) }
            guard position < bytes.count else { throw failure(.syntax) }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                if try escape() == 0 { holdsNUL = true }
            } else if byte < 0x20 {
                throw failure(.syntax)
            } else if byte < 0x80 {
                position += 1
            } else {
                try multibyte()
            }
        }
        position += 1
        var entry = entry(.string, from: start)
        entry.isEscaped = isEscaped
        entry.holdsNUL = holdsNUL
        entries.append(entry)
    }

    /// Returns the code point that the escape at `position` stands for.
    private mutating func escape() throws(JSONError) -> UInt32 {
        guard let (point, length) = JSONText.escape(in: bytes, at: position) else { throw failure(.syntax) }
        position += length
        return point
    }

    /// One code point of two to four bytes, by the table of RFC 3629 section 4.
    private mutating func multibyte() throws(JSONError) {
        let first = bytes[position]
        let (length, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw failure(.encoding)
        }
        guard bytes.count - position >= length, second.contains(bytes[position + 1]) else { throw failure(.encoding) }
        for offset in 2..<max(length, 2) where !(0x80...0xbf).contains(bytes[position + offset]) {
            throw failure(.encoding)
        }
        position += length
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }
}
