import NIOCore

/// The names that GET_VALUES knows (section 4.1).
enum FastCGIValueName: String, CaseIterable {
    case maxConnections = "FCGI_MAX_CONNS"
    case maxRequests = "FCGI_MAX_REQS"
    case multiplexesConnections = "FCGI_MPXS_CONNS"
}

/// The names asked for in a GET_VALUES: the known ones, each once, in the order asked.
struct FastCGIValueNames: IteratorProtocol {
    private var known: [FastCGIValueName] = []

    init(_ content: ByteBuffer) throws(FastCGIFramingError) {
        var rest = content
        while rest.readableBytes > 0 {
            guard let pair = rest.readFastCGIPair() else { throw .malformedValues }
            guard
                let text = content.getString(at: pair.name.lowerBound, length: pair.name.count),
                let name = FastCGIValueName(rawValue: text),
                !self.known.contains(name)
            else { continue }
            self.known.append(name)
        }
        self.known.reverse()
    }

    mutating func next() -> FastCGIValueName? { self.known.popLast() }
}
