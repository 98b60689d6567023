import FastCGI
import FuzzSupport
import NIOCore

/// Drives a connection machine as a server would, keeps its own account of every request, and compares.
struct Application {
    private struct Account {
        let id: UInt16
        var contentLength: Int?
        var received = 0
        var isBodyEnded = false
        var isOver = false
    }

    private var state: FastCGIServerState
    private let policy: UInt8
    private var accounts: [FastCGIRequestKey: Account] = [:]
    private var order: [FastCGIRequestKey] = []
    private var hasFailed = false
    private var output = ByteBuffer()
    /// END_REQUESTs that are due, by id: one for each request aborted or answered.
    private var dueEnds: [UInt16: Int] = [:]
    private var hasBrokenOff = false

    /// Every event, in words.
    private(set) var trace: [String] = []
    private(set) var written: [UInt8] = []

    init(_ policy: UInt8) {
        var limits = FastCGILimits()
        if policy & 1 == 1 {
            limits.parameters = 4
            limits.parametersBytes = 100
            limits.requestsPerConnection = 2
        }
        self.policy = policy
        self.state = FastCGIServerState(limits: limits)
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        self.state.append(ByteBuffer(bytes: bytes))
        while let event = self.state.next(replies: &self.output) {
            check(!self.hasFailed, "an event after a framing error")
            self.take(event)
        }
    }

    private mutating func take(_ event: FastCGIServerEvent) {
        switch event {
        case .request(let key, let parameters, let contentLength):
            self.trace.append("request \(key.id) \(parameters.count) \(contentLength.map { "\($0)" } ?? "-")")
            parameters.forEach { name, _ in
                check(name != "HTTP_PROXY", "HTTP_PROXY got through")
                // Bytes that are no text are told as U+FFFD, which is not their name.
                let isFound = parameters[name] != nil || name.unicodeScalars.contains("\u{FFFD}")
                check(isFound, "a name that cannot be found")
            }
            check((contentLength ?? 0) >= 0, "a negative length")
            self.open(key, contentLength)
            if self.policy & 2 != 0 { self.answer(key) }
        case .refused(let key, _):
            self.trace.append("refused \(key.id)")
            self.open(key, nil)
            self.accounts[key]?.isBodyEnded = true
            self.answer(key)
        case .body(let key, let bytes):
            self.trace.append("body \(key.id) \(bytes.readableBytes)")
            self.withActive(key) { account in
                check(!account.isBodyEnded, "a body after its end")
                check(bytes.readableBytes > 0, "an empty piece")
                account.received += bytes.readableBytes
                check(account.received <= account.contentLength ?? .max, "more body than said")
            }
            if self.policy & 4 != 0 { self.answer(key) }
        case .bodyEnd(let key, let end):
            self.trace.append("end \(key.id) \(end)")
            self.withActive(key) { account in
                check(!account.isBodyEnded, "a body ends twice")
                account.isBodyEnded = true
                if end == .whole, let said = account.contentLength { check(account.received == said, "not whole") }
            }
            if self.policy & 8 != 0 { self.answer(key) }
        case .aborted(let key):
            self.trace.append("aborted \(key.id)")
            if self.accounts[key] != nil {
                self.withActive(key) { $0.isOver = true }
            }
            self.dueEnds[key.id, default: 0] += 1
            check(!self.state.isActive(key), "aborted and active")
            check(!self.state.end(key, to: &self.output), "an aborted request ended again")
        case .failed(let error):
            self.trace.append("failed \(error)")
            self.hasFailed = true
            check(self.state.isFinished, "a framing error that does not close")
        }
    }

    private mutating func open(_ key: FastCGIRequestKey, _ contentLength: Int?) {
        check(key.id != 0, "a request under id 0")
        check(self.accounts[key] == nil, "a key used twice")
        check(!self.accounts.values.contains { $0.id == key.id && !$0.isOver }, "two requests of one id")
        check(self.state.isActive(key), "begun and not active")
        self.accounts[key] = Account(id: key.id, contentLength: contentLength)
        self.order.append(key)
    }

    private mutating func withActive(_ key: FastCGIRequestKey, _ body: (inout Account) -> Void) {
        guard var account = self.accounts[key] else { return check(false, "an event of a request never begun") }
        check(!account.isOver, "an event of a request that is over")
        body(&account)
        self.accounts[key] = account
    }

    private mutating func answer(_ key: FastCGIRequestKey) {
        let isActive = self.accounts[key].map { !$0.isOver } ?? false
        check(self.state.isActive(key) == isActive, "active or not")
        if self.policy & 16 != 0, isActive, key.id == 3 {
            self.state.breakOff(key, to: &self.output)
            self.hasBrokenOff = true
        } else {
            check(self.state.write(ByteBuffer(string: "x"), for: key, to: &self.output) == isActive, "written")
            check(self.state.end(key, to: &self.output) == isActive, "ended")
            if isActive { self.dueEnds[key.id, default: 0] += 1 }
        }
        self.accounts[key]?.isOver = true
        check(!self.state.write(ByteBuffer(string: "late"), for: key, to: &self.output), "written after the end")
        check(!self.state.isActive(key), "over and active")
    }

    /// Answers what is left, then reads what was written as a web server would.
    mutating func finish() {
        if !self.hasFailed {
            for key in self.order where self.state.isActive(key) { self.answer(key) }
            let isGoingOn = self.state.inputEnded()
            check(isGoingOn == (self.state.activeRequests > 0 && !self.state.isReceiving), "the end of input")
        }
        self.written = Array(self.output.readableBytesView)
        var decoder = FastCGIClientDecoder()
        decoder.append(self.output)
        var ends: [UInt16: Int] = [:]
        do {
            while let message = try decoder.next() {
                switch message {
                case .stdout(let id, _): check(id != 0, "an answer under id 0")
                case .stderr: check(false, "a STDERR record")
                case .end(_, status: .unknownRole, _): break
                case .end(let id, status: .requestComplete, _): ends[id, default: 0] += 1
                case .end: check(false, "an END_REQUEST of another status")
                case .values, .unknownType: break
                }
            }
        } catch {
            check(self.hasBrokenOff && error == .version(0), "output that is not FastCGI")
        }
        if !self.hasBrokenOff { check(ends == self.dueEnds, "not one END_REQUEST for each request") }
    }
}
