import Logging
import NIOCore

/// The channel's end of a subscription: performs what ``SubscriptionState`` decides, on the channel's event loop.
final class SubscriptionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var state: SubscriptionState
    private var reader: ReplyReader
    private let wanted: RedisSubscriptionNames
    private let logger: Logger
    private let deliver: (RedisSubscriptionEvent) -> Void
    private var context: ChannelHandlerContext?
    private var alarm: Scheduled<Void>?

    init(
        limits: RedisLimits, wanted: RedisSubscriptionNames, now: NIODeadline, logger: Logger,
        deliver: @escaping (RedisSubscriptionEvent) -> Void
    ) throws(OutOfMemory) {
        self.reader = try ReplyReader(limits: limits)
        self.state = SubscriptionState(limits: limits, wanted: wanted, now: now)
        self.wanted = wanted
        self.logger = logger
        self.deliver = deliver
    }

    func subscribe(_ names: RedisSubscriptionNames) { write(names.subscribing) }

    func unsubscribe(_ names: RedisSubscriptionNames) { write(names.unsubscribing) }

    private func write(_ commands: [RedisCommand]) {
        guard let context, !commands.isEmpty else { return }
        context.writeAndFlush(
            wrapOutboundOut(ByteBuffer(bytes: RedisCommand(concatenating: commands).arguments)), promise: nil)
    }

    /// The connection is made, and the greeting said.
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard context.channel.isActive else { return }
        write(wanted.subscribing)
        if state.isLive { deliver(.connected) }
        check()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        if state.isLive { deliver(.disconnected) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.info("Redis subscription failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        do throws(RedisReaderFailure) {
            try bytes.withUnsafeReadableBytes { (bytes) throws(RedisReaderFailure) in
                try reader.read(bytes) { handle($0) }
            }
        } catch {
            close(.unknown(error.reason))
        }
    }

    private func handle(_ reply: RedisReply) {
        guard let context, context.channel.isActive else { return }
        switch state.reply(reply, now: context.eventLoop.now) {
        case .none: break
        case .deliver(let event): deliver(event)
        case .close(let error): close(error)
        }
    }

    private func close(_ error: RedisError) {
        logger.warning("closing the subscription to Redis", metadata: ["error": "\(error)"])
        context?.close(promise: nil)
    }

    private func check() {
        guard let context else { return }
        switch state.check(now: context.eventLoop.now) {
        case .fine(let until):
            arrange(until)
        case .ping(let again):
            write([RedisCommand("PING")])
            arrange(again)
        case .dead:
            close(.unknown(.stalled))
        }
    }

    private func arrange(_ time: NIODeadline) {
        alarm = context?.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.check() }
    }
}
