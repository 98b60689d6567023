import NIOCore

/// Bytes to records, split anywhere (FastCGI 1.0, section 3.3).
///
///     0        1     2          4              6              7         8
///     version  type  requestID  contentLength  paddingLength  reserved  content … padding …
///
/// A record is given out when it is whole, padding included, as a slice of what was read: nothing is copied unless a
/// record came in parts. At most one record's 65,798 bytes are kept beside what was appended last. After an error the
/// decoder is of no more use.
public struct FastCGIRecordDecoder: Sendable {
    private static let headerBytes = 8

    private var buffer = ByteBuffer()
    /// Whether no slice of `buffer`'s storage was given out, so that appending to it copies nothing twice.
    private var isOwnStorage = false

    public init() {}

    /// Bytes of a record that is not whole yet, or of records not asked for.
    public var bufferedBytes: Int { self.buffer.readableBytes }

    public mutating func append(_ bytes: ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
            self.isOwnStorage = false
        } else if self.isOwnStorage {
            self.buffer.writeImmutableBuffer(bytes)
        } else {
            var joined = ByteBuffer()
            joined.reserveCapacity(self.buffer.readableBytes + bytes.readableBytes)
            joined.writeImmutableBuffer(self.buffer)
            joined.writeImmutableBuffer(bytes)
            self.buffer = joined
            self.isOwnStorage = true
        }
    }

    /// The next whole record; `nil` when more bytes are needed. A wrong version is told by its first byte.
    public mutating func next() throws(FastCGIFramingError) -> FastCGIRecord? {
        let start = self.buffer.readerIndex
        guard self.buffer.readableBytes > 0 else { return nil }
        guard let header = self.buffer.getInteger(at: start, as: UInt64.self) else {
            guard let version = self.buffer.getInteger(at: start, as: UInt8.self), version != 1 else { return nil }
            throw .version(version)
        }
        let version = UInt8(truncatingIfNeeded: header >> 56)
        guard version == 1 else { throw .version(version) }
        let type = UInt8(truncatingIfNeeded: header >> 48)
        let requestID = UInt16(truncatingIfNeeded: header >> 32)
        let contentLength = UInt16(truncatingIfNeeded: header >> 16)
        let paddingLength = UInt8(truncatingIfNeeded: header >> 8)
        let total = Self.headerBytes + Int(contentLength) + Int(paddingLength)
        guard
            self.buffer.readableBytes >= total,
            let content = self.buffer.getSlice(at: start + Self.headerBytes, length: Int(contentLength))
        else { return nil }
        self.buffer.moveReaderIndex(forwardBy: total)
        self.isOwnStorage = false
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return FastCGIRecord(type: type, requestID: requestID, content: content)
    }
}
