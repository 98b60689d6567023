public import FastCGI
public import Logging
public import NIOCore
import NIOPosix

/// Serves a responder over FastCGI 1.0, on a unix socket by default, behind nginx or any other web server.
///
/// ```swift
/// import FastCGIServer
/// import NIOPosix
///
/// struct Greeter: FastCGIResponder {
///     func respond(to request: FastCGIRequest) async -> FastCGIResponse {
///         FastCGIResponse(
///             status: 200,
///             headers: ["Content-Type": "text/plain"],
///             body: .buffer(.init(string: "Hello from \(request.target.path)\n"))
///         )
///     }
/// }
/// let server = FastCGIServer(address: .unixSocket(path: "/run/greeter.sock")) { _ in Greeter() }
/// try await server.run()
/// ```
///
/// Each event loop has a responder of its own, so that what a responder needs for every request can live on the loop
/// that the request arrived on. Connections are spread over the loops and stay where they are; a request begins and
/// ends on its connection's loop, with no lock and no hop.
///
/// Left to others: TLS, compression, static files, HTTP itself (the web server's); routing and authority (the
/// responder's). SIGPIPE must be ignored by the process.
public final class FastCGIServer: Sendable {
    private let address: FastCGIAddress
    private let limits: FastCGILimits
    private let drainTimeout: TimeAmount
    private let webServerAddresses: Set<String>?
    private let group: any EventLoopGroup
    private let logger: Logger
    private let loops: [FastCGILoop]
    private let drainSignal = AsyncStream.makeStream(of: Void.self)

    /// Makes a responder for each of the group's event loops; nothing listens yet.
    ///
    /// - Parameters:
    ///   - drainTimeout: How long requests in flight may take to finish after ``drain()``.
    ///   - webServerAddresses: The IP addresses that may connect over TCP, as FCGI_WEB_SERVER_ADDRS lists them
    ///     (FastCGI 1.0, section 3.2); `nil`: any.
    public init(
        address: FastCGIAddress,
        limits: FastCGILimits = FastCGILimits(),
        drainTimeout: TimeAmount = .seconds(20),
        webServerAddresses: [String]? = nil,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "fastcgi"),
        makeResponder: @Sendable (any EventLoop) -> any FastCGIResponder
    ) {
        self.address = address
        self.limits = limits
        self.drainTimeout = drainTimeout
        self.webServerAddresses = webServerAddresses.map(Set.init)
        self.group = eventLoopGroup
        self.logger = logger
        let eventLoops = Array(eventLoopGroup.makeIterator())
        let share = max(1, limits.requestsInFlight / max(1, eventLoops.count))
        self.loops = eventLoops.map {
            FastCGILoop($0, responder: makeResponder($0), limits: limits, requestLimit: share, logger: logger)
        }
    }

    /// Listens and serves until ``drain()`` is called or the task is cancelled, and then until the requests in flight
    /// have ended or the drain's time is over. To be called once.
    ///
    /// The listener is closed first, then every connection: at once if it is idle, else after its last END_REQUEST; a
    /// request that begins on it meanwhile is answered 503. What runs longer is cancelled.
    ///
    /// - Parameter onListening: Called when connections are accepted, with the address they come to.
    public func run(
        onListening: @Sendable (SocketAddress?) -> Void = { _ in }
    ) async throws(FastCGIServerError) {
        let listener = try await self.listen()
        for loop in self.loops { loop.startTicking() }
        onListening(listener.channel.localAddress)
        for await _ in self.drainSignal.stream {}

        listener.unixSocket?.removeFile()
        try? await listener.channel.close().get()
        let drained = self.loops.map { $0.drain() }
        let deadline = self.group.next().scheduleTask(in: self.drainTimeout) {
            for loop in self.loops { loop.cutShort() }
        }
        for future in drained { try? await future.get() }
        deadline.cancel()
    }

    /// Makes ``run(onListening:)`` finish what is in flight and return.
    public func drain() {
        self.drainSignal.continuation.finish()
    }

    /// What is going on now; cheap enough to be read at any time.
    public var counters: FastCGIServerCounters {
        FastCGIServerCounters(
            connections: self.loops.reduce(0) { $0 + $1.openConnections.load(ordering: .relaxed) },
            requestsInFlight: self.loops.reduce(0) { $0 + $1.requestsInFlight.load(ordering: .relaxed) }
        )
    }

    // MARK: Listening

    private struct Listener {
        let channel: any Channel
        /// `nil` unless this server made the socket's file.
        let unixSocket: UnixSocket?
    }

    private func listen() async throws(FastCGIServerError) -> Listener {
        if let limit = descriptorLimit(), limit < self.limits.connections + self.limits.refusedConnections + 64 {
            self.logger.warning(
                "Fewer descriptors may be open than connections are allowed",
                metadata: ["descriptors": "\(limit)", "connections": "\(self.limits.connections)"]
            )
        }
        switch self.address {
        case .unixSocket(let path, let mode):
            let socket = try UnixSocket.listen(path: path, mode: mode, backlog: self.limits.listenBacklog)
            do throws(FastCGIServerError) {
                return Listener(channel: try await self.adopt(socket.descriptor), unixSocket: socket)
            } catch {
                socket.removeFile()
                throw error
            }
        case .listening(let descriptor):
            guard isListening(descriptor) else { throw .notListening(descriptor) }
            return Listener(channel: try await self.adopt(descriptor), unixSocket: nil)
        case .tcp(let host, let port, let isOpenToNetwork):
            let address = try Self.tcpAddress(host, port, isOpenToNetwork: isOpenToNetwork)
            return Listener(channel: try await self.bind { $0.bind(to: address) }, unixSocket: nil)
        }
    }

    /// NIO listens on a socket that it is given with a backlog of its own, 128, whatever the option says: so once more.
    private func adopt(_ descriptor: Int32) async throws(FastCGIServerError) -> any Channel {
        let channel = try await self.bind { $0.withBoundSocket(descriptor) }
        do throws(FastCGIServerError) {
            try startListening(descriptor, backlog: self.limits.listenBacklog)
        } catch {
            try? await channel.close()
            throw error
        }
        return channel
    }

    private static func tcpAddress(
        _ host: String,
        _ port: Int,
        isOpenToNetwork: Bool
    ) throws(FastCGIServerError) -> SocketAddress {
        let ip = host == "localhost" ? "127.0.0.1" : host
        guard let address = try? SocketAddress(ipAddress: ip, port: port) else { throw .notAnAddress(host) }
        let text = address.ipAddress ?? ""
        guard isOpenToNetwork || text == "::1" || text.hasPrefix("127.") else { throw .notLoopback(host) }
        return address
    }

    private func bind(
        _ open: (ServerBootstrap) -> EventLoopFuture<any Channel>
    ) async throws(FastCGIServerError) -> any Channel {
        let pause = self.limits.acceptPause
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: Int32(clamping: self.limits.listenBacklog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(for: pause))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: self.limits.suspendedWriteBytes / 2, high: self.limits.suspendedWriteBytes)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        do {
            return try await open(bootstrap).get()
        } catch let error as IOError {
            throw .system(call: "listening", errno: error.errnoCode)
        } catch {
            throw .failed("\(error)")
        }
    }

    /// Runs on the connection's loop.
    private func accept(_ channel: any Channel) throws {
        guard let loop = self.loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
            throw ChannelError.operationUnsupported
        }
        if let allowed = self.webServerAddresses, let peer = channel.remoteAddress?.ipAddress, !allowed.contains(peer) {
            self.logger.info("A connection from a host that is no web server of ours was closed")
            throw ChannelError.operationUnsupported
        }
        let open = self.counters.connections
        guard open < self.limits.connections + self.limits.refusedConnections else {
            self.logger.warning("A connection was closed: too many are open")
            throw ChannelError.operationUnsupported
        }
        let connection = FastCGIConnection(loop: loop, isRefused: open >= self.limits.connections)
        try channel.pipeline.syncOperations.addHandler(connection)
    }
}

/// What a server has to do.
public struct FastCGIServerCounters: Sendable, Equatable {
    /// Connections open.
    public var connections: Int
    /// Requests whose responder runs; aborted ones are among them until it returns.
    public var requestsInFlight: Int

    public init(connections: Int, requestsInFlight: Int) {
        self.connections = connections
        self.requestsInFlight = requestsInFlight
    }
}
