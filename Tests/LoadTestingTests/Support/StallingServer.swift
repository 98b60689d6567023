import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers what the harness needs for a workload of activity alone, quickly; but one request stops it for a second, and
/// with it everything else that it serves: it has one thread.
final class StallingServer: Sendable {
    let socket: String
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel

    /// - Parameter stallAt: Which activity request it stops at.
    init(socket: String, stallAt: Int) async throws {
        self.socket = socket
        let loop = group.next()
        let counter = try await loop.submit { NIOLoopBoundBox(0, eventLoop: loop) }.get()
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StallingHandler(counter, stallAt: stallAt))
                }
            }
            .bind(unixDomainSocketPath: socket).get()
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

private final class StallingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let counter: NIOLoopBoundBox<Int>
    private let stallAt: Int
    private var head: HTTPRequestHead?

    init(_ counter: NIOLoopBoundBox<Int>, stallAt: Int) {
        self.counter = counter
        self.stallAt = stallAt
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
        switch (head.method, parts.last ?? "") {
        case (.POST, "sessions"): (status, body) = (.created, #"{"user_session":{"id":"\#(id)"}}"#)
        case (.POST, "activity"):
            counter.value += 1
            if counter.value == stallAt { usleep(1_000_000) }
        case (.GET, "metrics"): (status, body) = (.notFound, "")
        default: body = #"{"id":"\#(id)","message_count":0,"chat":{"messages":[]}}"#
        }
        var headers = HTTPHeaders([("Content-Length", String(body.utf8.count))])
        if let id = head.headers.first(name: "X-Request-ID") { headers.add(name: "X-Request-ID", value: id) }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
