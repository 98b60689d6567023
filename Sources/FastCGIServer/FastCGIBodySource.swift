import FastCGI
import NIOCore

/// A body that is still arriving: the machine, who waits for it, and whom to tell that there is room again.
///
/// `@unchecked Sendable`: it is touched on its event loop only; every way in from elsewhere hops there first.
final class FastCGIBodySource: @unchecked Sendable {
    typealias Outcome = Result<ByteBuffer?, FastCGIBodyError>

    private let loop: FastCGILoop
    private var state: FastCGIBodyState<CheckedContinuation<Outcome, Never>>
    /// Called when buffered bytes were taken.
    var onRoom: (() -> Void)?

    init(_ buffered: ByteBuffer, loop: FastCGILoop) {
        self.loop = loop
        self.state = FastCGIBodyState(buffered)
    }

    // MARK: The connection's side, on the loop

    var bufferedBytes: Int { self.state.bufferedBytes }

    func receive(_ bytes: ByteBuffer) {
        if let (waiter, outcome) = self.state.receive(bytes) { waiter.resume(returning: outcome) }
    }

    func finish(_ end: FastCGIBodyEnd) {
        if let (waiter, outcome) = self.state.finish(end) { waiter.resume(returning: outcome) }
    }

    func abort() {
        self.onRoom = nil
        if let (waiter, outcome) = self.state.fail(.aborted) { waiter.resume(returning: outcome) }
    }

    // MARK: The reader's side, anywhere

    /// The next bytes; `nil` at the end. Suspends only when there are none yet. Cancellation ends the wait, and the
    /// body with it.
    func next() async throws(FastCGIBodyError) -> ByteBuffer? {
        guard self.loop.eventLoop.inEventLoop else {
            return try await withTaskExecutorPreference(self.loop.executor) { await self.outcome() }.get()
        }
        return try await self.outcome().get()
    }

    private func outcome() async -> Outcome {
        self.loop.eventLoop.assertInEventLoop()
        if let outcome = self.take() { return outcome }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if let outcome = self.state.park(waiter) { waiter.resume(returning: outcome) }
            }
        } onCancel: {
            self.loop.onLoop { self.abort() }
        }
    }

    private func take() -> Outcome? {
        guard let outcome = self.state.take() else { return nil }
        self.onRoom?()
        return outcome
    }
}
