import NIOCore

/// A client's connection and the one to the server that belongs to it, on one event loop.
///
///     client ──requests──▶ lane ──▶ server
///     client ◀── lane ◀──replies── server
final class ProxiedConnection {
    private let client: any Channel
    private let server: any Channel
    private unowned let proxy: FaultProxyState
    private var requests: ProxyLane
    private var replies: ProxyLane
    private var hasLostBytes = false
    private var isClosing = false

    init(client: any Channel, server: any Channel, proxy: FaultProxyState) {
        self.client = client
        self.server = server
        self.proxy = proxy
        requests = ProxyLane(to: server)
        replies = ProxyLane(to: client)
    }

    func received(_ buffer: ByteBuffer, _ direction: Fault.Direction) {
        guard !isClosing else { return }
        let lane = direction == .requests ? requests : replies
        switch proxy.fault {
        case .delay(direction, let time):
            proxy.happened()
            lane.send(buffer, after: TimeAmount(time))
        case .trickle(direction, let pause):
            proxy.happened()
            for byte in buffer.readableBytesView { lane.send(ByteBuffer(bytes: [byte]), spacedBy: TimeAmount(pause)) }
        case .swallow(direction):
            proxy.happened()
            hasLostBytes = true
        case .cut(direction, let limit):
            var buffer = buffer
            let left = limit - lane.passed
            guard buffer.readableBytes > left else { return lane.send(buffer, after: .zero) }
            isClosing = true
            lane.send(buffer.readSlice(length: max(left, 0)) ?? ByteBuffer(), after: .zero)
            lane.whenEmpty { [self] in close() }
            proxy.wasCut()
        case .none, .delay, .trickle, .swallow, .cut, .refuse:
            lane.send(buffer, after: .zero)
        }
    }

    func faultChanged() {
        requests.passed = 0
        replies.passed = 0
        if hasLostBytes { close() }
    }

    func close() {
        isClosing = true
        client.close(promise: nil)
        server.close(promise: nil)
    }
}

/// One direction of a connection: what goes through it leaves in order, each piece at its time.
final class ProxyLane {
    /// Bytes taken since the fault last changed.
    var passed = 0
    private let destination: any Channel
    private var waiting: [(time: NIODeadline, buffer: ByteBuffer)] = []
    private var isScheduled = false
    private var emptied: (() -> Void)?

    init(to destination: any Channel) {
        self.destination = destination
    }

    func send(_ buffer: ByteBuffer, after delay: TimeAmount) {
        enqueue(buffer, at: .now() + delay)
    }

    /// So long after the piece before it.
    func send(_ buffer: ByteBuffer, spacedBy pause: TimeAmount) {
        enqueue(buffer, at: max(.now(), waiting.last?.time ?? .now()) + pause)
    }

    /// Calls back once when everything has been written.
    func whenEmpty(_ action: @escaping () -> Void) {
        emptied = action
        deliver()
    }

    private func enqueue(_ buffer: ByteBuffer, at time: NIODeadline) {
        passed += buffer.readableBytes
        // Never before what came first.
        waiting.append((max(time, waiting.last?.time ?? time), buffer))
        if !isScheduled { deliver() }
    }

    private func deliver() {
        let now = NIODeadline.now()
        let due = waiting.prefix { $0.time <= now }
        for piece in due { destination.writeAndFlush(piece.buffer, promise: nil) }
        waiting.removeFirst(due.count)
        guard let next = waiting.first else {
            emptied?()
            emptied = nil
            return
        }
        guard !isScheduled else { return }
        isScheduled = true
        destination.eventLoop.assumeIsolated().scheduleTask(deadline: next.time) { [self] in
            isScheduled = false
            deliver()
        }
    }
}

/// Hands a connection what arrives on one of its channels.
final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let direction: Fault.Direction
    private let connection: ProxiedConnection

    init(_ direction: Fault.Direction, _ connection: ProxiedConnection) {
        self.direction = direction
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.received(unwrapInboundIn(data), direction)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
