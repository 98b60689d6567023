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
    private struct Arrival {
        let key: FastCGIRequestKey
        let parameters: FastCGIParameters
        let contentLength: Int?
        var body = ByteBuffer()
        var bodyEnd: FastCGIBodyEnd?
    }

    private enum Ending {
        case no
        /// Closed when what is written is sent.
        case flushing
        /// Our side is shut; the peer's is read and dropped, so that it gets our last bytes and no reset.
        case lingering(since: NIODeadline)
    }

    let loop: FastCGILoop
    /// The server has too many connections: each request is answered 503, and then the connection closes.
    private let isRefused: Bool
    private var context: ChannelHandlerContext?
    private var state: FastCGIServerState
    private var arrivals: [Arrival] = []
    private var exchanges: [FastCGIExchange] = []
    private var outgoing = ByteBuffer()

    private var isPulling = false
    private var isReading = false
    private var isFlushScheduled = false
    private var isReadWanted = false
    private var isInputEnded = false
    private var ending = Ending.no
    /// The request whose unread body stops this connection's input.
    private var stalledBy: FastCGIRequestKey?
    /// Since when more is unsent than ``FastCGILimits/unsentBytes``.
    private var congestedSince: NIODeadline?
    private var lastActivity: NIODeadline

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

    // MARK: In

    private func pull() {
        guard !self.isPulling else { return }
        self.isPulling = true
        defer { self.isPulling = false }
        while self.context != nil {
            while self.stalledBy == nil, let event = self.state.next(replies: &self.outgoing) { self.perform(event) }
            guard !self.arrivals.isEmpty else { break }
            let arrivals = self.arrivals
            self.arrivals.removeAll(keepingCapacity: true)
            for arrival in arrivals { self.start(arrival) }
        }
        if self.isInputEnded { self.endInput() }
        self.scheduleFlush()
    }

    private func perform(_ event: FastCGIServerEvent) {
        switch event {
        case .request(let key, let parameters, let contentLength):
            self.arrivals.append(Arrival(key: key, parameters: parameters, contentLength: contentLength))
        case .refused(let key, .malformed(let malformation)):
            self.refuse(key, .problem(400, malformation.detail))
        case .refused(let key, .overloaded):
            self.refuseAsOverloaded(key)
            if self.isRefused { self.state.closeWhenIdle() }
        case .body(let key, let bytes):
            self.receive(bytes, for: key)
        case .bodyEnd(let key, let end):
            if let index = self.arrivals.firstIndex(where: { $0.key == key }) {
                self.arrivals[index].bodyEnd = end
            } else {
                self.exchange(key)?.body?.finish(end)
            }
        case .aborted(let key):
            self.arrivals.removeAll { $0.key == key }
            if let exchange = self.remove(key) { exchange.abort() }
        case .failed(let error):
            self.loop.logger.info("FastCGI framing error; connection closed", metadata: ["error": "\(error)"])
            self.close()
        }
    }

    private func receive(_ bytes: ByteBuffer, for key: FastCGIRequestKey) {
        let buffered: Int
        if let index = self.arrivals.firstIndex(where: { $0.key == key }) {
            if self.arrivals[index].body.readableBytes == 0 {
                self.arrivals[index].body = bytes
            } else {
                self.arrivals[index].body.writeImmutableBuffer(bytes)
            }
            buffered = self.arrivals[index].body.readableBytes
        } else if let source = self.exchange(key)?.body {
            source.receive(bytes)
            buffered = source.bufferedBytes
        } else {
            return
        }
        if buffered >= self.loop.limits.unreadBodyBytes { self.stalledBy = key }
    }

    private func start(_ arrival: Arrival) {
        guard
            let method = arrival.parameters[FastCGIParameters.Critical.requestMethod.rawValue],
            !method.isEmpty, method.utf8.allSatisfy(\.isToken)
        else { return self.refuse(arrival.key, .problem(400, "The request has no method.")) }
        guard let target = FastCGITarget(arrival.parameters) else {
            return self.refuse(arrival.key, .problem(400, "The request's target is not a path."))
        }
        guard self.loop.beginRequest() else { return self.refuseAsOverloaded(arrival.key) }
        let storage: FastCGIBody.Storage
        var source: FastCGIBodySource?
        switch arrival.bodyEnd {
        case .whole:
            storage = .whole(arrival.body)
            if self.stalledBy == arrival.key { self.stalledBy = nil }
        case .lengthMismatch:
            storage = .failed(.lengthMismatch)
            if self.stalledBy == arrival.key { self.stalledBy = nil }
        case nil:
            let arriving = FastCGIBodySource(arrival.body, loop: self.loop)
            arriving.onRoom = { [weak self] in self?.unstall(arrival.key) }
            source = arriving
            storage = .arriving(arriving)
        }
        let exchange = FastCGIExchange(arrival.key, isHead: method == "HEAD", body: source, connection: self)
        self.exchanges.append(exchange)
        exchange.start(
            FastCGIRequest(
                method: method,
                target: target,
                parameters: arrival.parameters,
                body: FastCGIBody(contentLength: arrival.contentLength, storage: storage),
                eventLoop: self.loop.eventLoop
            )
        )
    }

    private func unstall(_ key: FastCGIRequestKey) {
        guard self.stalledBy == key else { return }
        self.stalledBy = nil
        self.lastActivity = self.loop.now
        // Who takes bytes may be in the middle of this connection's own turn, or of another's.
        guard !self.isPulling else { return }
        self.loop.eventLoop.assumeIsolated().execute {
            self.pull()
            self.resumeReading()
        }
    }

    private func resumeReading() {
        guard self.isReadWanted, self.stalledBy == nil, self.congestedSince == nil, let context = self.context else {
            return
        }
        self.isReadWanted = false
        self.lastActivity = self.loop.now
        context.read()
    }

    private func endInput() {
        guard self.stalledBy == nil, !self.isPulling || self.arrivals.isEmpty else { return }
        if self.state.inputEnded() { return }
        switch self.ending {
        case .no where !self.exchanges.isEmpty || !self.state.isFinished: self.close()
        case .no: self.scheduleFlush()
        case .flushing: break
        case .lingering: self.close()
        }
    }

    // MARK: Out

    /// Whether a streamed answer may write on.
    var hasRoom: Bool { self.context?.channel.isWritable ?? false }

    /// Writes an answer's head and, unless it is streamed, the rest. Returned is what streams it.
    func answer(
        _ exchange: FastCGIExchange,
        _ response: FastCGIResponse
    ) -> (@Sendable (FastCGIBodyWriter) async throws -> Void)? {
        guard self.state.isActive(exchange.key) else { return nil }
        let head = FastCGIAnswerHead(response, isHead: exchange.isHead, limits: self.loop.limits)
        if let refusal = head.refusal {
            self.loop.logger.error("An answer cannot be sent", metadata: ["reason": "\(refusal)"])
        }
        self.write(head.block, for: exchange.key)
        switch head.body {
        case .empty: break
        case .buffer(let bytes): self.write(bytes, for: exchange.key)
        case .stream(let produce):
            self.scheduleFlush()
            return produce
        }
        self.end(exchange)
        return nil
    }

    /// Small bytes are copied together, large ones written from where they lie.
    func write(_ bytes: ByteBuffer, for key: FastCGIRequestKey) {
        guard let context = self.context, self.state.isActive(key) else { return }
        if bytes.readableBytes <= self.loop.limits.copiedBodyBytes {
            self.state.write(bytes, for: key, to: &self.outgoing)
            if self.outgoing.readableBytes > FastCGILimits.contentBytes { self.passOn(context) }
        } else {
            var rest = bytes
            while let part = rest.readSlice(length: min(rest.readableBytes, FastCGILimits.writtenContentBytes)),
                let length = UInt16(exactly: part.readableBytes), length > 0
            {
                self.outgoing.writeFastCGIHeader(.stdout, requestID: key.id, contentLength: length)
                self.passOn(context)
                context.write(self.wrapOutboundOut(part), promise: nil)
            }
        }
        self.scheduleFlush()
    }

    func end(_ exchange: FastCGIExchange) {
        self.state.end(exchange.key, to: &self.outgoing)
        self.finish(exchange)
    }

    func breakOff(_ exchange: FastCGIExchange, _ error: any Error) {
        self.loop.logger.error("A streamed answer broke off", metadata: ["error": "\(error)"])
        self.state.breakOff(exchange.key, to: &self.outgoing)
        self.finish(exchange)
    }

    private func finish(_ exchange: FastCGIExchange) {
        self.remove(exchange.key)?.end()
        self.lastActivity = self.loop.now
        self.scheduleFlush()
    }

    private func refuse(_ key: FastCGIRequestKey, _ response: FastCGIResponse) {
        let head = FastCGIAnswerHead(response, isHead: false, limits: self.loop.limits)
        self.state.write(head.block, for: key, to: &self.outgoing)
        if case .buffer(let bytes) = head.body { self.state.write(bytes, for: key, to: &self.outgoing) }
        self.state.end(key, to: &self.outgoing)
        if self.stalledBy == key { self.stalledBy = nil }
    }

    private func refuseAsOverloaded(_ key: FastCGIRequestKey) {
        let seconds = self.loop.limits.retryAfterSeconds
        self.refuse(key, .problem(503, "The service has too much to do.", retryAfterSeconds: seconds))
    }

    /// At the end of the turn: what finishes in one turn goes out in one write.
    private func scheduleFlush() {
        guard !self.isReading, !self.isPulling, !self.isFlushScheduled, self.context != nil else { return }
        self.isFlushScheduled = true
        self.loop.eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func passOn(_ context: ChannelHandlerContext) {
        guard self.outgoing.readableBytes > 0 else { return }
        context.write(self.wrapOutboundOut(self.outgoing), promise: nil)
        // Alone again if it was sent at once, and then its memory serves the next turn.
        self.outgoing.clear()
    }

    private func flush() {
        self.isFlushScheduled = false
        guard let context = self.context else { return }
        guard case .no = self.ending else { return }
        let isLast = self.state.isFinished
        if isLast {
            self.ending = .flushing
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenComplete { _ in self.endOutput() }
            context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: sent)
            self.outgoing = ByteBuffer()
        } else if self.outgoing.readableBytes > 0 {
            context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: nil)
            self.outgoing.clear()
        } else {
            context.flush()
        }
        self.watchUnsent(context)
    }

    /// Stops reading a peer that does not read what it is sent.
    private func watchUnsent(_ context: ChannelHandlerContext) {
        guard !context.channel.isWritable, self.congestedSince == nil, self.unsentBytes > self.loop.limits.unsentBytes
        else {
            return
        }
        self.congestedSince = self.loop.now
    }

    private var unsentBytes: Int {
        guard let options = self.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: Time

    func tick(_ now: NIODeadline) {
        let limits = self.loop.limits
        if case .lingering(let since) = self.ending, now - since >= limits.lingerTimeout { return self.close() }
        if let since = self.congestedSince {
            guard self.unsentBytes > limits.unsentBytes else {
                self.congestedSince = nil
                return self.resumeReading()
            }
            if now - since >= limits.unsentTimeout { return self.cut("more unsent than allowed, for too long") }
            return
        }
        guard self.stalledBy == nil else { return }
        let silence = now - self.lastActivity
        if self.state.isReceiving {
            if silence >= limits.partialRequestTimeout { self.cut("silent in mid-request") }
        } else if self.isRefused {
            if silence >= limits.partialRequestTimeout { self.close() }
        } else if let idleTimeout = limits.idleTimeout, self.state.activeRequests == 0, silence >= idleTimeout {
            self.close()
        }
    }

    private func cut(_ reason: String) {
        self.loop.logger.info("FastCGI connection cut", metadata: ["reason": "\(reason)"])
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

    private func endOutput() {
        guard let context = self.context else { return }
        guard self.state.mustLinger, !self.isInputEnded else { return self.close() }
        self.ending = .lingering(since: self.loop.now)
        context.close(mode: .output, promise: nil)
        self.stalledBy = nil
        self.congestedSince = nil
        self.resumeReading()
    }

    private func lose() {
        guard self.context != nil else { return }
        self.context = nil
        self.arrivals = []
        let exchanges = self.exchanges
        self.exchanges = []
        for exchange in exchanges { exchange.abort() }
        self.loop.remove(self)
    }

    // MARK: Requests that run

    private func exchange(_ key: FastCGIRequestKey) -> FastCGIExchange? {
        self.exchanges.first { $0.key == key }
    }

    private func remove(_ key: FastCGIRequestKey) -> FastCGIExchange? {
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
