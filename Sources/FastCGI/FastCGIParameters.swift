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
        let malformation = stream.withUnsafeReadableBytes { Self.index($0, limits, &pairs) }
        if let malformation { throw malformation }
        self.bytes = stream
        self.pairs = pairs
    }

    private static func index(
        _ stream: UnsafeRawBufferPointer, _ limits: FastCGILimits, _ pairs: inout [FastCGIPair]
    ) -> FastCGIMalformation? {
        var position = 0
        var count = 0
        var seen = CriticalSet()
        while position < stream.count {
            guard let pair = FastCGIPair(in: stream, at: &position) else { return .truncatedPair }
            count += 1
            guard count <= limits.parameters else { return .tooManyParameters }
            switch seen.take(UnsafeRawBufferPointer(rebasing: stream[pair.name])) {
            case .ordinary: pairs.append(pair)
            case .dropped: break
            case .twice(let name): return .duplicate(name)
            }
        }
        return nil
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
        var start = 0
        while let place = self.place(of: name, from: start) {
            start = place + 1
            guard let value = self.slice(self.pairs[place].value) else { continue }
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

    /// The first pair of that name from `start` on.
    private func place(of name: String, from start: Int) -> Int? {
        var name = name
        return name.withUTF8 { name in
            self.bytes.withUnsafeReadableBytes { bytes in
                for place in start..<self.pairs.count where Int(self.pairs[place].nameLength) == name.count {
                    if bytes.holds(name, at: Int(self.pairs[place].nameStart)) { return place }
                }
                return nil
            }
        }
    }

    private func slice(_ place: Range<Int>) -> ByteBuffer? {
        self.bytes.getSlice(at: self.bytes.readerIndex + place.lowerBound, length: place.count)
    }

    /// Every pair as it came.
    public func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for pair in self.pairs {
            guard
                let name = self.slice(pair.name), let value = self.slice(pair.value)
            else { continue }
            body(String(buffer: name), String(buffer: value))
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

    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        // Most names are told apart by their length alone.
        switch bytes.count {
        case 10: bytes.holds("HTTP_PROXY") ? .dropped : .ordinary
        case 11: self.take(.requestURI, bit: 1, bytes)
        case 13: self.take(.ifMatch, bit: 2, bytes)
        case 14:
            if bytes.first == UInt8(ascii: "R") {
                self.take(.requestMethod, bit: 4, bytes)
            } else {
                self.take(.contentLength, bit: 8, bytes)
            }
        case 18: self.take(.authorization, bit: 16, bytes)
        case 20: self.take(.idempotencyKey, bit: 32, bytes)
        default: .ordinary
        }
    }

    private mutating func take(
        _ name: FastCGIParameters.Critical, bit: UInt8, _ bytes: UnsafeRawBufferPointer
    ) -> Verdict {
        guard bytes.holds(name.rawValue) else { return .ordinary }
        guard self.seen & bit == 0 else { return .twice(name) }
        self.seen |= bit
        return .ordinary
    }
}

extension UnsafeRawBufferPointer {
    /// Whether `text` lies at `start`.
    fileprivate func holds(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        guard start >= 0, text.count <= self.count - start else { return false }
        for index in 0..<text.count where self[start + index] != text[index] { return false }
        return true
    }

    /// Whether it is `text`.
    fileprivate func holds(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { $0.count == self.count && self.holds($0, at: 0) }
    }
}
