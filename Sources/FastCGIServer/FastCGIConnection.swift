import FastCGI
import Logging
import NIOCore

/// A connection's channel handler: performs what ``FastCGIServerState`` decides, and keeps what runs.
///
///     channelRead ─▶ pull events ─▶ start what is whole ─▶ answers collect in `outgoing` ─▶ one flush per loop turn
///
/// A request is started when its PARAMS are complete, but only after everything that arrived with them was taken in: a
/// small body is then already there, and its responder need not suspend to have it.
///
/// Back-pressure in: when a started request's unread body reaches its bound, no more events are pulled and the socket is
/// not read until bytes of it are taken. Back-pressure out: `hasRoom` tells a streamed answer when to wait; beyond
/// a larger bound the socket is not read either, since all it brings is more to answer.
final class FastCGIConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request whose responder is about to be started.
    struct Arrival {
        let key: FastCGIRequestKey
        let parameters: FastCGIParameters
        let contentLength: Int?
        var body = ByteBuffer()
        var bodyEnd: FastCGIBodyEnd?
    }

    enum Ending {
        case no
        /// Closed when what is written is sent. `unsent` bytes were left at `since`.
        case flushing(since: NIODeadline, unsent: Int)
        /// Our side is shut; the peer's is read and dropped, so that it gets our last bytes and no reset.
        case lingering(since: NIODeadline)
    }

    let loop: FastCGILoop
    /// The server has too many connections: each request is answered 503, and then the connection closes.
    let isRefused: Bool
    var context: ChannelHandlerContext?
    var state: FastCGIServerState
    var arrivals: [Arrival] = []
    var exchanges: [FastCGIExchange] = []
    var outgoing = ByteBuffer()

    var isPulling = false
    var isReading = false
    var isFlushScheduled = false
    var isReadWanted = false
    var isInputEnded = false
    var ending = Ending.no
    /// The request whose unread body stops this connection's input.
    var stalledBy: FastCGIRequestKey?
    /// Since when more is unsent than ``FastCGILimits/unsentBytes``.
    var congestedSince: NIODeadline?
    var lastActivity: NIODeadline

    init(loop: FastCGILoop, isRefused: Bool) {
        var limits = loop.limits
        if isRefused { limits.requestsPerConnection = 0 }
        self.loop = loop
        self.isRefused = isRefused
        self.state = FastCGIServerState(limits: limits)
        self.lastActivity = loop.now
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if !self.loop.add(self) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.lose()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.lose()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.lastActivity = self.loop.now
        switch self.ending {
        case .no: break
        case .flushing, .lingering: return
        }
        self.isReading = true
        self.state.append(self.unwrapInboundIn(data))
        self.pull()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.flush()
    }

    func read(context: ChannelHandlerContext) {
        if self.stalledBy == nil, self.congestedSince == nil {
            context.read()
        } else {
            self.isReadWanted = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        self.congestedSince = nil
        for exchange in self.exchanges { exchange.resumeWriters() }
        self.resumeReading()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            self.isInputEnded = true
            self.endInput()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.loop.logger.debug("FastCGI connection failed", metadata: ["error": "\(error)"])
        self.close()
    }

    // MARK: The end

    /// Closes after the last END_REQUEST; at once, if there is nothing to do.
    func drain() {
        self.state.closeWhenIdle()
        self.scheduleFlush()
    }

    /// Closes now; every request is aborted.
    func close() {
        let context = self.context
        self.lose()
        context?.close(promise: nil)
    }

    func endOutput() {
        guard let context = self.context else { return }
        guard self.state.mustLinger, !self.isInputEnded else { return self.close() }
        self.ending = .lingering(since: self.loop.now)
        context.close(mode: .output, promise: nil)
        self.stalledBy = nil
        self.congestedSince = nil
        self.resumeReading()
    }

    func lose() {
        guard self.context != nil else { return }
        self.context = nil
        self.arrivals = []
        let exchanges = self.exchanges
        self.exchanges = []
        for exchange in exchanges { exchange.abort() }
        self.loop.remove(self)
    }

    // MARK: Requests that run

    func exchange(_ key: FastCGIRequestKey) -> FastCGIExchange? {
        self.exchanges.first { $0.key == key }
    }

    func remove(_ key: FastCGIRequestKey) -> FastCGIExchange? {
        guard let index = self.exchanges.firstIndex(where: { $0.key == key }) else { return nil }
        if self.stalledBy == key {
            self.stalledBy = nil
            if !self.isPulling {
                self.loop.eventLoop.assumeIsolated().execute {
                    self.pull()
                    self.resumeReading()
                }
            }
        }
        return self.exchanges.remove(at: index)
    }
}
