import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// How far something is, on standard error: a line that is drawn over and over where that is a terminal, and a plain line
/// now and then where it isn't. It leaves nothing behind on a terminal.
public final class ProgressBar: Sendable {
    /// Between two drawings; between two plain lines. The first plain line comes after as long: what is done by then has
    /// none.
    private static let drawing = Duration.milliseconds(100)
    private static let lines = Duration.seconds(10)

    private struct State {
        var what: String
        var done = 0
        var total: Int?
        let start = ContinuousClock.now
        var shown: ContinuousClock.Instant?
    }

    private let unit: String
    private let estimates: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state: Mutex<State>

    /// - Parameters:
    ///   - total: Nil where nobody knows.
    ///   - unit: Of both numbers, such as `keys`.
    ///   - estimates: Whether it tells how long it will take: where one takes as long as another.
    public init(_ what: String, total: Int?, unit: String, estimates: Bool = true) {
        self.unit = unit
        self.estimates = estimates
        state = Mutex(State(what: what, total: total))
    }

    /// So much is done. Called as often as one likes.
    public func update(_ done: Int, of total: Int? = nil, _ what: String? = nil) {
        state.withLock { state in
            state.done = done
            if let total { state.total = total }
            if let what { state.what = what }
            show(&state)
        }
    }

    /// So much more is done.
    public func advance(_ count: Int = 1) {
        state.withLock { state in
            state.done += count
            show(&state)
        }
    }

    /// Draws the time anew.
    public func tick() { state.withLock { show(&$0) } }

    /// Wipes it away.
    public func finish() {
        state.withLock { state in
            if isTerminal, state.shown != nil { put("\r\u{1b}[K") }
            state.shown = nil
        }
    }

    private func show(_ state: inout State) {
        let now = ContinuousClock.now
        let since = now - (state.shown ?? state.start)
        guard since >= (isTerminal ? Self.drawing : Self.lines) else { return }
        state.shown = now
        let line = Self.line(state.what, state.done, state.total, unit, elapsed: now - state.start, estimates)
        put(isTerminal ? "\r\u{1b}[K\(line)" : "\(line)\n")
    }

    static func line(
        _ what: String, _ done: Int, _ total: Int?, _ unit: String, elapsed: Duration, _ estimates: Bool = true
    ) -> String {
        let elapsed = Int64(elapsed / .milliseconds(1))
        guard let total, total > 0 else {
            return "\(Printable.text(what)): \(Units.count(done)) \(unit), \(Units.duration(milliseconds: elapsed))"
        }
        let share = min(Double(done) / Double(total), 1)
        let filled = Bar.text(share, width: 20)
        let bar = filled + String(repeating: " ", count: 20 - filled.count)
        var line = "\(Printable.text(what)) ▕\(bar)▏ \(Units.decimal(share * 100, 0)) %"
        line += "  \(Units.count(min(done, total))) of \(Units.count(total)) \(unit)"
        if !estimates {
            line += ", \(Units.duration(milliseconds: elapsed))"
        } else if share >= 0.02, share < 1, elapsed >= 1000 {
            let left = Int64(Double(elapsed) * (1 - share) / share)
            line += ", \(Units.duration(milliseconds: left)) left"
        }
        return line
    }

    private func put(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
