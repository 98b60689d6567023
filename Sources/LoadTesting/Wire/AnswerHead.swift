#if canImport(Glibc)
    import Glibc
#endif

/// The lines in front of an answer's body, as far as anybody here asks: HTTP's (RFC 9112) and CGI's (RFC 3875) alike.
package struct AnswerHead: Equatable, Sendable {
    package var status: Int
    package var contentLength: Int?
    package var isChunked = false
    /// Whether the connection ends behind this answer.
    package var closes = false
    /// Its length with the empty line behind it.
    package var length: Int
    /// Where its X-Request-ID stands, as offsets.
    package var requestID: Range<Int> = 0..<0

    package enum Fault: Error, Equatable, Sendable {
        case malformed(String)
        case tooLong(Int)
    }

    /// Nil when the empty line has not come yet.
    package init?(_ bytes: UnsafeRawBufferPointer, isHTTP: Bool) throws(Fault) {
        guard let base = bytes.baseAddress, let last = Self.emptyLine(bytes) else {
            if bytes.count > LoadLimits.headBytes { throw .tooLong(bytes.count) }
            return nil
        }
        guard last <= LoadLimits.headBytes else { throw .tooLong(last) }
        length = last + 4
        status = 200
        var line = 0
        if isHTTP {
            guard last >= 12, memcmp(base, "HTTP/1.", 7) == 0, bytes[8] == UInt8(ascii: " "),
                let code = Self.number(bytes[9..<12])
            else { throw .malformed("no status line of HTTP/1.1") }
            status = code
            line = Self.lineEnd(bytes, from: 12, to: last) + 2
        }
        while line < last {
            let lineEnd = Self.lineEnd(bytes, from: line, to: last)
            try take(bytes, line, lineEnd)
            line = lineEnd + 2
        }
    }

    private mutating func take(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) throws(Fault) {
        // Told apart by length and first letter before anything is compared.
        switch (bytes[start] | 0x20, end - start) {
        case (UInt8(ascii: "c"), 15...):
            if let value = Self.value(of: "content-length:", bytes, start, end) {
                guard let count = Self.number(bytes[value]) else { throw .malformed("Content-Length is no number") }
                contentLength = count
            } else if let value = Self.value(of: "connection:", bytes, start, end) {
                closes = value.count == 5 && bytes[value.lowerBound] | 0x20 == UInt8(ascii: "c")
            }
        case (UInt8(ascii: "x"), 13...):
            if let value = Self.value(of: "x-request-id:", bytes, start, end) { requestID = value }
        case (UInt8(ascii: "t"), 18...):
            if Self.value(of: "transfer-encoding:", bytes, start, end) != nil { isChunked = true }
        case (UInt8(ascii: "s"), 10...):
            if let value = Self.value(of: "status:", bytes, start, end) {
                guard let code = Self.number(bytes[value.prefix(3)]) else { throw .malformed("Status is no number") }
                status = code
            }
        default: break
        }
    }

    /// Where a line's value stands, if the line has this name (lower case, with its colon).
    private static func value(
        of name: StaticString, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Range<Int>? {
        let count = name.utf8CodeUnitCount
        guard end - start >= count else { return nil }
        for offset in 0..<count where bytes[start + offset] | 0x20 != name.utf8Start[offset] | 0x20 { return nil }
        var first = start + count
        while first < end, bytes[first] == UInt8(ascii: " ") { first += 1 }
        return first..<end
    }

    /// Where the line in front of the empty one ends.
    private static func emptyLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var place = 0
        while place + 4 <= bytes.count, let found = memchr(base + place, 0x0d, bytes.count - 3 - place) {
            place = UnsafeRawPointer(found) - base
            if memcmp(found, "\r\n\r\n", 4) == 0 { return place }
            place += 2
        }
        return nil
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        guard let base = bytes.baseAddress, start < end, let found = memchr(base + start, 0x0d, end - start) else {
            return end
        }
        return UnsafeRawPointer(found) - base
    }

    static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !digits.isEmpty, digits.count <= 9 else { return nil }
        var value = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// Whether the answer echoes this request's X-Request-ID.
    package func echoes(_ number: UInt64, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard requestID.count == RequestDraft.requestIDBytes, let base = bytes.baseAddress else { return false }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: RequestDraft.requestIDBytes) { expected in
            guard let expected = expected.baseAddress else { return false }
            RequestDraft.writeRequestID(number, into: expected)
            return memcmp(base + requestID.lowerBound, expected, RequestDraft.requestIDBytes) == 0
        }
    }
}
