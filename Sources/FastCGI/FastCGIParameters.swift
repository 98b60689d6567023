import NIOCore

/// A request's parameters, read where they lie: the bytes of PARAMS and an index of pairs. A value is looked up, and a
/// `String` made, when it is asked for.
///
/// `HTTP_PROXY` is never there: no program may take a client's header for its own proxy setting ("httpoxy"). Of the
/// other `HTTP_…` names none is proof that the web server set it.
public struct FastCGIParameters: Sendable {
    /// The parameters that decide what is done; two of one name are a malformed request. Any other name given more than
    /// once has its values joined by ", ".
    public enum Critical: String, Sendable, CaseIterable {
        case contentLength = "CONTENT_LENGTH"
        case requestMethod = "REQUEST_METHOD"
        case requestURI = "REQUEST_URI"
        case authorization = "HTTP_AUTHORIZATION"
        case idempotencyKey = "HTTP_IDEMPOTENCY_KEY"
        case ifMatch = "HTTP_IF_MATCH"
    }

    private let bytes: ByteBuffer
    private let pairs: [FastCGIPair]

    /// Indexes a whole PARAMS stream. The buffer is kept, not copied.
    public init(parsing stream: ByteBuffer, limits: FastCGILimits = FastCGILimits()) throws(FastCGIMalformation) {
        guard stream.readableBytes <= limits.parametersBytes else { throw .tooLong }
        var pairs: [FastCGIPair] = []
        pairs.reserveCapacity(min(limits.parameters, 32))
        var rest = stream
        var count = 0
        var seen = CriticalSet()
        while rest.readableBytes > 0 {
            guard let pair = rest.readFastCGIPair() else { throw .truncatedPair }
            count += 1
            guard count <= limits.parameters else { throw .tooManyParameters }
            switch seen.take(stream, pair.name) {
            case .ordinary: pairs.append(pair)
            case .dropped: break
            case .twice(let name): throw .duplicate(name)
            }
        }
        self.bytes = stream
        self.pairs = pairs
    }

    /// How many pairs there are.
    public var count: Int { self.pairs.count }

    /// The value as text; bytes that are not UTF-8 become U+FFFD. `nil`: not given. "" is a value.
    public subscript(name: String) -> String? {
        guard let value = self.value(name) else { return nil }
        return String(buffer: value)
    }

    /// The value's bytes where they lie; only values given more than once, joined by ", ", are a copy.
    public func value(_ name: String) -> ByteBuffer? {
        var found: ByteBuffer?
        for pair in self.pairs where self.bytes.holds(name, at: pair.name) {
            guard let value = self.bytes.getSlice(at: pair.value.lowerBound, length: pair.value.count) else { continue }
            if var joined = found {
                joined.writeStaticString(", ")
                joined.writeImmutableBuffer(value)
                found = joined
            } else {
                found = value
            }
        }
        return found
    }

    /// Every pair as it came.
    public func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for pair in self.pairs {
            guard
                let name = self.bytes.getString(at: pair.name.lowerBound, length: pair.name.count),
                let value = self.bytes.getString(at: pair.value.lowerBound, length: pair.value.count)
            else { continue }
            body(name, value)
        }
    }

    /// CONTENT_LENGTH: `nil` when absent or empty, as nginx sends it for a GET and for an upload of unknown length.
    /// Caddy 2.6 sends `-1` for the latter: malformed, like anything that is not 1 to 19 digits.
    func contentLength() throws(FastCGIMalformation) -> Int? {
        guard let digits = self.value(Critical.contentLength.rawValue), digits.readableBytes > 0 else { return nil }
        guard digits.readableBytes <= FastCGILimits.contentLengthDigits else { throw .contentLength }
        var length = 0
        for digit in digits.readableBytesView {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .contentLength }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !overflow2 else { throw .contentLength }
            length = sum
        }
        return length
    }
}

/// Which critical names were seen while a stream is indexed.
private struct CriticalSet {
    enum Verdict {
        case ordinary
        case dropped
        case twice(FastCGIParameters.Critical)
    }

    private var seen: UInt8 = 0

    mutating func take(_ bytes: ByteBuffer, _ range: Range<Int>) -> Verdict {
        // Most names are told apart by their length alone.
        switch range.count {
        case 10: bytes.holds("HTTP_PROXY", at: range) ? .dropped : .ordinary
        case 11: self.take(.requestURI, bit: 1, bytes, range)
        case 13: self.take(.ifMatch, bit: 2, bytes, range)
        case 14:
            if bytes.holds(FastCGIParameters.Critical.requestMethod.rawValue, at: range) {
                self.take(.requestMethod, bit: 4, bytes, range)
            } else {
                self.take(.contentLength, bit: 8, bytes, range)
            }
        case 18: self.take(.authorization, bit: 16, bytes, range)
        case 20: self.take(.idempotencyKey, bit: 32, bytes, range)
        default: .ordinary
        }
    }

    private mutating func take(
        _ name: FastCGIParameters.Critical,
        bit: UInt8,
        _ bytes: ByteBuffer,
        _ range: Range<Int>
    ) -> Verdict {
        guard bytes.holds(name.rawValue, at: range) else { return .ordinary }
        guard self.seen & bit == 0 else { return .twice(name) }
        self.seen |= bit
        return .ordinary
    }
}

extension ByteBuffer {
    /// Whether the bytes at `range`, which lies in this buffer's readable bytes, are `text`.
    fileprivate func holds(_ text: String, at range: Range<Int>) -> Bool {
        guard text.utf8.count == range.count else { return false }
        return self.withUnsafeReadableBytes { all in
            let start = range.lowerBound - self.readerIndex
            guard start >= 0, range.count <= all.count - start else { return false }
            let bytes = UnsafeRawBufferPointer(rebasing: all[start..<(start + range.count)])
            let isEqual = text.utf8.withContiguousStorageIfAvailable { text in
                for index in 0..<text.count where text[index] != bytes[index] { return false }
                return true
            }
            return isEqual ?? text.utf8.elementsEqual(bytes)
        }
    }
}
