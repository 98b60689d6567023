import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// HTTP/1.1 over a unix socket, with as many kept connections as there are requests at a time. Nothing is repeated: a
/// connection that breaks fails its request.
public final class HTTPClient: Sendable {
    public enum Failure: Error, Equatable {
        /// The connection broke before the whole answer was there.
        case closed
        case timedOut
    }

    private let socket: String
    private let idle: Mutex<[Channel]> = Mutex([])

    public init(socket: String) {
        self.socket = socket
    }

    deinit {
        for channel in idle.withLock({ $0 }) { channel.close(promise: nil) }
    }

    public func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        within limit: Duration = .seconds(30)
    ) async throws -> HTTPAnswer {
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path)
        head.headers.add(name: "Host", value: "localhost")
        if let body { head.headers.add(name: "Content-Length", value: String(body.count)) }
        for (name, value) in headers { head.headers.add(name: name, value: value) }

        let channel = try await connection()
        let promise = channel.eventLoop.makePromise(of: ExchangeHandler.Outcome.self)
        let timeout = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) { promise.fail(Failure.timedOut) }
        // Also where the connection is closed by now, and the handler gone.
        channel.writeAndFlush(ExchangeHandler.Request(head: head, body: body ?? [], promise: promise))
            .whenFailure { promise.fail($0) }
        do {
            let outcome = try await promise.futureResult.get()
            timeout.cancel()
            if outcome.keepsAlive {
                idle.withLock { $0.append(channel) }
            } else {
                channel.close(promise: nil)
            }
            return outcome.answer
        } catch {
            timeout.cancel()
            channel.close(promise: nil)
            throw error
        }
    }

    /// Closes the kept connections; the next request makes a new one.
    public func closeIdle() async {
        let channels = idle.withLock { kept in
            defer { kept = [] }
            return kept
        }
        for channel in channels { try? await channel.close() }
    }

    private func connection() async throws -> Channel {
        while let kept = idle.withLock({ $0.popLast() }) {
            if kept.isActive { return kept }
        }
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
                }
            }
            .connect(unixDomainSocketPath: socket).get()
    }
}

/// One request at a time on a connection, answered through its promise.
private final class ExchangeHandler: ChannelInboundHandler, ChannelOutboundHandler {
    struct Request {
        var head: HTTPRequestHead
        var body: [UInt8]
        var promise: EventLoopPromise<Outcome>
    }
    struct Outcome {
        var answer: HTTPAnswer
        var keepsAlive: Bool
    }
    private enum State {
        case idle
        case waiting(EventLoopPromise<Outcome>)
        case receiving(EventLoopPromise<Outcome>, HTTPResponseHead, [UInt8])
    }

    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Request
    typealias OutboundOut = HTTPClientRequestPart

    private var state = State.idle

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        state = .waiting(request.promise)
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if !request.body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: request.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .waiting(let promise)):
            state = .receiving(promise, head, [])
        case (.body(let buffer), .receiving(let promise, let head, var body)):
            state = .idle
            body.append(contentsOf: buffer.readableBytesView)
            state = .receiving(promise, head, body)
        case (.end, .receiving(let promise, let head, let body)):
            state = .idle
            let answer = HTTPAnswer(
                status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: body)
            promise.succeed(Outcome(answer: answer, keepsAlive: head.isKeepAlive))
        case (.head, .idle), (.head, .receiving), (.body, .idle), (.body, .waiting), (.end, .idle), (.end, .waiting):
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(HTTPClient.Failure.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        switch state {
        case .idle: break
        case .waiting(let promise), .receiving(let promise, _, _): promise.fail(error)
        }
        state = .idle
    }
}
