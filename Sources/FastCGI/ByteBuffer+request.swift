import NIOCore

/// What a web server writes. `requestID` is not 0.
extension ByteBuffer {
    /// BEGIN_REQUEST (section 5.1).
    public mutating func writeFastCGIBeginRequest(
        requestID: UInt16,
        role: FastCGIRole = .responder,
        keepConnection: Bool
    ) {
        self.writeFastCGIHeader(.beginRequest, requestID: requestID, contentLength: 8)
        self.writeMultipleIntegers(role.rawValue, UInt8(keepConnection ? 1 : 0), UInt8(0), UInt32(0))
    }

    /// The whole PARAMS stream, its end included (section 5.2).
    public mutating func writeFastCGIParameters(requestID: UInt16, _ pairs: [(name: String, value: String)]) {
        var stream = ByteBuffer()
        for pair in pairs { stream.writeFastCGIPair(name: pair.name, value: pair.value) }
        self.writeFastCGIStream(.params, requestID: requestID, stream)
        self.writeFastCGIStreamEnd(.params, requestID: requestID)
    }

    /// The whole STDIN stream, its end included (section 5.3).
    public mutating func writeFastCGIStdin(requestID: UInt16, _ body: ByteBuffer) {
        self.writeFastCGIStream(.stdin, requestID: requestID, body)
        self.writeFastCGIStreamEnd(.stdin, requestID: requestID)
    }

    /// ABORT_REQUEST (section 5.4). END_REQUEST still comes.
    public mutating func writeFastCGIAbortRequest(requestID: UInt16) {
        self.writeFastCGIHeader(.abortRequest, requestID: requestID, contentLength: 0)
    }

    /// GET_VALUES (section 4.1). The names answered are FCGI_MAX_CONNS, FCGI_MAX_REQS and FCGI_MPXS_CONNS.
    public mutating func writeFastCGIGetValues(_ names: [String]) {
        self.writeFastCGIValues(.getValues, names.map { ($0, "") })
    }
}
