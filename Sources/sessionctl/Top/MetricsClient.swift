import FastCGI
import NIOCore
import NIOPosix
import SessionSettings

/// Asks a sessiond for its metrics over its own FastCGI socket, without a web server.
struct MetricsClient {
    let address: Settings.Address

    /// How long an answer may take.
    private static let patience = TimeAmount.seconds(1)

    /// What that instance has counted. Throws where it can't be reached, or answers otherwise than 200.
    func read() async throws -> MetricsText {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: String.self)
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(Self.patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FastCGIGet("/metrics", answer))
            }
        }
        do {
            let channel: any Channel
            switch address {
            case .unix(let path, _): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .tcp(let host, let port): channel = try await bootstrap.connect(host: host, port: port).get()
            }
            let timeout = loop.scheduleTask(in: Self.patience) {
                answer.fail(ChannelError.connectTimeout(Self.patience))
            }
            defer {
                timeout.cancel()
                channel.close(promise: nil)
            }
            return MetricsText(try await answer.futureResult.get())
        } catch {
            answer.fail(error)
            throw error
        }
    }
}

/// One GET, and the body of its answer.
private final class FastCGIGet: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of an answer. 10,000 series, which is as many as there can be, are 1.5 MB.
    private static let longestAnswer = 8 << 20

    private let path: String
    private let answer: EventLoopPromise<String>
    private var decoder = FastCGIClientDecoder()
    private var received = ByteBuffer()

    init(_ path: String, _ answer: EventLoopPromise<String>) {
        self.path = path
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        var request = ByteBuffer()
        request.writeFastCGIBeginRequest(requestID: 1, keepConnection: false)
        request.writeFastCGIParameters(
            requestID: 1, [("REQUEST_METHOD", "GET"), ("REQUEST_URI", path), ("CONTENT_LENGTH", "")])
        request.writeFastCGIStdin(requestID: 1, ByteBuffer())
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data))
        do {
            while let message = try decoder.next() {
                switch message {
                case .stdout(_, let bytes):
                    guard received.readableBytes + bytes.readableBytes <= Self.longestAnswer else {
                        throw Failure("an answer of over \(Self.longestAnswer) bytes")
                    }
                    received.writeImmutableBuffer(bytes)
                case .end: answer.succeed(try body())
                case .stderr, .values, .unknownType: break
                }
            }
        } catch {
            answer.fail(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(Failure("it closed the connection")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    /// Behind the CGI header block.
    private func body() throws -> String {
        let text = String(buffer: received)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw Failure("an answer without an end of its header") }
        let head = text[..<end.lowerBound].lowercased()
        guard !head.contains("status:") || head.contains("status: 200") else { throw Failure("it refused") }
        return String(text[end.upperBound...])
    }
}
