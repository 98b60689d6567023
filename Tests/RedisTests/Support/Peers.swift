import Foundation
import Logging
import NIOCore
import NIOPosix

@testable import Redis

/// Stands between client and server on a unix socket, and does to the replies what it is told.
final class FaultProxy: Sendable {
    enum Fault: Sendable, Equatable {
        case none
        /// The replies never arrive.
        case swallow
        /// The connection ends after so many more bytes of replies.
        case cut(after: Int)
        /// A byte at a time, each in a turn of its own.
        case trickle
    }

    let path: String
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let fault: NIOLoopBoundBox<Fault>
    private let listener: any Channel

    init(to upstream: String) async throws {
        let path = NSTemporaryDirectory() + "/p\(UInt32.random(in: 0 ... .max)).sock"
        let loop = loop
        let fault = try await loop.submit { NIOLoopBoundBox(Fault.none, eventLoop: loop) }.get()
        (self.path, self.fault) = (path, fault)
        listener = try await ServerBootstrap(group: loop)
            .childChannelInitializer { client in
                ClientBootstrap(group: loop)
                    .connect(unixDomainSocketPath: upstream)
                    .flatMapThrowing { server in
                        try client.pipeline.syncOperations.addHandler(Relay(to: server) { .none })
                        try server.pipeline.syncOperations.addHandler(
                            Relay(to: client) {
                                fault.value
                            } consumed: { bytes in
                                if case .cut(let after) = fault.value { fault.value = .cut(after: after - bytes) }
                            })
                    }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    func set(_ fault: Fault) async throws {
        try await loop.submit { self.fault.value = fault }.get()
    }

    func close() async throws { try await listener.close() }

    deinit {
        listener.close(promise: nil)
        unlink(path)
    }

    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let peer: any Channel
        private let fault: () -> Fault
        private let consumed: (Int) -> Void

        init(to peer: any Channel, fault: @escaping () -> Fault, consumed: @escaping (Int) -> Void = { _ in }) {
            (self.peer, self.fault, self.consumed) = (peer, fault, consumed)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            switch fault() {
            case .none: peer.writeAndFlush(bytes, promise: nil)
            case .swallow: break
            case .cut(let after):
                consumed(bytes.readableBytes)
                guard bytes.readableBytes > after else { return peer.writeAndFlush(bytes, promise: nil) }
                let head = bytes.readSlice(length: max(0, after)) ?? ByteBuffer()
                let channel = context.channel
                peer.writeAndFlush(head).whenComplete { [peer] _ in
                    peer.close(promise: nil)
                    channel.close(promise: nil)
                }
            case .trickle:
                for byte in bytes.readableBytesView {
                    context.eventLoop.execute { [peer] in
                        peer.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil)
                    }
                }
            }
        }

        func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }
    }
}

/// A server that says what the test wants to every command after the greeting, however wrong. Unless told otherwise it is a
/// primary.
final class FakeServer: Sendable {
    let path: String
    private let listener: any Channel

    static let primary = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"

    init(
        role: String = FakeServer.primary, _ answer: @escaping @Sendable (_ command: [String]) -> String
    ) async throws {
        let path = NSTemporaryDirectory() + "/f\(UInt32.random(in: 0 ... .max)).sock"
        self.path = path
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(try Answering(role, answer))
                }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    deinit {
        listener.close(promise: nil)
        unlink(path)
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let role: String
        private let answer: @Sendable ([String]) -> String
        private var reader: ReplyReader

        init(_ role: String, _ answer: @escaping @Sendable ([String]) -> String) throws {
            self.role = role
            self.answer = answer
            self.reader = try ReplyReader(limits: .init())
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            bytes.withUnsafeReadableBytes { bytes in
                try? reader.read(bytes) { command in
                    let words = command.elements.compactMap(\.string)
                    let said =
                        switch words.first {
                        case "CLIENT": "+OK\r\n"
                        case "ROLE": role
                        case "INFO": "$8\r\nrun_id:1\r\n"
                        default: answer(words)
                        }
                    context.writeAndFlush(NIOAny(ByteBuffer(string: said)), promise: nil)
                }
            }
        }
    }
}

extension Logger {
    static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// Runs a client for the time of `body`, which begins when it is connected.
func withClient<Result>(
    at path: String, _ limits: RedisLimits = .init(),
    on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
    onConnect: @escaping RedisClient.Admission = { _ in }, _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    let configuration = RedisConfiguration(address: .unixSocket(path: path), limits: limits)
    return try await withClient(configuration, on: loop, onConnect: onConnect, body)
}

func withClient<Result>(
    _ configuration: RedisConfiguration, on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
    logger: Logger = .silent, onConnect: @escaping RedisClient.Admission = { _ in },
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    let client = RedisClient(configuration: configuration, eventLoop: loop, logger: logger, onConnect: onConnect)
    let running = Task { await client.run() }
    do {
        try await eventually("the client connects") { client.isConnected }
        let result = try await body(client)
        running.cancel()
        await running.value
        return result
    } catch {
        running.cancel()
        await running.value
        throw error
    }
}

/// What a command came to, comparable.
enum Outcome: Equatable, Sendable {
    case reply(String)
    case failed(RedisError)
}

func outcome(_ work: () async throws -> RedisReply) async -> Outcome {
    do {
        let reply = try await work()
        return .reply(reply.string ?? "\(reply.kind) \(reply.integer ?? reply.count)")
    } catch let error as RedisError {
        return .failed(error)
    } catch {
        return .reply("\(error)")
    }
}
