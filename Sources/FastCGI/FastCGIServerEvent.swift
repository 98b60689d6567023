import NIOCore

/// Names one request of a connection, and no later one that has its id.
public struct FastCGIRequestKey: Hashable, Sendable {
    /// The id on the wire, 1 to 65,535.
    public let id: UInt16
    let serial: UInt64
}

/// What a connection's peer did.
public enum FastCGIServerEvent: Sendable {
    /// PARAMS is whole: the request can be served. Its body follows, if any, and then ``bodyEnd(_:_:)``.
    case request(FastCGIRequestKey, FastCGIParameters, contentLength: Int?)
    /// The request is to be answered at once, with 400 or 503; nothing more is told of it but ``aborted(_:)``.
    case refused(FastCGIRequestKey, FastCGIRefusal)
    /// Bytes of the body: at least one, and never more in all than CONTENT_LENGTH.
    case body(FastCGIRequestKey, ByteBuffer)
    /// No more of the body comes. It may come before the end of STDIN, when that is longer than CONTENT_LENGTH.
    case bodyEnd(FastCGIRequestKey, FastCGIBodyEnd)
    /// The request is over; its END_REQUEST is written.
    case aborted(FastCGIRequestKey)
    /// Close the connection, and with it every request that is active.
    case failed(FastCGIFramingError)
}

/// Why a request is not given to a responder.
public enum FastCGIRefusal: Sendable, Equatable {
    /// 400.
    case malformed(FastCGIMalformation)
    /// 503: too many requests on the connection, or it is about to close.
    case overloaded
}

/// How a body ended (section 6.2).
public enum FastCGIBodyEnd: Sendable, Equatable {
    /// As long as CONTENT_LENGTH says, or that was not given.
    case whole
    /// STDIN was shorter or longer than CONTENT_LENGTH: nothing may be written on its account.
    case lengthMismatch
}
