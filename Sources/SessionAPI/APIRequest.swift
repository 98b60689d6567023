public import NIOCore

/// One request, as a web server handed it over. Nothing in it is authority but the token.
public struct APIRequest: Sendable {
    /// As the client wrote it: `GET`, most often in capitals.
    public var method: String
    /// Begins with "/"; still percent-encoded.
    public var path: String
    /// What follows the first "?", still encoded; nil without one.
    public var query: String?
    public var source: any RequestSource

    public init(method: String, path: String, query: String?, source: any RequestSource) {
        self.method = method
        self.path = path
        self.query = query
        self.source = source
    }
}

/// Where the rest of a request lies. What is not asked for is neither copied nor waited for.
public protocol RequestSource: Sendable {
    /// Several lines of one header are one value, joined by ", ". Nil where there is none.
    func value(of header: RequestHeader) -> String?
    /// Bytes, as far as the client said; nil if it didn't.
    var bodyLength: Int? { get }
    /// The whole body; suspends while it is on its way. Called at most once.
    func body(upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer
}

public enum RequestBodyError: Error, Sendable, Equatable {
    case tooLarge
    /// Shorter or longer than its announced length, or broken off: nothing may be written on its account.
    case incomplete
}

/// The request headers that are ever looked at, by their names as CGI parameters (RFC 3875, section 4.1.18).
public enum RequestHeader: String, Sendable, CaseIterable {
    case authorization = "HTTP_AUTHORIZATION"
    case contentType = "CONTENT_TYPE"
    case idempotencyKey = "HTTP_IDEMPOTENCY_KEY"
    case ifMatch = "HTTP_IF_MATCH"
    case ifNoneMatch = "HTTP_IF_NONE_MATCH"
    case prefer = "HTTP_PREFER"
    case requestID = "HTTP_X_REQUEST_ID"
    case traceparent = "HTTP_TRACEPARENT"
}
