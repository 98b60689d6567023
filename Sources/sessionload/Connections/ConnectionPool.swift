import LoadTesting
import NIOCore
import NIOPosix

/// The connections to one target, opened when they are needed, up to a bound.
final class ConnectionPool {
    private let loop: any EventLoop
    private let target: LoadTarget
    private let multiplex: Int
    private let encoder: HTTPRequestEncoder
    var limit: Int
    weak var owner: (any ConnectionOwner)?
    /// One more can take requests.
    var opened: () -> Void = {}
    /// One could not be opened.
    var refused: (String) -> Void = { _ in }
    private var connections: [ObjectIdentifier: LoadConnection] = [:]
    /// Those with room; the one used last is used next, so that no more are kept busy than are needed.
    private var free: [LoadConnection] = []
    private var opening = 0
    private var dirty: [LoadConnection] = []

    init(_ target: LoadTarget, multiplex: Int, limit: Int, loop: any EventLoop) {
        self.loop = loop
        self.target = target
        self.multiplex = multiplex
        self.limit = limit
        encoder = HTTPRequestEncoder(authority: target.authority)
    }

    var count: Int { connections.count + opening }

    /// One with room, which the caller sends on at once.
    func take() -> LoadConnection? {
        while let connection = free.last {
            if connection.hasRoom { return connection }
            connection.isListed = false
            free.removeLast()
        }
        return nil
    }

    /// It has room again.
    func list(_ connection: LoadConnection) {
        guard connection.hasRoom, !connection.isListed else { return }
        connection.isListed = true
        free.append(connection)
    }

    func noteDirty(_ connection: LoadConnection) { dirty.append(connection) }

    func flush() {
        guard !dirty.isEmpty else { return }
        for connection in dirty where connection.isDirty { connection.flush() }
        dirty.removeAll(keepingCapacity: true)
    }

    /// Opens one more, if the bound allows it.
    func grow() {
        guard count < limit else { return }
        opening += 1
        let connection: LoadConnection & ChannelHandler =
            target.isFastCGI ? FastCGIConnection(capacity: multiplex) : HTTPConnection(encoder)
        connection.owner = owner
        connection.lastUsed = NIODeadline.now().uptimeNanoseconds
        let handler = NIOLoopBound<any ChannelHandler>(connection, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
        let future =
            switch target {
            case .http(let host, let port), .fastCGI(let host, let port): bootstrap.connect(host: host, port: port)
            case .httpSocket(let path), .fastCGISocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        future.assumeIsolated().whenComplete { [self] (result: Result<any Channel, any Error>) in
            opening -= 1
            switch result {
            case .success:
                connections[ObjectIdentifier(connection)] = connection
                list(connection)
                opened()
            case .failure(let error): refused("\(target): \(Self.reason(error))")
            }
        }
    }

    func forget(_ connection: LoadConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if connection.isListed {
            free.removeAll { $0 === connection }
            connection.isListed = false
        }
    }

    /// Closes what waits for an answer since before `sent`, and what has nothing to do since before `used`.
    func sweep(sentBefore sent: UInt64, usedBefore used: UInt64) {
        for connection in connections.values {
            if let oldest = connection.oldest {
                if oldest < sent { connection.close() }
            } else if connection.lastUsed < used {
                connection.isClosing = true
                connection.close()
            }
        }
    }

    func close() {
        for connection in connections.values { connection.close() }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else {
            return (error as? IOError).map(\.description) ?? "\(error)"
        }
        let first = error.connectionErrors.first.map { ($0.error as? IOError)?.description ?? "\($0.error)" }
        return first ?? error.dnsAError.map { "\($0)" } ?? "it can't be reached"
    }
}
