import NIOCore

/// Every bound of the FastCGI protocol and server, each with its unit and its reason.
///
/// The defaults fit nginx in front of a service on one machine. What is over a limit is refused as its line says;
/// nothing is allocated first.
public struct FastCGILimits: Sendable {
    // MARK: Fixed by the protocol (FastCGI 1.0, section 3.3)

    /// A record's content, in bytes: its length has 16 bits.
    public static let contentBytes = 65_535
    /// Content of one STDOUT or STDIN record that we write, in bytes: the largest multiple of 8 that fits.
    public static let writtenContentBytes = 65_528
    /// Digits of a CONTENT_LENGTH: as many as a 63-bit number has.
    public static let contentLengthDigits = 19

    // MARK: One request

    /// The PARAMS stream, in bytes. nginx cannot send more than 65,535; the slack is for servers that add pairs.
    /// Over it: 400.
    public var parametersBytes = 65_536 + 4_096
    /// Name-value pairs in PARAMS. nginx sends about 25 and one for each header. Over it: 400.
    public var parameters = 256
    /// Body bytes kept for a responder that does not read them. At or over it the connection is not read until they
    /// are taken; at most one record more is kept.
    public var unreadBodyBytes = 65_536
    /// The CGI header block of an answer, in bytes: nginx's `fastcgi_buffer_size` is one page of 4,096, which also
    /// holds the record's header. Over it: 500, because nginx would make a 502 of it.
    public var headerBlockBytes = 4_000
    /// A body up to this many bytes is copied behind its header into one buffer and so into one write; a larger one is
    /// written from where it lies.
    public var copiedBodyBytes = 16_384

    // MARK: One connection

    /// Requests active at once on one connection; told to web servers that ask for FCGI_MAX_REQS. Over it: 503.
    public var requestsPerConnection = 128
    /// Unsent bytes at which a streamed answer's `write` suspends. Two records.
    public var suspendedWriteBytes = 131_072
    /// Unsent bytes at which a connection is no longer read, and from which `unsentTimeout` runs.
    public var unsentBytes = 1_048_576
    /// How long a connection may have more than `unsentBytes` waiting before it is cut.
    public var unsentTimeout = TimeAmount.seconds(30)
    /// How long a peer may be silent inside a record, or between BEGIN and the end of STDIN. nginx, buffering requests,
    /// sends all of it at once.
    public var partialRequestTimeout = TimeAmount.seconds(10)
    /// How long a connection without requests is kept; `nil`: for ever. Must exceed the 60 s that nginx keeps its own,
    /// with slack: 75 s. A request that meets a closing connection is a 502.
    public var idleTimeout: TimeAmount?
    /// How long a connection that answered before it had read everything waits for the peer to close, so that the
    /// answer is not lost in a reset.
    public var lingerTimeout = TimeAmount.seconds(2)

    // MARK: The server

    /// Connections served; told to web servers that ask for FCGI_MAX_CONNS. Over it, a connection's request is answered
    /// 503 and the connection closed.
    public var connections = 8_192
    /// Connections over `connections` that are still answered 503; beyond them they are closed unanswered.
    public var refusedConnections = 128
    /// Requests whose responder runs, aborted ones included: the real bound of tasks. Over it: 503. Shared out equally
    /// between the event loops.
    public var requestsInFlight = 12_288
    /// Connections waiting in the kernel to be accepted.
    public var listenBacklog = 1_024
    /// Seconds in the `Retry-After` of a 503.
    public var retryAfterSeconds = 1
    /// How long accepting rests after the process ran out of descriptors.
    public var acceptPause = TimeAmount.milliseconds(200)

    /// The defaults.
    public init() {}
}
