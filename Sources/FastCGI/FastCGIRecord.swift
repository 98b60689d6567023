import NIOCore

/// The record types of FastCGI 1.0 (section 8).
public enum FastCGIRecordType: UInt8, Sendable, CaseIterable {
    case beginRequest = 1
    case abortRequest = 2
    case endRequest = 3
    case params = 4
    case stdin = 5
    case stdout = 6
    case stderr = 7
    case data = 8
    case getValues = 9
    case getValuesResult = 10
    case unknownType = 11
}

/// The roles of FastCGI 1.0 (section 6). Only ``responder`` is served.
public enum FastCGIRole: UInt16, Sendable {
    case responder = 1
    case authorizer = 2
    case filter = 3
}

/// How a request ended (section 5.5).
public enum FastCGIProtocolStatus: UInt8, Sendable {
    case requestComplete = 0
    case cannotMultiplex = 1
    case overloaded = 2
    case unknownRole = 3
}

/// One record: a part of one request's stream, or a message about the connection (id 0). Its padding is gone.
public struct FastCGIRecord: Sendable, Equatable {
    /// The type as it came: it need not be a ``FastCGIRecordType``.
    public var type: UInt8
    /// 0 for management records.
    public var requestID: UInt16
    /// 0 to 65,535 bytes.
    public var content: ByteBuffer

    public init(type: UInt8, requestID: UInt16, content: ByteBuffer) {
        self.type = type
        self.requestID = requestID
        self.content = content
    }
}

/// Why a connection cannot go on: nothing behind the fault can be trusted.
public enum FastCGIFramingError: Error, Sendable, Equatable {
    /// A record of another protocol version, or no FastCGI at all.
    case version(UInt8)
    /// BEGIN_REQUEST for a request that is still active.
    case requestAlreadyActive(UInt16)
    /// A record of fixed content (BEGIN_REQUEST, END_REQUEST, UNKNOWN_TYPE) of another length.
    case contentLength(type: UInt8, length: Int)
    /// A PARAMS or STDIN record where that stream may not be: before its time or after its end.
    case streamOrder(type: UInt8)
    /// GET_VALUES or its result whose content is not name-value pairs.
    case malformedValues
    /// A record that this side never receives.
    case unexpectedType(UInt8)
}
