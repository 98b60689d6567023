import NIOCore
import NIOPosix

/// Answers each FastCGI request 1 with four bytes that are no headers.
final class MalformedServer: Sendable {
    let socket: String
    private let channel: any Channel

    init(socket: String) async throws {
        self.socket = socket
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MalformedHandler())
                }
            }
            .bind(unixDomainSocketPath: socket).get()
    }

    func stop() async throws { try await channel.close() }
}

private final class MalformedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let stdout: [UInt8] = [1, 6, 0, 1, 0, 4, 0, 0] + Array("oops".utf8)
        let end: [UInt8] = [1, 3, 0, 1, 0, 8, 0, 0] + Array(repeating: 0, count: 8)
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: stdout + end)), promise: nil)
    }
}
