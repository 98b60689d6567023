import NIOCore

extension ByteBuffer {
    /// A record's header with no padding; the reserved byte is zero. The caller writes `contentLength` bytes behind it.
    public mutating func writeFastCGIHeader(_ type: FastCGIRecordType, requestID: UInt16, contentLength: UInt16) {
        self.writeInteger(Self.fastCGIHeader(type, requestID, contentLength))
    }

    /// A header's 8 bytes, the first of them the most significant.
    private static func fastCGIHeader(
        _ type: FastCGIRecordType, _ requestID: UInt16, _ contentLength: UInt16
    ) -> UInt64 {
        1 << 56 | UInt64(type.rawValue) << 48 | UInt64(requestID) << 32 | UInt64(contentLength) << 16
    }

    /// `bytes` as records of at most 65,528 bytes. Nothing, if there are none: an empty record ends a stream
    /// (``writeFastCGIStreamEnd(_:requestID:)``).
    public mutating func writeFastCGIStream(_ type: FastCGIRecordType, requestID: UInt16, _ bytes: ByteBuffer) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let length = min(rest.readableBytes, FastCGILimits.writtenContentBytes)
            guard let part = rest.readSlice(length: length) else { return }
            self.writeFastCGIHeader(type, requestID: requestID, contentLength: UInt16(truncatingIfNeeded: length))
            self.writeImmutableBuffer(part)
        }
    }

    /// The empty record that ends a stream.
    public mutating func writeFastCGIStreamEnd(_ type: FastCGIRecordType, requestID: UInt16) {
        self.writeFastCGIHeader(type, requestID: requestID, contentLength: 0)
    }

    /// END_REQUEST (section 5.5). Web servers ignore `appStatus`.
    public mutating func writeFastCGIEndRequest(
        requestID: UInt16,
        status: FastCGIProtocolStatus = .requestComplete,
        appStatus: UInt32 = 0
    ) {
        self.writeMultipleIntegers(
            Self.fastCGIHeader(.endRequest, requestID, 8), UInt64(appStatus) << 32 | UInt64(status.rawValue) << 24)
    }

    /// UNKNOWN_TYPE (section 4.2): the answer to a management record of a type that is not known.
    public mutating func writeFastCGIUnknownType(_ type: UInt8) {
        self.writeFastCGIHeader(.unknownType, requestID: 0, contentLength: 8)
        self.writeMultipleIntegers(type, UInt8(0), UInt16(0), UInt32(0))
    }

    /// GET_VALUES (with empty values) or GET_VALUES_RESULT (section 4.1). Written is nothing if the pairs need more
    /// than one record.
    public mutating func writeFastCGIValues(_ type: FastCGIRecordType, _ pairs: [(name: String, value: String)]) {
        var content = ByteBuffer()
        for pair in pairs { content.writeFastCGIPair(name: pair.name, value: pair.value) }
        guard let length = UInt16(exactly: content.readableBytes) else { return }
        self.writeFastCGIHeader(type, requestID: 0, contentLength: length)
        self.writeImmutableBuffer(content)
    }
}
