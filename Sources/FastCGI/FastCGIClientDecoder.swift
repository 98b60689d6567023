import NIOCore

/// What an application sends.
public enum FastCGIClientMessage: Sendable, Equatable {
    /// Empty at the stream's end.
    case stdout(requestID: UInt16, ByteBuffer)
    case stderr(requestID: UInt16, ByteBuffer)
    case end(requestID: UInt16, status: FastCGIProtocolStatus, appStatus: UInt32)
    case values([String: String])
    case unknownType(UInt8)
}

/// Bytes to messages, for the web server's side of a connection. Which requests are active is the caller's to know.
public struct FastCGIClientDecoder: Sendable {
    private var decoder = FastCGIRecordDecoder()

    public init() {}

    public mutating func append(_ bytes: ByteBuffer) {
        self.decoder.append(bytes)
    }

    /// The next message, or `nil` when more bytes are needed.
    public mutating func next() throws(FastCGIFramingError) -> FastCGIClientMessage? {
        guard let record = try self.decoder.next() else { return nil }
        switch FastCGIRecordType(rawValue: record.type) {
        case .stdout:
            return .stdout(requestID: record.requestID, record.content)
        case .stderr:
            return .stderr(requestID: record.requestID, record.content)
        case .endRequest:
            guard
                record.content.readableBytes == 8,
                let (appStatus, raw) = record.content.peekMultipleIntegers(as: (UInt32, UInt8).self),
                let status = FastCGIProtocolStatus(rawValue: raw)
            else { throw .contentLength(type: record.type, length: record.content.readableBytes) }
            return .end(requestID: record.requestID, status: status, appStatus: appStatus)
        case .getValuesResult:
            return .values(try Self.values(record.content))
        case .unknownType:
            guard
                record.content.readableBytes == 8,
                let type = record.content.getInteger(at: record.content.readerIndex, as: UInt8.self)
            else { throw .contentLength(type: record.type, length: record.content.readableBytes) }
            return .unknownType(type)
        case .beginRequest, .abortRequest, .params, .stdin, .data, .getValues, nil:
            throw .unexpectedType(record.type)
        }
    }

    private static func values(_ content: ByteBuffer) throws(FastCGIFramingError) -> [String: String] {
        var values: [String: String] = [:]
        var rest = content
        while rest.readableBytes > 0 {
            guard
                let pair = rest.readFastCGIPair(),
                let name = content.getString(at: pair.name.lowerBound, length: pair.name.count),
                let value = content.getString(at: pair.value.lowerBound, length: pair.value.count)
            else { throw .malformedValues }
            values[name] = value
        }
        return values
    }
}
