import NIOCore
import NIOPosix

/// What a `FaultProxy` knows, on its loop.
final class FaultProxyState {
    private(set) var fault = Fault.none
    private(set) var counts = FaultProxy.Counts()
    var listener: (any Channel)?
    private let server: String
    private let loop: any EventLoop
    private var connections: [ObjectIdentifier: ProxiedConnection] = [:]

    init(server: String, loop: any EventLoop) {
        self.server = server
        self.loop = loop
    }

    func set(_ fault: Fault) {
        self.fault = fault
        for connection in connections.values {
            connection.faultChanged()
            if fault == .refuse {
                happened()
                connection.close()
            }
        }
    }

    func happened() { counts.faults += 1 }

    func stopListening() -> EventLoopFuture<Void> {
        defer { listener = nil }
        return listener?.close() ?? loop.makeSucceededVoidFuture()
    }

    func stop() {
        listener?.close(promise: nil)
        listener = nil
        for connection in connections.values { connection.close() }
    }

    func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        counts.connections += 1
        let state = NIOLoopBound(self, eventLoop: loop)
        let peer = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .connect(unixDomainSocketPath: server)
        peer.whenFailure { _ in client.close(promise: nil) }
        return peer.flatMapThrowing { server in try state.value.join(client, server) }
    }

    private func join(_ client: any Channel, _ server: any Channel) throws {
        let connection = ProxiedConnection(client: client, server: server, proxy: self)
        let id = ObjectIdentifier(connection)
        let state = NIOLoopBound(self, eventLoop: loop)
        connections[id] = connection
        counts.open += 1
        try client.pipeline.syncOperations.addHandler(RelayHandler(.requests, connection))
        try server.pipeline.syncOperations.addHandler(RelayHandler(.replies, connection))
        for (side, other) in [(client, server), (server, client)] {
            side.closeFuture.whenComplete { _ in
                other.close(promise: nil)
                if state.value.connections.removeValue(forKey: id) != nil { state.value.counts.open -= 1 }
            }
        }
        // Nothing is read before both handlers are there: the client's channel becomes active only after this.
        server.setOption(.autoRead, value: true).whenFailure { _ in server.close(promise: nil) }
    }

    /// A cut happens once.
    func wasCut() {
        happened()
        set(.none)
    }
}
