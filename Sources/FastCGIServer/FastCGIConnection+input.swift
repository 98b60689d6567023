import FastCGI
import Logging
import NIOCore

/// What arrives: events, and the requests they start.
extension FastCGIConnection {
    func pull() {
        guard !self.isPulling else { return }
        self.isPulling = true
        while self.context != nil {
            while self.stalledBy == nil, let event = self.state.next(replies: &self.outgoing) { self.perform(event) }
            guard !self.arrivals.isEmpty else { break }
            let arrivals = self.arrivals
            self.arrivals.removeAll(keepingCapacity: true)
            for arrival in arrivals { self.start(arrival) }
        }
        self.isPulling = false
        if self.isInputEnded { self.endInput() }
        self.scheduleFlush()
    }

    func perform(_ event: FastCGIServerEvent) {
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

    func receive(_ bytes: ByteBuffer, for key: FastCGIRequestKey) {
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

    func start(_ arrival: Arrival) {
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
            let key = arrival.key
            arriving.onRoom = { [weak self] in self?.unstall(key) }
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

    func unstall(_ key: FastCGIRequestKey) {
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

    func resumeReading() {
        guard self.isReadWanted, self.stalledBy == nil, self.congestedSince == nil, let context = self.context else {
            return
        }
        self.isReadWanted = false
        self.lastActivity = self.loop.now
        context.read()
    }

    func endInput() {
        guard self.stalledBy == nil, !self.isPulling else { return }
        if self.state.inputEnded() { return }
        switch self.ending {
        case .no where !self.exchanges.isEmpty || !self.state.isFinished: self.close()
        case .no: self.scheduleFlush()
        case .flushing: break
        case .lingering: self.close()
        }
    }
}
