import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers what the harness needs for a workload of activity alone, quickly, but for one fault. It has one thread.
final class FaultyServer: Sendable {
    enum Fault {
        /// This activity request stops it for a second, and with it everything else that it serves.
        case stall(at: Int)
        /// Each activity request is answered, and answered again so much later.
        case secondAnswer(after: TimeAmount)
        /// This activity request is not answered: its connection is closed.
        case closes(at: Int)
        /// /metrics are never answered.
        case silentMetrics
        /// /metrics tell a lag of 10 ms the first time, 20 ms the second …
        case growingLag
        /// No session is ever made.
        case silentCreations
    }

    let socket: String
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel

    init(socket: String, _ fault: Fault) async throws {
        self.socket = socket
        let loop = group.next()
        let counter = try await loop.submit { NIOLoopBoundBox(0, eventLoop: loop) }.get()
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Its pipelining would see to it that there is one answer to a request.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(FaultyHandler(counter, fault))
                }
            }
            .bind(unixDomainSocketPath: socket).get()
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

private final class FaultyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let counter: NIOLoopBoundBox<Int>
    private let fault: FaultyServer.Fault
    private var head: HTTPRequestHead?
    private var looks = 0

    init(_ counter: NIOLoopBoundBox<Int>, _ fault: FaultyServer.Fault) {
        self.counter = counter
        self.fault = fault
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let parts = head.uri.split(separator: "/")
        let id = parts.count > 2 ? String(parts[2].prefix(36)) : "01a215da-064f-79a6-8868-f5fb42dc0000"
        var (status, body) = (HTTPResponseStatus.ok, #"{"id":"\#(id)","status":"active"}"#)
        var again: TimeAmount?
        switch (head.method, parts.last ?? "") {
        case (.POST, "sessions"):
            if case .silentCreations = fault { return }
            (status, body) = (.created, #"{"user_session":{"id":"\#(id)"}}"#)
        case (.POST, "activity"):
            counter.value += 1
            switch fault {
            case .stall(let place): if counter.value == place { usleep(1_000_000) }
            case .secondAnswer(let pause): again = pause
            case .closes(let place): if counter.value == place { return context.close(promise: nil) }
            case .silentMetrics, .silentCreations, .growingLag: break
            }
        case (.GET, "metrics"):
            if case .silentMetrics = fault { return }
            (status, body) = (.notFound, "")
            if case .growingLag = fault {
                looks += 1
                (status, body) = (.ok, "# lag\nsessiond_flush_lag_milliseconds \(10 * looks).0\n")
            }
        default: body = #"{"id":"\#(id)","message_count":0,"chat":{"messages":[]}}"#
        }
        var headers = HTTPHeaders([("Content-Length", String(body.utf8.count))])
        if let id = head.headers.first(name: "X-Request-ID") { headers.add(name: "X-Request-ID", value: id) }
        let answer = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        write(answer, body, context)
        if again == .zero { write(answer, body, context) }
        context.flush()
        guard let again, again > .zero else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: again) {
            guard context.channel.isActive else { return }
            self.write(answer, body, context)
            context.flush()
        }
    }

    private func write(_ head: HTTPResponseHead, _ body: String, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
