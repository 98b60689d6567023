import LoadTesting
import NIOCore

/// Reads the service's /metrics over a connection of its own, on the event loop.
final class MetricsPoller: ConnectionOwner {
    private let loop: any EventLoop
    private let pool: ConnectionPool
    private var draft = RequestDraft()
    private var isAsking = false
    private var waiting: EventLoopPromise<MetricsReading?>?
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

    /// Nil where they can't be read.
    func read() -> EventLoopFuture<MetricsReading?> {
        if let waiting { return waiting.futureResult }
        let promise = loop.makePromise(of: MetricsReading?.self)
        waiting = promise
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

    private func finish(_ reading: MetricsReading?) {
        isAsking = false
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
    func readCompleted(_ connection: LoadConnection) {}
    func closed(_ connection: LoadConnection) { pool.forget(connection) }

    func close() {
        pool.limit = 0
        pool.close()
    }
}
