import LoadTesting
import NIOCore

/// Sends what a source decides on, holds the answers against it, and records. Everything on one event loop: nothing here is
/// locked, and nothing waits.
///
///     source ── submit ─▶ queue ─▶ a connection with room ─▶ … answer ─▶ check ─▶ record ─▶ source
///            ◀── next ── (a closed loop: whenever a connection has room)
final class Engine: ConnectionOwner {
    let loop: any EventLoop
    var population: Population
    var recorder = Recorder()
    let pool: ConnectionPool
    private let composer: RequestComposer
    private var draft = RequestDraft()
    private var source: (any TrafficSource)?
    /// Due, and waiting for a connection.
    private var queue = CircularBuffer<LoadRequest>()
    private(set) var outstanding = 0
    private var number: UInt64
    private var timer: Scheduled<Void>?
    private var timerDue: UInt64 = 0
    /// Requests that are due in it are measured.
    var window: Range<UInt64> = 0..<0
    /// What was answered since the window began, measured or not: what processor time is divided by.
    var answeredInAll = 0
    private var whenIdle: EventLoopPromise<Void>?
    /// Whether any fault ends the phase.
    private var isStrict = false
    private var isRetrying = false
    /// When the first of the connections was refused that nothing but refusals have followed.
    private var refusedSince: UInt64?

    /// How far apart two wakings are at least, in nanoseconds: what is due in between is at most so much late, which counts
    /// in its latency.
    private static let quantum: UInt64 = 50_000

    init(
        _ population: Population, _ workload: Workload, target: LoadTarget, connections: Int, multiplex: Int,
        seed: UInt64, loop: any EventLoop
    ) {
        self.population = population
        self.loop = loop
        composer = RequestComposer(workload, seed: seed)
        number = seed << 40
        pool = ConnectionPool(target, multiplex: multiplex, limit: connections, loop: loop)
        pool.owner = self
        pool.opened = { [weak self] in self?.connectionOpened() }
        pool.refused = { [weak self] in self?.connectionRefused($0) }
        sweepAgain()
    }

    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: Phases

    /// Runs a source to its end. Fails with the first violation if `isStrict`.
    func run(_ source: any TrafficSource, isStrict: Bool) -> EventLoopFuture<Void> {
        self.isStrict = isStrict
        begin(source)
        let promise = loop.makePromise(of: Void.self)
        whenIdle = promise
        endIfIdle()
        return promise.futureResult
    }

    func begin(_ source: any TrafficSource) {
        self.source = source
        source.start(self, at: now)
        for _ in 0..<pool.limit where pool.count < min(pool.limit, 16) { pool.grow() }
        pull()
        pool.flush()
        arm()
    }

    /// Nothing new is sent; succeeds when everything is answered, or given up on.
    func end(within seconds: Double) -> EventLoopFuture<Void> {
        source = nil
        isStrict = false
        timer?.cancel()
        timer = nil
        let promise = loop.makePromise(of: Void.self)
        whenIdle = promise
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(seconds * 1000))) { [self] in
            guard outstanding > 0, whenIdle?.futureResult === promise.futureResult else { return }
            while let request = queue.popFirst() {
                lost(request, .timeout, "still waiting for a connection at the end")
            }
            pool.sweep(sentBefore: .max, usedBefore: 0)
        }
        endIfIdle()
        return promise.futureResult
    }

    private func endIfIdle() {
        if outstanding == 0, source?.isDone ?? true { endPhase() }
    }

    /// A phase that somebody waits for: a window ends by its time.
    private func endPhase() {
        guard let whenIdle else { return }
        self.whenIdle = nil
        source = nil
        whenIdle.succeed()
    }

    /// What was seen since the last call: what comes between two phases counts for the second.
    func takeRecorder() -> Recorder {
        defer { recorder = Recorder() }
        return recorder
    }

    // MARK: Sending

    /// Sends a request that is due, as soon as a connection has room.
    func submit(_ request: LoadRequest) {
        guard outstanding < LoadLimits.outstanding else {
            recorder.recordNotSent()
            source?.finished(request, made: [], isGood: false, self, at: now)
            return
        }
        outstanding += 1
        var request = request
        request.isMeasured = window.contains(request.intended)
        if request.operation == .complete { population.sessions[request.session].isMoving = true }
        if queue.isEmpty, let connection = pool.take() {
            send(request, connection)
        } else {
            queue.append(request)
            pool.grow()
        }
    }

    private func send(_ request: LoadRequest, _ connection: LoadConnection) {
        var request = request
        if let violation = composer.confine(&request, population) { fault(violation) }
        number &+= 1
        request.number = number
        request.sent = now
        connection.lastUsed = request.sent
        composer.compose(&request, &population, into: &draft)
        let wasDirty = connection.isDirty
        connection.send(request, draft)
        if connection.isDirty, !wasDirty { pool.noteDirty(connection) }
    }

    /// What waits first; then whatever the source has for connections with nothing to do.
    private func pull() {
        while let connection = pool.take() {
            if let request = queue.popFirst() {
                send(request, connection)
                continue
            }
            guard let source, outstanding < LoadLimits.outstanding else { return }
            let now = now
            guard var request = source.next(self, at: now) else { return }
            outstanding += 1
            request.isMeasured = window.contains(now)
            if request.operation == .complete { population.sessions[request.session].isMoving = true }
            send(request, connection)
        }
        if source != nil || !queue.isEmpty { growIfWanted() }
    }

    private func growIfWanted() {
        if !queue.isEmpty || isClosedLoop { pool.grow() }
    }

    /// Whether all connections are to be kept busy.
    var isClosedLoop = false

    // MARK: Time

    private func arm() {
        guard let due = source?.nextDue else { return }
        let at = max(due, now + Self.quantum)
        guard timer == nil || at < timerDue else { return }
        timer?.cancel()
        timerDue = at
        timer = loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(at)) { [self] in
            timer = nil
            source?.wake(self, at: now)
            pool.flush()
            arm()
        }
    }

    // MARK: Answers

    func answered(_ request: LoadRequest, _ answer: LoadAnswer, on connection: LoadConnection) {
        let now = now
        outstanding -= 1
        answeredInAll += 1
        var made: [UInt8] = []
        let violation = AnswerCheck.check(request, answer, &population, made: &made)
        if let violation {
            fault(violation)
        } else if request.isMeasured {
            recorder.record(request.operation.index, microseconds: (now - min(request.intended, now)) / 1000)
        }
        pool.list(connection)
        settle(request, made, isGood: violation == nil, now)
    }

    private func settle(_ request: LoadRequest, _ made: [UInt8], isGood: Bool, _ now: UInt64) {
        switch request.operation {
        case .create where isGood:
            population.add(id: made, user: request.user, isInitial: source is SetUp)
        case .complete where isGood && !(source is VisitLoop):
            var resume = LoadRequest(.resume, user: request.user, session: request.session, intended: now)
            resume.isMeasured = request.isMeasured
            outstanding += 1
            queue.prepend(resume)
        case .complete, .resume:
            population.sessions[request.session].isMoving = false
        default: break
        }
        source?.finished(request, made: made, isGood: isGood, self, at: now)
    }

    func lost(_ request: LoadRequest, _ violation: Violation.Kind, _ reason: String) {
        outstanding -= 1
        if request.sent > 0 { AnswerCheck.lost(request, &population) }
        fault(Violation(violation, "\(AnswerCheck.name(request, population)): \(reason)"))
        settle(request, [], isGood: false, now)
        arm()
        endIfIdle()
    }

    func unasked(_ violation: Violation) { fault(violation) }

    private func fault(_ violation: Violation) {
        recorder.record(violation)
        guard isStrict, let whenIdle else { return }
        self.whenIdle = nil
        source = nil
        whenIdle.fail(LoadFailure("\(violation.kind.rawValue): \(violation.text)"))
    }

    func readCompleted(_ connection: LoadConnection) {
        pull()
        pool.flush()
        arm()
        endIfIdle()
    }

    // MARK: Connections

    func closed(_ connection: LoadConnection) {
        pool.forget(connection)
        growIfWanted()
        arm()
    }

    private func connectionOpened() {
        refusedSince = nil
        pull()
        pool.flush()
        arm()
    }

    private func connectionRefused(_ reason: String) {
        if refusedSince == nil { refusedSince = now }
        if let request = queue.popFirst() {
            lost(request, .connection, "no connection: \(reason)")
        } else {
            fault(Violation(.connection, "no connection: \(reason)"))
        }
        if isHopeless { endPhase() }
        guard !isRetrying, source != nil || !queue.isEmpty else { return }
        isRetrying = true
        loop.assumeIsolated().scheduleTask(in: .milliseconds(LoadLimits.retryMilliseconds)) { [self] in
            isRetrying = false
            growIfWanted()
        }
    }

    /// Nothing is under way, and for long nothing could be.
    private var isHopeless: Bool {
        outstanding == 0 && queue.isEmpty && pool.count == 0
            && now - (refusedSince ?? now) > UInt64(LoadLimits.refusedSeconds * 1e9)
    }

    /// Nothing is sent any more.
    func close() {
        source = nil
        pool.limit = 0
        pool.close()
    }

    /// Once a second, in every phase: what is never answered is given up.
    private func sweepAgain() {
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in
            self?.sweep()
            self?.sweepAgain()
        }
    }

    private func sweep() {
        let now = now
        func before(_ seconds: Double) -> UInt64 { now - min(now, UInt64(seconds * 1e9)) }
        pool.sweep(
            sentBefore: before(LoadLimits.requestSeconds), usedBefore: before(LoadLimits.idleSeconds))
    }
}

/// What ends a run before it has measured anything.
struct LoadFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
