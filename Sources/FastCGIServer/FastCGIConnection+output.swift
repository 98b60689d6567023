import FastCGI
import Logging
import NIOCore

/// What is sent: answers, gathered until the turn's end.
extension FastCGIConnection {
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
        self.writeHead(head.block, for: exchange.key)
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

    /// At most ``FastCGILimits/headerBlockBytes``, which fit into one record.
    private func writeHead(_ block: [UInt8], for key: FastCGIRequestKey) {
        guard self.state.isActive(key), let length = UInt16(exactly: block.count), length > 0 else { return }
        self.outgoing.writeFastCGIHeader(.stdout, requestID: key.id, contentLength: length)
        self.outgoing.writeBytes(block)
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

    func finish(_ exchange: FastCGIExchange) {
        self.remove(exchange.key)?.end()
        self.lastActivity = self.loop.now
        self.scheduleFlush()
    }

    func refuse(_ key: FastCGIRequestKey, _ response: FastCGIResponse) {
        let head = FastCGIAnswerHead(response, isHead: false, limits: self.loop.limits)
        self.writeHead(head.block, for: key)
        if case .buffer(let bytes) = head.body { self.state.write(bytes, for: key, to: &self.outgoing) }
        self.state.end(key, to: &self.outgoing)
        if self.stalledBy == key { self.stalledBy = nil }
    }

    func refuseAsOverloaded(_ key: FastCGIRequestKey) {
        let seconds = self.loop.limits.retryAfterSeconds
        self.refuse(key, .problem(503, "The service has too much to do.", retryAfterSeconds: seconds))
    }

    /// At the end of the turn: what finishes in one turn goes out in one write.
    func scheduleFlush() {
        guard !self.isReading, !self.isPulling, !self.isFlushScheduled, self.context != nil else { return }
        self.isFlushScheduled = true
        self.loop.eventLoop.assumeIsolated().execute { self.flush() }
    }

    func passOn(_ context: ChannelHandlerContext) {
        guard self.outgoing.readableBytes > 0 else { return }
        context.write(self.wrapOutboundOut(self.outgoing), promise: nil)
        self.clearOutgoing()
    }

    /// Memory that was sent at once serves the next turn; much of it is not kept for a connection that may be idle.
    func clearOutgoing() {
        if self.outgoing.capacity <= self.loop.limits.copiedBodyBytes {
            self.outgoing.clear()
        } else {
            self.outgoing = ByteBuffer()
        }
    }

    func flush() {
        self.isFlushScheduled = false
        guard let context = self.context else { return }
        guard case .no = self.ending else { return }
        let isLast = self.state.isFinished
        if isLast {
            self.ending = .flushing(since: self.loop.now, unsent: .max)
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenComplete { _ in self.endOutput() }
            context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: sent)
            self.outgoing = ByteBuffer()
        } else if self.outgoing.readableBytes > 0 {
            context.writeAndFlush(self.wrapOutboundOut(self.outgoing), promise: nil)
            self.clearOutgoing()
        } else {
            context.flush()
        }
        self.watchUnsent(context)
    }

    /// Stops reading a peer that does not read what it is sent.
    func watchUnsent(_ context: ChannelHandlerContext) {
        guard !context.channel.isWritable, self.congestedSince == nil, self.unsentBytes > self.loop.limits.unsentBytes
        else {
            return
        }
        self.congestedSince = self.loop.now
    }

    var unsentBytes: Int {
        guard let options = self.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }
}
