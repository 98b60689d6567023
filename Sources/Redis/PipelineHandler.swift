import Logging
import NIOCore

/// The channel's end of the pipeline: performs what ``PipelineState`` decides, on the channel's event loop.
///
/// Commands are collected and written together once per turn of the event loop; while the socket takes no more they stay
/// here, where they can still be given up as *not written*.
final class PipelineHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes handed to the channel at a time: about its high-water mark, so that it tells soon when it has enough.
    private static let chunk = 64 << 10

    private var state: PipelineState<PendingReply>
    private var reader: ReplyReader
    private let eventLoop: any EventLoop
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var outbound = ByteBuffer()
    private var isFlushArranged = false
    private var alarm: Scheduled<Void>?

    init(limits: RedisLimits, eventLoop: any EventLoop, logger: Logger) throws(OutOfMemory) {
        self.reader = try ReplyReader(limits: limits)
        self.state = PipelineState(limits: limits)
        self.eventLoop = eventLoop
        self.logger = logger
    }

    var inFlight: Int { state.inFlight }

    // MARK: Commands

    func send(
        _ command: RedisCommand, replies: Int, timeout: TimeAmount?, for pending: PendingReply,
        _ continuation: UnsafeContinuation<Void, Never>
    ) {
        switch state.enqueue(command, replies: replies, for: pending, timeout: timeout, now: eventLoop.now) {
        case .accepted(let place, let alarm):
            pending.take(place: place, continuation)
            if let alarm { arrange(alarm) }
            arrangeFlush()
        case .rejected(let reason):
            pending.take(place: .max, continuation)
            pending.fail(.notWritten(reason))
        }
    }

    func cancel(_ pending: PendingReply) {
        guard let place = pending.place, let failure = state.cancel(place) else { return }
        failure.waiter.fail(failure.error)
        closeIfDrained()
    }

    /// Rejects new commands, waits for the replies to the others, closes.
    func drain() {
        state.drain()
        closeIfDrained()
    }

    // MARK: Writing

    private func arrangeFlush() {
        guard !isFlushArranged else { return }
        isFlushArranged = true
        eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        isFlushArranged = false
        guard let context else { return }
        while state.hasQueued, context.channel.isWritable {
            outbound.clear(minimumCapacity: 0)
            state.write(into: &outbound, limit: Self.chunk, now: eventLoop.now)
            guard outbound.readableBytes > 0 else { break }
            context.writeAndFlush(wrapOutboundOut(outbound), promise: nil)
        }
        // A buffer that one great command has made great is not kept.
        if outbound.capacity > 4 * Self.chunk { outbound = ByteBuffer() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        do throws(RedisReaderFailure) {
            try bytes.withUnsafeReadableBytes { (bytes) throws(RedisReaderFailure) in
                try reader.read(bytes) { deliver($0) }
            }
        } catch {
            close(error.reason)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        closeIfDrained()
    }

    private func deliver(_ reply: RedisReply) {
        switch state.reply() {
        case .deliver(let pending, let isLast): pending.receive(reply, isLast: isLast)
        case .discard: break
        case .unexpected: close(.unexpectedReply)
        }
        guard reply.isError, let refusal = reply.refusal, refusal.code.demandsNewConnection else { return }
        logger.warning("Redis refuses; looking for it anew", metadata: ["error": "\(refusal.message)"])
        state.drain()
    }

    // MARK: Time

    private func arrange(_ time: NIODeadline) {
        alarm?.cancel()
        alarm = eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.expire() }
    }

    private func expire() {
        alarm = nil
        let expiry = state.expire(now: eventLoop.now)
        for failure in expiry.failures { failure.waiter.fail(failure.error) }
        if expiry.isStalled { return close(.stalled) }
        if let next = expiry.alarm { arrange(next) }
        closeIfDrained()
    }

    // MARK: The end

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.connectionLost)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.connectionLost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.info("Redis connection failed", metadata: ["error": "\(error)"])
        close(.connectionLost)
    }

    private func closeIfDrained() {
        if state.isDrained { close(.connectionLost) }
    }

    private func close(_ reason: RedisError.Unknown) {
        switch reason {
        case .connectionLost, .deadline, .cancelled: break
        case .stalled, .malformedReply, .replyTooLarge, .unexpectedReply:
            logger.warning("closing the connection to Redis", metadata: ["reason": "\(reason)"])
        }
        end(reason)
        context?.close(promise: nil)
    }

    private func end(_ reason: RedisError.Unknown) {
        alarm?.cancel()
        alarm = nil
        for failure in state.close(reason) { failure.waiter.fail(failure.error) }
    }
}
