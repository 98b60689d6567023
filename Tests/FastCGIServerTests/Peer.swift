import Testing
import FastCGI
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A web server's end of a connection, which sends any bytes it is told to and remembers what came back.
final class Peer: Sendable {
    struct Answer: Sendable, Equatable {
        var stdout = ""
        var isStdoutEnded = false
        var ends: [FastCGIProtocolStatus] = []

        var status: String { String(self.stdout.prefix { $0 != "\r\n" }) }
        var body: String {
            guard let end = self.stdout.firstRange(of: "\r\n\r\n") else { return "" }
            return String(self.stdout[end.upperBound...])
        }
    }

    fileprivate struct Heard {
        var decoder = FastCGIClientDecoder()
        var answers: [UInt16: Answer] = [:]
        var order: [UInt16] = []
        var values: [[String: String]] = []
        var stderrRecords = 0
        var isClosed = false
        var error: (any Error)?
        var bytes = 0
        var reads = 0
    }

    let channel: any Channel
    private let heard: NIOLockedValueBox<Heard>

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let heard: NIOLockedValueBox<Heard>

        init(_ heard: NIOLockedValueBox<Heard>) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = self.unwrapInboundIn(data)
            self.heard.withLockedValue { $0.hear(bytes) }
        }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                self.heard.withLockedValue { $0.isClosed = true }
            }
        }
        func channelInactive(context: ChannelHandlerContext) {
            self.heard.withLockedValue { $0.isClosed = true }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    init(_ path: String) async throws {
        let heard = NIOLockedValueBox(Heard())
        self.heard = heard
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ear(heard)) }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    init(host: String, port: Int) async throws {
        let heard = NIOLockedValueBox(Heard())
        self.heard = heard
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ear(heard)) }
            }
            .connect(host: host, port: port).get()
    }

    // MARK: Telling

    func send(_ bytes: ByteBuffer) {
        self.channel.writeAndFlush(bytes, promise: nil)
    }

    func send(_ bytes: [UInt8]) { self.send(ByteBuffer(bytes: bytes)) }

    /// A whole request.
    func ask(
        _ id: UInt16 = 1,
        _ method: String = "GET",
        _ uri: String = "/",
        body: String = "",
        keep: Bool = true,
        more: [(name: String, value: String)] = []
    ) {
        self.send(wholeRequest(id, method, uri, body: body, keep: keep, more: more))
    }

    func stopReading() async throws {
        try await self.channel.setOption(.autoRead, value: false).get()
    }

    func resumeReading() async throws {
        try await self.channel.setOption(.autoRead, value: true).get()
        self.channel.read()
    }

    func halfClose() async throws { try await self.channel.close(mode: .output).get() }

    func close() async { try? await self.channel.close().get() }

    // MARK: Hearing

    func answer(_ id: UInt16 = 1) -> Answer { self.heard.withLockedValue { $0.answers[id] ?? Answer() } }
    /// Ids in the order of their END_REQUEST.
    var order: [UInt16] { self.heard.withLockedValue { $0.order } }
    var values: [[String: String]] { self.heard.withLockedValue { $0.values } }
    var isClosed: Bool { self.heard.withLockedValue { $0.isClosed } }
    var stderrRecords: Int { self.heard.withLockedValue { $0.stderrRecords } }
    var bytes: Int { self.heard.withLockedValue { $0.bytes } }
    var reads: Int { self.heard.withLockedValue { $0.reads } }
    var error: (any Error)? { self.heard.withLockedValue { $0.error } }

    /// Waits for the `count`-th END_REQUEST of the id, and forgets the answer.
    func whole(_ id: UInt16 = 1) async throws -> Answer {
        try await eventually("no END_REQUEST for \(id)") { !self.answer(id).ends.isEmpty }
        return self.heard.withLockedValue { $0.answers.removeValue(forKey: id) ?? Answer() }
    }
}

extension Peer.Heard {
    fileprivate mutating func hear(_ bytes: ByteBuffer) {
        self.bytes += bytes.readableBytes
        self.reads += 1
        self.decoder.append(bytes)
        do {
            while let message = try self.decoder.next() {
                switch message {
                case .stdout(let id, let part):
                    if part.readableBytes == 0 {
                        self.answers[id, default: Peer.Answer()].isStdoutEnded = true
                    } else {
                        self.answers[id, default: Peer.Answer()].stdout += String(buffer: part)
                    }
                case .stderr: self.stderrRecords += 1
                case .end(let id, let status, _):
                    self.answers[id, default: Peer.Answer()].ends.append(status)
                    self.order.append(id)
                case .values(let values): self.values.append(values)
                case .unknownType: break
                }
            }
        } catch {
            self.error = error
        }
    }
}

func head(
    _ id: UInt16 = 1,
    _ method: String = "GET",
    _ uri: String = "/",
    length: Int? = nil,
    keep: Bool = true,
    more: [(name: String, value: String)] = []
) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.writeFastCGIBeginRequest(requestID: id, keepConnection: keep)
    let lengthText = length.map { "\($0)" } ?? ""
    bytes.writeFastCGIParameters(
        requestID: id,
        [("REQUEST_METHOD", method), ("REQUEST_URI", uri), ("CONTENT_LENGTH", lengthText)] + more
    )
    return bytes
}

func wholeRequest(
    _ id: UInt16,
    _ method: String,
    _ uri: String,
    body: String = "",
    keep: Bool = true,
    more: [(name: String, value: String)] = []
) -> ByteBuffer {
    var bytes = head(id, method, uri, length: body.utf8.count, keep: keep, more: more)
    bytes.writeFastCGIStdin(requestID: id, ByteBuffer(string: body))
    return bytes
}
