import NIOCore

/// What is in flight on one connection, and who waits for it.
///
///        enqueue                 write                   reply
///     ──────────────► queued ──────────────► written ──────────────► delivered
///                       │                       │
///        deadline,      ▼                       ▼      deadline, cancelled:
///        cancelled   withdrawn               orphaned  the waiter is told *unknown*
///        the waiter is told *not written*              and the place stays, for its reply
///
/// Redis answers in the order it was asked, so a reply belongs to the oldest written place and to nothing else. A place
/// therefore leaves the line only by its replies or with the whole connection, whoever still waits for it.
///
/// It knows neither sockets nor clocks nor tasks: it is told the time, and returns what is to be done. It does not
/// retry, and does not look into replies.
struct PipelineState<Waiter> {
    private enum Phase {
        case open
        /// No new commands; to be closed when the line is empty.
        case draining
        case closed
    }

    private enum Stage {
        case queued(RedisCommand)
        /// Given up while it was queued: it will not be written, and awaits no reply.
        case withdrawn
        case written(at: NIODeadline)
    }

    private struct Place {
        var stage: Stage
        /// Nil when it has been told something else.
        var waiter: Waiter?
        /// Replies still to come; a pipeline or transaction is one place with several.
        var replies: Int
        var bytes: Int
        let deadline: NIODeadline
    }

    private let limits: RedisLimits
    private var phase = Phase.open
    private var line = CircularBuffer<Place>()
    /// The number of the line's first place. Places are numbered as they come.
    private var first: UInt64 = 0
    /// The line's first so many places are written (or withdrawn); those after them are queued (or withdrawn).
    private var written = 0
    private var replies = 0
    private var bytes = 0
    /// When the handler will call ``expire(now:)`` next.
    private var alarm: NIODeadline?

    /// Deadlines are noticed up to so much late, so that many different ones do not each cost a walk along the line.
    static var alarmGrain: TimeAmount { .milliseconds(5) }

    init(limits: RedisLimits) { self.limits = limits }

    /// Replies that are still to come.
    var inFlight: Int { replies }

    /// Whether the connection is to be closed now that nothing is in flight.
    var isDrained: Bool {
        switch phase {
        case .open, .closed: false
        case .draining: line.isEmpty
        }
    }

    // MARK: Commands

    enum Admission {
        /// - place: by which to ``cancel(_:)``.
        /// - alarm: when to call ``expire(now:)``; nil: as arranged before.
        case accepted(place: UInt64, alarm: NIODeadline?)
        case rejected(RedisError.NotWritten)
    }

    mutating func enqueue(
        _ command: RedisCommand, replies: Int, for waiter: Waiter, timeout: TimeAmount?, now: NIODeadline
    ) -> Admission {
        switch phase {
        case .open: break
        case .draining: return .rejected(.draining)
        case .closed: return .rejected(.notConnected)
        }
        let size = command.encodedSize
        guard self.replies + replies <= limits.commandsInFlight, bytes + size <= limits.bytesInFlight else {
            return .rejected(.queueFull)
        }
        let deadline = now + (timeout ?? limits.reply)
        line.append(
            Place(stage: .queued(command), waiter: waiter, replies: replies, bytes: size, deadline: deadline))
        self.replies += replies
        bytes += size
        let place = first + UInt64(line.count - 1)
        let due = min(deadline, now + limits.stall)
        if let alarm, alarm <= due { return .accepted(place: place, alarm: nil) }
        alarm = due
        return .accepted(place: place, alarm: due)
    }

    var hasQueued: Bool { written < line.count }

    /// Moves queued commands into `buffer`, until it holds `limit` bytes or more.
    mutating func write(into buffer: inout ByteBuffer, limit: Int, now: NIODeadline) {
        while written < line.count, buffer.readableBytes < limit {
            line.modify(line.index(line.startIndex, offsetBy: written)) { place in
                switch place.stage {
                case .queued(let command):
                    command.write(to: &buffer)
                    place.stage = .written(at: now)
                case .withdrawn, .written: break
                }
            }
            written += 1
        }
    }

    // MARK: Replies

    enum Delivery {
        case deliver(Waiter, isLast: Bool)
        /// Nobody waits for it any more.
        case discard
        /// Nothing asked for it: the connection can no longer be trusted.
        case unexpected
    }

    /// Called for every reply, in order.
    mutating func reply() -> Delivery {
        switch phase {
        case .open, .draining: break
        case .closed: return .discard
        }
        guard written > 0, !line.isEmpty else { return .unexpected }
        replies -= 1
        // In place: places are large, and this is done for each reply.
        let (waiter, left) = line.modify(line.startIndex) { place in
            place.replies -= 1
            return (place.waiter, place.replies)
        }
        if left == 0 {
            removeFirst()
            dropWithdrawn()
        }
        return waiter.map { .deliver($0, isLast: left == 0) } ?? .discard
    }

    private mutating func removeFirst() {
        bytes -= line.removeFirst().bytes
        first += 1
        if written > 0 { written -= 1 }
    }

    /// Keeps the line's first place one that a reply will come for; a line of withdrawn places is empty.
    private mutating func dropWithdrawn() {
        while !line.isEmpty {
            let isWithdrawn = line.modify(line.startIndex) { place in
                if case .withdrawn = place.stage { true } else { false }
            }
            guard isWithdrawn else { return }
            removeFirst()
        }
    }

    // MARK: Giving up

    typealias Failure = (waiter: Waiter, error: RedisError)

    /// The waiter gives up; nil if it has been told something already.
    mutating func cancel(_ place: UInt64) -> Failure? {
        guard place >= first, place - first < UInt64(line.count) else { return nil }
        defer { dropWithdrawn() }
        return giveUp(at: Int(place - first), .cancelled, .cancelled)
    }

    private mutating func giveUp(
        at offset: Int, _ notWritten: RedisError.NotWritten, _ unknown: RedisError.Unknown
    ) -> Failure? {
        let index = line.index(line.startIndex, offsetBy: offset)
        guard let waiter = line[index].waiter else { return nil }
        line[index].waiter = nil
        switch line[index].stage {
        case .queued:
            line[index].stage = .withdrawn
            replies -= line[index].replies
            bytes -= line[index].bytes
            line[index].bytes = 0
            return (waiter, .notWritten(notWritten))
        case .withdrawn, .written:
            return (waiter, .unknown(unknown))
        }
    }

    struct Expiry {
        var failures: [Failure] = []
        /// The oldest written command is too old: the connection is to be closed.
        var isStalled = false
        /// When to call again; nil: not before the next ``enqueue`` says so.
        var alarm: NIODeadline?
    }

    mutating func expire(now: NIODeadline) -> Expiry {
        var expiry = Expiry()
        alarm = nil
        switch phase {
        case .open, .draining: break
        case .closed: return expiry
        }
        var next = NIODeadline.distantFuture
        if case .written(let at)? = line.first?.stage {
            expiry.isStalled = at + limits.stall <= now
            next = at + limits.stall
        }
        for (offset, place) in zip(0..., line) where place.waiter != nil {
            guard place.deadline <= now else {
                next = min(next, place.deadline)
                continue
            }
            if let failure = giveUp(at: offset, .deadline, .deadline) { expiry.failures.append(failure) }
        }
        dropWithdrawn()
        if next < .distantFuture {
            alarm = max(next, now + Self.alarmGrain)
            expiry.alarm = alarm
        }
        return expiry
    }

    // MARK: The end

    /// From now on new commands are rejected.
    mutating func drain() {
        switch phase {
        case .open: phase = .draining
        case .draining, .closed: break
        }
    }

    /// Empties the line: the written are told `reason`, the queued that they were not written.
    mutating func close(_ reason: RedisError.Unknown) -> [Failure] {
        phase = .closed
        let failures: [Failure] = line.compactMap { place in
            guard let waiter = place.waiter else { return nil }
            switch place.stage {
            case .queued: return (waiter, .notWritten(.notConnected))
            case .withdrawn, .written: return (waiter, .unknown(reason))
            }
        }
        first += UInt64(line.count)
        line = []
        (written, replies, bytes) = (0, 0, 0)
        return failures
    }
}
