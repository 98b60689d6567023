import LoadTesting
import NIOCore

/// Reads the service's /metrics over a connection of its own, on the event loop.
final class MetricsPoller: ConnectionOwner {
    private let loop: any EventLoop
    private let pool: ConnectionPool
    private var draft = RequestDraft()
    private var isAsking = false
    private var waiting: EventLoopPromise<MetricsReading?>?
    private var timeout: Scheduled<Void>?
    /// Nil where the last one failed.
    private(set) var latest: MetricsReading?

    /// - Parameter path: `/metrics` unless a URL says otherwise.
    init(_ target: LoadTarget, path: String, loop: any EventLoop) {
        self.loop = loop
        pool = ConnectionPool(target, multiplex: 1, limit: 1, loop: loop)
        draft.path = Array(path.utf8)
        pool.owner = self
        pool.opened = { [weak self] in self?.send() }
        pool.refused = { [weak self] _ in self?.finish(nil) }
    }

    /// Whether an answer is on its way.
    var isReading: Bool { waiting != nil }

    /// Nil where they can't be read in time.
    func read() -> EventLoopFuture<MetricsReading?> {
        if let waiting { return waiting.futureResult }
        let promise = loop.makePromise(of: MetricsReading?.self)
        waiting = promise
        timeout = loop.assumeIsolated().scheduleTask(in: .seconds(LoadLimits.metricsSeconds)) { [self] in giveUp() }
        if pool.take() == nil { pool.grow() } else { send() }
        return promise.futureResult
    }

    private func send() {
        guard waiting != nil, !isAsking, let connection = pool.take() else { return }
        isAsking = true
        var request = LoadRequest(.list, user: 0, intended: 0)
        request.sent = NIODeadline.now().uptimeNanoseconds
        connection.send(request, draft)
        if connection.isDirty { connection.flush() }
    }

    private func giveUp() {
        // What was asked is lost with its connection. One that is still being opened is for the next reading.
        if isAsking { pool.close() } else { finish(nil) }
    }

    private func finish(_ reading: MetricsReading?) {
        isAsking = false
        timeout?.cancel()
        latest = reading
        let promise = waiting
        waiting = nil
        promise?.succeed(reading)
    }

    func answered(_ request: LoadRequest, _ answer: LoadAnswer, on connection: LoadConnection) {
        pool.list(connection)
        finish(answer.status == 200 ? MetricsReading(answer.body) : nil)
    }

    func lost(_ request: LoadRequest, _ violation: Violation.Kind, _ reason: String) { finish(nil) }
    /// Nothing here is held against the service: these are figures, and only the workload's answers are verified.
    func unasked(_ violation: Violation) {}
    func readCompleted(_ connection: LoadConnection) {}
    func closed(_ connection: LoadConnection) { pool.forget(connection) }

    func close() {
        pool.limit = 0
        pool.close()
    }
}
