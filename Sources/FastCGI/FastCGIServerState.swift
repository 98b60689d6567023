import NIOCore

/// One connection of a FastCGI application, as a pure machine: bytes in, events and bytes out.
///
///     inactive ──BEGIN──▶ parameters ──PARAMS ends──▶ body ──STDIN ends──▶ complete
///        ▲                    │                         │                     │
///        │                    └────── refused ◀─────────┘ (malformed, overloaded, length mismatch)
///        └──────── END_REQUEST written: by `end`, or by ABORT_REQUEST ◀───────┘
///
/// - A request is active from BEGIN until its END_REQUEST is written. Records of inactive ids are ignored: they are what
///   is left of a request that was aborted or answered early.
/// - Exactly one END_REQUEST is written for each BEGIN, and nothing of a request after it: a ``FastCGIRequestKey`` is
///   never used twice, although ids are.
/// - Management records are answered as they come; unknown roles are refused without an event.
/// - After a framing error there are no more events; the connection is to be closed.
///
/// It does not answer requests, keep bodies or time out: whoever drives it pulls events as fast as it can keep what they
/// bring, and what is not pulled stays as bytes.
public struct FastCGIServerState: Sendable {
    private enum Phase {
        /// PARAMS so far.
        case parameters(ByteBuffer)
        case body(received: Int, contentLength: Int?)
        case complete
        /// What still comes of PARAMS and STDIN is of no interest.
        case refused
    }

    private struct Request {
        let key: FastCGIRequestKey
        let keepsConnection: Bool
        var phase: Phase
    }

    private enum Conduct {
        case open
        /// New requests are refused as overloaded; the end is when none is active.
        case closing
        case failed
    }

    private let limits: FastCGILimits
    private var decoder = FastCGIRecordDecoder()
    private var active: [Request] = []
    private var serial: UInt64 = 0
    private var conduct = Conduct.open
    /// Whether a request ended before all of it was received, so that the peer may still be writing.
    private var leftUnread = false
    private var hasBrokenOff = false

    public init(limits: FastCGILimits = FastCGILimits()) {
        self.limits = limits
    }

    // MARK: In

    public mutating func append(_ bytes: ByteBuffer) {
        self.decoder.append(bytes)
    }

    /// The next event, or `nil` when more bytes are needed. Replies that need no decision are written to `output`.
    public mutating func next(replies output: inout ByteBuffer) -> FastCGIServerEvent? {
        if case .failed = self.conduct { return nil }
        do throws(FastCGIFramingError) {
            while let record = try self.decoder.next() {
                if let event = try self.receive(record, &output) { return event }
            }
            return nil
        } catch {
            self.conduct = .failed
            return .failed(error)
        }
    }

    /// No bytes come any more. Whether there is something left to do: a peer that half-closed after whole requests still
    /// gets its answers, one that did so in mid-request gets a close.
    public mutating func inputEnded() -> Bool {
        self.closeWhenIdle()
        return !self.isReceiving && !self.active.isEmpty
    }

    /// From now on new requests are refused, and ``isFinished`` is true once none is active.
    public mutating func closeWhenIdle() {
        if case .open = self.conduct { self.conduct = .closing }
    }

    // MARK: Out

    /// Whether the request may be answered: its END_REQUEST is not written yet.
    public func isActive(_ key: FastCGIRequestKey) -> Bool {
        self.active.contains { $0.key == key }
    }

    /// Writes STDOUT records. `false`, and nothing written, if the request is not active.
    @discardableResult
    public func write(_ bytes: ByteBuffer, for key: FastCGIRequestKey, to output: inout ByteBuffer) -> Bool {
        guard self.isActive(key) else { return false }
        output.writeFastCGIStream(.stdout, requestID: key.id, bytes)
        return true
    }

    /// Writes the end of STDOUT and END_REQUEST. `false`, and nothing written, if the request is not active.
    @discardableResult
    public mutating func end(_ key: FastCGIRequestKey, to output: inout ByteBuffer) -> Bool {
        guard let index = self.active.firstIndex(where: { $0.key == key }) else { return false }
        output.writeFastCGIStreamEnd(.stdout, requestID: key.id)
        self.end(at: index, &output)
        return true
    }

    /// The request's answer broke off. No END_REQUEST is written, and the connection ends with the other requests.
    ///
    /// Its last bytes then are a header of version 0, which no peer can take for the end of anything: nginx, for one,
    /// takes a mere end of file for the end of an unbuffered answer, and its client a part for the whole.
    public mutating func breakOff(_ key: FastCGIRequestKey, to output: inout ByteBuffer) {
        guard let index = self.active.firstIndex(where: { $0.key == key }) else { return }
        self.active.remove(at: index)
        self.hasBrokenOff = true
        self.closeWhenIdle()
        self.spoilIfLast(&output)
    }

    private func spoilIfLast(_ output: inout ByteBuffer) {
        if self.hasBrokenOff, self.active.isEmpty { output.writeInteger(UInt64(0)) }
    }

    // MARK: What it is

    /// Requests begun and not ended.
    public var activeRequests: Int { self.active.count }

    /// Whether the connection is to be closed when what was written is sent.
    public var isFinished: Bool {
        switch self.conduct {
        case .open: false
        case .closing: self.active.isEmpty
        case .failed: true
        }
    }

    /// Whether the peer may still be writing, so that closing at once could lose what was sent to it.
    public var mustLinger: Bool { self.leftUnread || self.decoder.bufferedBytes > 0 }

    /// Whether a record or a request has begun to arrive and is not whole.
    public var isReceiving: Bool {
        self.decoder.bufferedBytes > 0
            || self.active.contains {
                switch $0.phase {
                case .parameters, .body: true
                case .complete, .refused: false
                }
            }
    }

    // MARK: Records

    private mutating func receive(
        _ record: FastCGIRecord,
        _ output: inout ByteBuffer
    ) throws(FastCGIFramingError) -> FastCGIServerEvent? {
        guard record.requestID != 0 else {
            try self.manage(record, &output)
            return nil
        }
        let index = self.active.firstIndex { $0.key.id == record.requestID }
        switch FastCGIRecordType(rawValue: record.type) {
        case .beginRequest:
            guard index == nil else { throw .requestAlreadyActive(record.requestID) }
            return try self.begin(record, &output)
        case .abortRequest:
            guard let index else { return nil }
            let key = self.active[index].key
            self.end(at: index, &output)
            return .aborted(key)
        case .params:
            guard let index else { return nil }
            return try self.parameters(record.content, at: index)
        case .stdin:
            guard let index else { return nil }
            return try self.body(record.content, at: index)
        case .endRequest, .stdout, .stderr, .data, .getValues, .getValuesResult, .unknownType, nil:
            // Not for a Responder. A type that is not known may be ignored; its length was believed like any other's.
            return nil
        }
    }

    private func manage(_ record: FastCGIRecord, _ output: inout ByteBuffer) throws(FastCGIFramingError) {
        guard record.type == FastCGIRecordType.getValues.rawValue else {
            output.writeFastCGIUnknownType(record.type)
            return
        }
        var asked = try FastCGIValueNames(record.content)
        var values: [(name: String, value: String)] = []
        while let name = asked.next() {
            switch name {
            case .maxConnections: values.append((name.rawValue, "\(self.limits.connections)"))
            case .maxRequests: values.append((name.rawValue, "\(self.limits.requestsPerConnection)"))
            case .multiplexesConnections: values.append((name.rawValue, "1"))
            }
        }
        output.writeFastCGIValues(.getValuesResult, values)
    }

    private mutating func begin(
        _ record: FastCGIRecord,
        _ output: inout ByteBuffer
    ) throws(FastCGIFramingError) -> FastCGIServerEvent? {
        guard
            record.content.readableBytes == 8,
            let (role, flags) = record.content.peekMultipleIntegers(as: (UInt16, UInt8).self)
        else {
            throw .contentLength(type: record.type, length: record.content.readableBytes)
        }
        let keepsConnection = flags & 1 == 1
        guard role == FastCGIRole.responder.rawValue else {
            output.writeFastCGIEndRequest(requestID: record.requestID, status: .unknownRole)
            if !keepsConnection { self.closeWhenIdle() }
            self.leftUnread = true
            return nil
        }
        self.serial &+= 1
        let key = FastCGIRequestKey(id: record.requestID, serial: self.serial)
        var request = Request(key: key, keepsConnection: keepsConnection, phase: .parameters(ByteBuffer()))
        var isRefused = self.active.count >= self.limits.requestsPerConnection
        if case .closing = self.conduct { isRefused = true }
        if isRefused { request.phase = .refused }
        self.active.append(request)
        return isRefused ? .refused(key, .overloaded) : nil
    }

    private mutating func parameters(
        _ content: ByteBuffer,
        at index: Int
    ) throws(FastCGIFramingError) -> FastCGIServerEvent? {
        let key = self.active[index].key
        switch self.active[index].phase {
        case .parameters(var stream):
            do throws(FastCGIMalformation) {
                guard content.readableBytes > 0 else {
                    let parameters = try FastCGIParameters(parsing: stream, limits: self.limits)
                    let contentLength = try parameters.contentLength()
                    self.active[index].phase = .body(received: 0, contentLength: contentLength)
                    return .request(key, parameters, contentLength: contentLength)
                }
                guard content.readableBytes <= self.limits.parametersBytes - stream.readableBytes else {
                    throw .tooLong
                }
                if stream.readableBytes == 0 {
                    stream = content
                } else {
                    // The old value leaves first, so that the buffer is this variable's alone and grows in place.
                    self.active[index].phase = .refused
                    stream.writeImmutableBuffer(content)
                }
                self.active[index].phase = .parameters(stream)
                return nil
            } catch {
                self.active[index].phase = .refused
                return .refused(key, .malformed(error))
            }
        case .body, .complete:
            throw .streamOrder(type: FastCGIRecordType.params.rawValue)
        case .refused:
            return nil
        }
    }

    private mutating func body(
        _ content: ByteBuffer,
        at index: Int
    ) throws(FastCGIFramingError) -> FastCGIServerEvent? {
        let key = self.active[index].key
        switch self.active[index].phase {
        case .body(let received, let contentLength):
            guard content.readableBytes > 0 else {
                self.active[index].phase = .complete
                let isWhole = contentLength.map { $0 == received } ?? true
                return .bodyEnd(key, isWhole ? .whole : .lengthMismatch)
            }
            let total = received.addingReportingOverflow(content.readableBytes)
            guard !total.overflow, total.partialValue <= contentLength ?? .max else {
                self.active[index].phase = .refused
                return .bodyEnd(key, .lengthMismatch)
            }
            self.active[index].phase = .body(received: total.partialValue, contentLength: contentLength)
            return .body(key, content)
        case .parameters, .complete:
            throw .streamOrder(type: FastCGIRecordType.stdin.rawValue)
        case .refused:
            return nil
        }
    }

    private mutating func end(at index: Int, _ output: inout ByteBuffer) {
        let request = self.active.remove(at: index)
        output.writeFastCGIEndRequest(requestID: request.key.id)
        switch request.phase {
        case .complete: break
        case .parameters, .body, .refused: self.leftUnread = true
        }
        if !request.keepsConnection { self.closeWhenIdle() }
        self.spoilIfLast(&output)
    }
}
