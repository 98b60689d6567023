public import FastCGI
public import NIOCore

/// One request, checked as far as CGI goes: it has a method and a target that can be routed on.
///
/// Nothing in it is authority: behind a shared socket every parameter can be forged.
public struct FastCGIRequest: Sendable {
    /// REQUEST_METHOD: a token (RFC 9110, section 9.1), most often in capitals.
    public let method: String
    /// The path and query asked for, still percent-encoded.
    public let target: FastCGITarget
    /// Everything the web server sent; header `If-Match` is `HTTP_IF_MATCH`, `Content-Type` is `CONTENT_TYPE`.
    public let parameters: FastCGIParameters
    /// What the client sent; to be read at most once.
    public let body: FastCGIBody
    /// The loop that the connection lives on.
    public let eventLoop: any EventLoop

    /// A request that came by no connection, for tests of responders.
    public init(
        method: String,
        target: FastCGITarget,
        parameters: FastCGIParameters,
        body: FastCGIBody,
        eventLoop: any EventLoop
    ) {
        self.method = method
        self.target = target
        self.parameters = parameters
        self.body = body
        self.eventLoop = eventLoop
    }
}
