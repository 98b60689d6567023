import FuzzSupport
import NIOCore

@testable import Redis

/// Drives a reader and a pipeline as their handler would, keeps its own account of every command, and compares.
struct Connection: ~Copyable {
    private let limits: RedisLimits
    private let piece: Int
    private var reader: ReplyReader
    private var pipeline: PipelineState<Int>
    private var subscriber: Subscriber

    /// By waiter, in the order in which they came: where it stands, the replies it awaits, whether it was told its end.
    private var commands: [(place: UInt64, replies: Int, isTold: Bool)] = []
    /// Whose reply is due, one for each that is: the written commands' in their order.
    private var due: [Int] = []
    private var answered = 0
    private var isClosed = false
    private var now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// What was told, and to whom.
    enum Event: Equatable {
        case rejected(RedisError.NotWritten)
        case end(Int, RedisError)
        /// The reply's hash.
        case reply(Int, Int)
        case closed(RedisError.Unknown)
        case subscription(Subscriber.Event)
    }

    private(set) var trace: [Event] = []

    init(_ limits: RedisLimits, piece: Int) {
        guard let reader = try? ReplyReader(limits: limits) else { fatalError("no memory") }
        self.limits = limits
        self.piece = piece
        self.reader = reader
        pipeline = PipelineState(limits: limits)
        subscriber = Subscriber(limits)
    }

    mutating func perform(_ input: Input) {
        var input = input
        while !input.isEmpty {
            switch input.byte() & 15 {
            case 0, 1: enqueue(replies: 1)
            case 2: enqueue(replies: 1 + input.number() & 7)
            case 3, 4: write(limit: .max)
            case 5: write(limit: input.number())
            case 6: cancel(input.number())
            case 7: expire(after: input.number())
            case 8: receive(input.piece())
            case 9: receive(Array("+OK\r\n".utf8))
            case 10: receive(Array(":\(input.number())\r\n".utf8))
            case 11:
                let text = input.piece()
                receive(Array("$\(text.count)\r\n".utf8) + text + Array("\r\n".utf8))
            case 12: receive(Array("*\(input.number())\r\n".utf8))
            case 13: receive(Array("-\(Self.refusals[input.number() % Self.refusals.count]) it is\r\n".utf8))
            case 14: pipeline.drain()
            default: receive(Self.messages[input.number() % Self.messages.count])
            }
        }
        close(.connectionLost)
    }

    private static let refusals = ["ERR", "NOSCRIPT", "READONLY", "LOADING", "BUSY", "WRONGTYPE", "EXECABORT", "X"]
    private static let messages = [
        "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n",
        "*4\r\n$8\r\npmessage\r\n$1\r\np\r\n$1\r\nc\r\n$1\r\nx\r\n", "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "*-1\r\n",
        "*0\r\n", "$-1\r\n",
    ].map { Array($0.utf8) }

    // MARK: Commands

    private mutating func enqueue(replies: Int) {
        let waiter = commands.count
        let command = RedisCommand("ECHO", "\(waiter)")
        switch pipeline.enqueue(command, replies: replies, for: waiter, timeout: nil, now: now) {
        case .accepted(let place, _):
            check(!isClosed, "a command on a closed connection")
            commands.append((place, replies, false))
            check(pipeline.inFlight <= limits.commandsInFlight, "more commands than may be in flight")
        case .rejected(let reason): trace.append(.rejected(reason))
        }
    }

    /// What was written is read back, as a Redis would.
    private mutating func write(limit: Int) {
        var buffer = ByteBuffer()
        pipeline.write(into: &buffer, limit: limit, now: now)
        check(buffer.readableBytes <= limits.bytesInFlight, "more bytes than may be in flight")
        var written: [Int] = []
        do {
            guard var requests = try? ReplyReader(limits: RedisLimits()) else { return }
            try buffer.withUnsafeReadableBytes { bytes in
                try requests.read(bytes) { request in
                    check(request.count == 2 && request[0]?.equals("ECHO") == true, "a command that is none")
                    written.append(request[1]?.integer ?? -1)
                }
            }
        } catch { check(false, "commands that cannot be read") }
        for waiter in written {
            check(commands.indices.contains(waiter), "a command that nobody sent")
            check(due.last ?? -1 < waiter, "commands out of order, or twice")
            check(!commands[waiter].isTold, "a command written that was said not to be")
            due += repeatElement(waiter, count: commands[waiter].replies)
        }
    }

    private mutating func cancel(_ number: Int) {
        guard !commands.isEmpty else { return }
        let waiter = number % commands.count
        if let failure = pipeline.cancel(commands[waiter].place) {
            check(failure.waiter == waiter, "somebody else's command given up")
            tell(failure)
        } else {
            check(commands[waiter].isTold, "a command that cannot be given up")
        }
    }

    private mutating func expire(after ticks: Int) {
        now = now + .milliseconds(Int64(ticks) * 50)
        let expiry = pipeline.expire(now: now)
        for failure in expiry.failures { tell(failure) }
        if expiry.isStalled { close(.stalled) }
    }

    /// Each command's end is told once, and says truly whether it was written.
    private mutating func tell(_ failure: PipelineState<Int>.Failure) {
        trace.append(.end(failure.waiter, failure.error))
        check(!commands[failure.waiter].isTold, "an end told twice")
        commands[failure.waiter].isTold = true
        switch failure.error {
        case .notWritten: check(!due.contains(failure.waiter), "a written command said not to be")
        case .unknown: check(due.contains(failure.waiter), "a command that was not written said to be perhaps")
        case .refused: check(false, "a refusal that nobody sent")
        }
    }

    private mutating func close(_ reason: RedisError.Unknown) {
        trace.append(.closed(reason))
        for failure in pipeline.close(reason) { tell(failure) }
        check(commands.allSatisfy(\.isTold), "a command without an end")
        check(pipeline.inFlight == 0, "replies due on a closed connection")
        isClosed = true
    }

    // MARK: Replies

    private mutating func receive(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, !isClosed {
            let part = Array(rest.prefix(piece))
            rest = rest.dropFirst(part.count)
            var replies: [RedisReply] = []
            var failure: RedisReaderFailure?
            let before = piece == .max ? heapBytes : 0
            do throws(RedisReaderFailure) {
                try ByteBuffer(bytes: part).withUnsafeReadableBytes { (bytes) throws(RedisReaderFailure) in
                    try reader.read(bytes) { replies.append($0) }
                }
            } catch { failure = error }
            if piece == .max {
                // An element is a pointer and 48 bytes, a byte of a string may be there twice.
                let bound = limits.replyElements * 128 + (limits.replyBytes + part.count) * 4 + (64 << 10)
                check(heapBytes - before < bound, "more memory than the limits allow")
            }
            for reply in replies { take(reply) }
            if let failure, !isClosed { close(failure.reason) }
        }
    }

    private mutating func take(_ reply: RedisReply) {
        var seen = Seen()
        seen.read(reply)
        check(seen.elements <= limits.replyElements, "more elements than a reply may have")
        if let event = subscriber.take(reply, now: now) { trace.append(.subscription(event)) }
        switch pipeline.reply() {
        case .deliver(let waiter, let isLast):
            trace.append(.reply(waiter, seen.hash.finalize()))
            check(answered < due.count && due[answered] == waiter, "a reply to somebody else")
            check(!commands[waiter].isTold, "a reply to one who was told the end")
            answered += 1
            check(isLast == (answered == due.count || due[answered] != waiter), "the last reply, or not")
            if isLast { commands[waiter].isTold = true }
        case .discard:
            if isClosed { return }
            check(answered < due.count && commands[due[answered]].isTold, "a reply that was awaited is dropped")
            answered += 1
        case .unexpected:
            check(answered == due.count, "a reply that is due is unexpected")
            close(.unexpectedReply)
        }
        check(isClosed || pipeline.inFlight >= due.count - answered, "replies in flight")
    }
}

/// A reply, read in every way there is.
private struct Seen {
    var hash = Hasher()
    var elements = 0

    mutating func read(_ reply: RedisReply) {
        elements += reply.count
        check(reply[-1] == nil && reply[reply.count] == nil, "an element beyond the end")
        check(reply.isNull == (reply.kind == .null) && reply.isError == (reply.refusal != nil), "of two kinds")
        let pairs = reply.forEachPair { name, value in check(name.count >= 0 && value.count >= 0, "no pair") }
        check(pairs <= reply.count / 2, "more pairs than elements")
        let bytes = reply.bytes
        check(bytes?.count ?? 0 == reply.byteCount, "another length")
        check(reply.string == nil || reply.string.map { Array($0.utf8) } == bytes, "another text")
        hash.combine(reply.kind)
        hash.combine(bytes)
        hash.combine(reply.refusal?.code)
        hash.combine(reply.refusal?.message)
        hash.combine(reply.integer)
        for element in reply.elements { read(element) }
    }
}
