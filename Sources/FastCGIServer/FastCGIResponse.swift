public import NIOCore

/// An answer.
public struct FastCGIResponse: Sendable {
    /// What follows the header block. To HEAD, and with status 204 or 304, none of it is sent and no stream started.
    public enum Body: Sendable {
        case empty
        /// Sent with a `Content-Length`.
        case buffer(ByteBuffer)
        /// Written as it is made, without a `Content-Length`. Throwing breaks the answer off: the connection is closed,
        /// so that the client does not take a part for the whole.
        case stream(@Sendable (FastCGIBodyWriter) async throws -> Void)
    }

    /// 200 to 599; any other is sent as 500.
    public var status: Int
    public var headers: FastCGIHeaders
    public var body: Body

    public init(status: Int, headers: FastCGIHeaders = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A problem (RFC 9457) without a type of its own. `detail` is one sentence of ours that needs no JSON escapes.
    static func problem(_ status: Int, _ detail: StaticString, retryAfterSeconds: Int? = nil) -> FastCGIResponse {
        self.problem(status, "\(detail)", retryAfterSeconds: retryAfterSeconds)
    }

    static func problem(_ status: Int, _ detail: String, retryAfterSeconds: Int? = nil) -> FastCGIResponse {
        var headers: FastCGIHeaders = ["Content-Type": "application/problem+json"]
        if let retryAfterSeconds { headers.add("Retry-After", "\(retryAfterSeconds)") }
        let json =
            #"{"type":"about:blank","title":"\#(reasonPhrase(status))","status":\#(status),"detail":"\#(detail)"}"#
        return FastCGIResponse(status: status, headers: headers, body: .buffer(ByteBuffer(string: json)))
    }
}

/// RFC 9110, section 15; "Status" for the rest, which no client reads.
func reasonPhrase(_ status: Int) -> StaticString {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Range Not Satisfiable"
    case 422: "Unprocessable Content"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 507: "Insufficient Storage"
    default: "Status"
    }
}
