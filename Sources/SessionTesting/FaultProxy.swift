import Glibc
import NIOCore
import NIOPosix

/// Stands between a client and a server on unix sockets, and does to their bytes what a `Fault` says. Both sides only see
/// a peer that misbehaves. Its buffers are not bounded: for tests.
///
/// Everything happens on one event loop.
public final class FaultProxy: Sendable {
    /// Where clients connect.
    public let socket: String
    private let loop: any EventLoop
    private let state: NIOLoopBound<FaultProxyState>

    public struct Counts: Sendable, Equatable {
        /// Connections taken since the start.
        public var connections: Int
        public var open: Int
        /// How often a fault was done to bytes or a connection.
        public var faults: Int

        public init(connections: Int = 0, open: Int = 0, faults: Int = 0) {
            self.connections = connections
            self.open = open
            self.faults = faults
        }
    }

    /// Takes connections on `socket` and makes one to `server` for each.
    public static func start(socket: String, server: String) async throws -> FaultProxy {
        let proxy = try await FaultProxy(socket: socket, server: server)
        try await proxy.listen()
        return proxy
    }

    private init(socket: String, server: String) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        self.socket = socket
        self.loop = loop
        state = try await loop.submit {
            NIOLoopBound(FaultProxyState(server: server, loop: loop), eventLoop: loop)
        }.get()
    }

    deinit {
        loop.execute { [state] in state.value.stop() }
    }

    /// Returns when the fault is in force, on open connections too.
    public func set(_ fault: Fault) async throws {
        let isListening = try await loop.submit { [state] in
            state.value.set(fault)
            return state.value.listener != nil
        }.get()
        switch (fault, isListening) {
        case (.refuse, true): try await loop.flatSubmit { [state] in state.value.stopListening() }.get()
        case (.refuse, false), (.none, true), (.delay, true), (.trickle, true), (.cut, true), (.swallow, true): break
        case (.none, false), (.delay, false), (.trickle, false), (.cut, false), (.swallow, false): try await listen()
        }
    }

    public func counts() async throws -> Counts {
        try await loop.submit { [state] in state.value.counts }.get()
    }

    public func stop() async throws {
        try await loop.submit { [state] in state.value.stop() }.get()
    }

    private func listen() async throws {
        // A socket stays in the file system after its last listener; one that refuses needs it to.
        unlink(socket)
        let state = self.state
        let listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { client in state.value.accept(client) }
            .bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: false).get()
        try await loop.submit { state.value.listener = listener }.get()
    }
}
