import FastCGI
import NIOCore

/// One request between its connection and its responder's task, until END_REQUEST is written or the request is lost.
///
/// `@unchecked Sendable`: it is touched on its event loop only; every way in from elsewhere hops there first.
final class FastCGIExchange: @unchecked Sendable {
    let key: FastCGIRequestKey
    let isHead: Bool
    let loop: FastCGILoop
    /// Set when the body was not all there at the start.
    let body: FastCGIBodySource?
    /// `nil` once nothing more can be written.
    private var connection: FastCGIConnection?
    private var task: Task<Void, Never>?
    private var waitingWriters: [CheckedContinuation<Void, Never>] = []

    init(_ key: FastCGIRequestKey, isHead: Bool, body: FastCGIBodySource?, connection: FastCGIConnection) {
        self.key = key
        self.isHead = isHead
        self.loop = connection.loop
        self.body = body
        self.connection = connection
    }

    /// Runs the responder, now, as far as it goes without suspending.
    func start(_ request: FastCGIRequest) {
        let task = Task.immediate(executorPreference: self.loop.executor) {
            let response = await self.loop.responder.respond(to: request)
            if let produce = self.connection?.answer(self, response) {
                await self.stream(produce)
            }
            self.loop.endRequest()
        }
        if self.connection != nil { self.task = task }
    }

    private func stream(_ produce: @Sendable (FastCGIBodyWriter) async throws -> Void) async {
        do {
            try await produce(FastCGIBodyWriter(exchange: self))
            self.connection?.end(self)
        } catch {
            self.connection?.breakOff(self, error)
        }
    }

    // MARK: The writer's side, anywhere

    func write(_ bytes: ByteBuffer) async throws(FastCGIWriteError) {
        let isSent =
            if self.loop.eventLoop.inEventLoop {
                await self.send(bytes)
            } else {
                await withTaskExecutorPreference(self.loop.executor) { await self.send(bytes) }
            }
        guard isSent else { throw .aborted }
    }

    private func send(_ bytes: ByteBuffer) async -> Bool {
        var rest = bytes
        while rest.readableBytes > 0 {
            guard let connection = self.connection, !Task.isCancelled else { return false }
            if connection.hasRoom {
                guard let part = rest.readSlice(length: min(rest.readableBytes, FastCGILimits.writtenContentBytes))
                else {
                    return false
                }
                connection.write(part, for: self.key)
            } else {
                await self.room()
            }
        }
        return true
    }

    private func room() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if Task.isCancelled { waiter.resume() } else { self.waitingWriters.append(waiter) }
            }
        } onCancel: {
            self.loop.onLoop { self.resumeWriters() }
        }
    }

    // MARK: The connection's side, on the loop

    /// There is room to write again, or never will be: each writer looks for itself.
    func resumeWriters() {
        guard !self.waitingWriters.isEmpty else { return }
        let waiters = self.waitingWriters
        self.waitingWriters = []
        for waiter in waiters { waiter.resume() }
    }

    /// Nothing more can be written: the answer is whole.
    func end() {
        self.connection = nil
        self.task = nil
        self.body?.abort()
        self.resumeWriters()
    }

    /// There is no one to answer: who waits is told, and the task cancelled.
    func abort() {
        let task = self.task
        self.end()
        task?.cancel()
    }
}
