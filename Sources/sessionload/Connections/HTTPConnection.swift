import LoadTesting
import NIOCore

/// One HTTP/1.1 connection, kept alive, one request at a time.
///
/// What has come is parsed where it lies. Only an answer that comes in parts is collected.
final class HTTPConnection: LoadConnection, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let encoder: HTTPRequestEncoder
    private var context: ChannelHandlerContext?
    private var request: LoadRequest?
    private var parser = HTTPAnswerParser()
    private var pending = ByteBuffer()
    private var output = ByteBuffer()

    init(_ encoder: HTTPRequestEncoder) {
        self.encoder = encoder
        super.init(capacity: 1)
    }

    override var oldest: UInt64? { request?.sent }

    override func send(_ request: LoadRequest, _ draft: RequestDraft) {
        self.request = request
        underWay = 1
        // Its storage is its own again once the bytes were written, which is nearly always at once.
        output.clear()
        encoder.encode(draft, into: &output)
        context?.writeAndFlush(NIOAny(output), promise: nil)
    }

    override func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&bytes)
            swap(&pending, &bytes)
            pending = ByteBuffer()
        }
        guard request != nil else {
            refuse("bytes that nobody asked for")
            context.close(promise: nil)
            return
        }
        let result: HTTPAnswerParser.Result
        do {
            result = try bytes.withUnsafeReadableBytes { try parser.parse($0) }
        } catch {
            return fail(.malformed, "\(error)", context)
        }
        switch result {
        case .needsMore: pending = bytes
        case .whole(let head, let body, let end):
            if bytes.readableBytes > end { refuse("bytes behind an answer") }
            bytes.withUnsafeReadableBytes { all in
                finish(head, UnsafeRawBufferPointer(rebasing: all[body]), all)
            }
        case .chunked(let head, let body, let end):
            if bytes.readableBytes > end { refuse("bytes behind an answer") }
            bytes.withUnsafeReadableBytes { all in body.withUnsafeBytes { finish(head, $0, all) } }
        }
        if isClosing { context.close(promise: nil) }
    }

    private func finish(_ head: AnswerHead, _ body: UnsafeRawBufferPointer, _ all: UnsafeRawBufferPointer) {
        guard let request else { return }
        self.request = nil
        underWay = 0
        if head.closes { isClosing = true }
        let answer = LoadAnswer(status: head.status, isEchoed: head.echoes(request.number, in: all), body: body)
        owner?.answered(request, answer, on: self)
    }

    /// What belongs to no request. The connection takes no more of them, and is for the caller to close.
    private func refuse(_ reason: String) {
        isClosing = true
        owner?.unasked(Violation(.foreign, reason))
    }

    private func fail(_ kind: Violation.Kind, _ reason: String, _ context: ChannelHandlerContext) {
        isClosing = true
        if let request {
            self.request = nil
            underWay = 0
            owner?.lost(request, kind, reason)
        }
        context.close(promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { owner?.readCompleted(self) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(.connection, "\(error)", context) }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        if let request {
            self.request = nil
            underWay = 0
            owner?.lost(request, .connection, "closed before the answer")
        }
        owner?.closed(self)
    }
}
