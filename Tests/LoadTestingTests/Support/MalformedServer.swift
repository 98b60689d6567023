import NIOCore
import NIOPosix

/// A FastCGI server whose records are no answers.
final class MalformedServer: Sendable {
    enum Fault {
        /// Request 1 of each connection is answered with four bytes that are no headers.
        case noHeaders
        /// The same, a second late; before that, connections without a request are told that request 1 has ended.
        case unasked
    }

    let socket: String
    private let channel: any Channel

    init(socket: String, _ fault: Fault) async throws {
        self.socket = socket
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MalformedHandler(fault))
                }
            }
            .bind(unixDomainSocketPath: socket).get()
    }

    func stop() async throws { try await channel.close() }
}

private final class MalformedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0] + Array(repeating: 0, count: 8)
    private static let answer: [UInt8] = [1, 6, 0, 1, 0, 4, 0, 0] + Array("oops".utf8) + end

    private let fault: MalformedServer.Fault
    private var isAsked = false

    init(_ fault: MalformedServer.Fault) { self.fault = fault }

    func channelActive(context: ChannelHandlerContext) {
        guard case .unasked = fault else { return }
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
            if !self.isAsked { self.write(Self.end, context) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isAsked = true
        switch fault {
        case .noHeaders: write(Self.answer, context)
        case .unasked:
            context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.write(Self.answer, context) }
        }
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
