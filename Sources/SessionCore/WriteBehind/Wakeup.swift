import Synchronization

/// Lets one task sleep until its time is up or somebody wakes it. A call that comes while nobody sleeps is kept: the
/// next sleep ends at once.
public final class Wakeup: Sendable {
    private enum State {
        case idle
        case called
        case sleeping(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    public init() {}

    /// Ends early when called, or when the task is cancelled. One sleeper at a time: a second one returns at once.
    public func sleep(milliseconds: Int64) async {
        guard milliseconds > 0, !Task.isCancelled else { return }
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(milliseconds))
            if !Task.isCancelled { self.call() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if case .idle = state {
                        state = .sleeping(continuation)
                        return false
                    }
                    if case .called = state { state = .idle }
                    return true
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            call()
        }
        timer.cancel()
    }

    public func call() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .sleeping(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .called
            return nil
        }
        sleeper?.resume()
    }
}
