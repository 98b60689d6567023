import FastCGI
import LoadTesting
import NIOCore

/// One FastCGI connection, kept open, with up to ``capacity`` requests at a time on it.
final class FastCGIConnection: LoadConnection, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private struct Slot {
        var request: LoadRequest?
        var answer: ByteBuffer?
    }

    private var encoder = FastCGIRequestEncoder()
    private var decoder = FastCGIClientDecoder()
    private var context: ChannelHandlerContext?
    /// The place is the request id less one.
    private var slots: [Slot]
    private var free: [Int]
    private var output = ByteBuffer()

    override init(capacity: Int) {
        slots = Array(repeating: Slot(), count: capacity)
        free = (0..<capacity).reversed()
        super.init(capacity: capacity)
    }

    override var oldest: UInt64? { slots.compactMap { $0.request?.sent }.min() }

    override func send(_ request: LoadRequest, _ draft: RequestDraft) {
        guard let place = free.popLast() else { return }
        slots[place] = Slot(request: request)
        underWay += 1
        // Collected until the loop's turn ends: requests that are due together are one write.
        if !isDirty { output.clear() }
        encoder.encode(draft, requestID: UInt16(place + 1), into: &output)
        isDirty = true
    }

    override func flush() {
        isDirty = false
        context?.writeAndFlush(NIOAny(output), promise: nil)
    }

    override func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        decoder.append(unwrapInboundIn(data))
        do {
            while let message = try decoder.next() { try take(message) }
        } catch {
            if underWay == 0 { owner?.unasked(Violation(.malformed, "\(error)")) }
            abandon(.malformed, "\(error)")
            context.close(promise: nil)
        }
    }

    private func take(_ message: FastCGIClientMessage) throws {
        switch message {
        case .stdout(let id, var bytes):
            let place = Int(id) - 1
            guard slots.indices.contains(place), slots[place].request != nil else {
                throw AnswerHead.Fault.malformed("an answer to request \(id), which is not under way")
            }
            if slots[place].answer == nil {
                slots[place].answer = bytes
            } else if bytes.readableBytes > 0 {
                slots[place].answer?.writeBuffer(&bytes)
                let length = slots[place].answer?.readableBytes ?? 0
                guard length <= LoadLimits.bodyBytes else { throw AnswerHead.Fault.tooLong(length) }
            }
        case .end(let id, let status, _):
            let place = Int(id) - 1
            guard slots.indices.contains(place), let request = slots[place].request else {
                throw AnswerHead.Fault.malformed("the end of request \(id), which is not under way")
            }
            guard status == .requestComplete else {
                release(place)
                owner?.lost(request, .malformed, "FastCGI says \(status)")
                return
            }
            try finish(request, at: place)
        case .stderr, .values, .unknownType: break
        }
    }

    private func release(_ place: Int) {
        slots[place] = Slot()
        free.append(place)
        underWay -= 1
    }

    private func finish(_ request: LoadRequest, at place: Int) throws {
        let bytes = slots[place].answer ?? ByteBuffer()
        try bytes.withUnsafeReadableBytes { all in
            // What can't be read stays under way, to be lost with all else that is.
            guard let head = try AnswerHead(all, isHTTP: false) else {
                throw AnswerHead.Fault.malformed("no headers")
            }
            release(place)
            let body = UnsafeRawBufferPointer(rebasing: all[head.length...])
            if let length = head.contentLength, length != body.count {
                owner?.lost(request, .malformed, "Content-Length \(length) with \(body.count) bytes")
                return
            }
            let answer = LoadAnswer(status: head.status, isEchoed: head.echoes(request.number, in: all), body: body)
            owner?.answered(request, answer, on: self)
        }
    }

    /// Everything under way is lost.
    private func abandon(_ kind: Violation.Kind, _ reason: String) {
        isClosing = true
        for place in slots.indices {
            guard let request = slots[place].request else { continue }
            slots[place] = Slot()
            underWay -= 1
            owner?.lost(request, kind, reason)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { owner?.readCompleted(self) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        abandon(.connection, "\(error)")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandon(.connection, "closed before the answer")
        owner?.closed(self)
    }
}
