/// One task's wait for the replies to what it sent.
///
/// Unchecked: made by the waiting task, which then suspends; from there until it is resumed only the event loop touches it,
/// and after that only the task again.
final class PendingReply: @unchecked Sendable {
    private enum Stage {
        case created
        /// Cancelled before it reached the event loop.
        case cancelled
        case inLine(place: UInt64, UnsafeContinuation<Void, Never>)
        case done
    }

    private var stage = Stage.created
    private(set) var error: RedisError?
    /// The last reply, which for most is the only one.
    private(set) var reply: RedisReply?
    /// Those before it.
    private(set) var earlier: [RedisReply] = []

    var isCancelled: Bool {
        if case .cancelled = stage { true } else { false }
    }

    var place: UInt64? {
        if case .inLine(let place, _) = stage { place } else { nil }
    }

    func take(place: UInt64, _ continuation: UnsafeContinuation<Void, Never>) {
        stage = .inLine(place: place, continuation)
    }

    /// Called on cancellation, whose news may arrive before the command itself does.
    func cancelIfNotInLine() {
        if case .created = stage { stage = .cancelled }
    }

    func receive(_ reply: RedisReply, isLast: Bool) {
        if let before = self.reply { earlier.append(before) }
        self.reply = reply
        if isLast { resume() }
    }

    func fail(_ error: RedisError) {
        self.error = error
        resume()
    }

    private func resume() {
        guard case .inLine(_, let continuation) = stage else { return }
        stage = .done
        continuation.resume()
    }
}
