import Glibc
import SessionTesting
import Synchronization

/// A line that is kept up to date on a terminal; elsewhere, a line for each round.
final class Progress: Sendable {
    private struct Totals {
        var acknowledged = 0
        var lost = 0
        var wrong = 0
        var repeated = 0
        var finished = 0
    }

    private let rounds: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let totals = Mutex(Totals())

    init(rounds: Int) { self.rounds = rounds }

    func show(_ number: Int, _ fault: String, _ phase: String, _ counts: Ledger.Counts) {
        guard isTerminal else { return }
        let line = totals.withLock { totals in
            "round \(number)/\(rounds) · \(fault) · \(phase) · acknowledged \(totals.acknowledged + counts.acknowledged)"
                + " · lost \(totals.lost) · wrongly \(totals.wrong) · repeated \(totals.repeated)"
        }
        write("\r\u{1b}[K\(line)")
    }

    func finished(_ result: Round.Result) {
        let totals = totals.withLock { totals -> Totals in
            totals.acknowledged += result.counts.acknowledged
            totals.lost += result.lost
            totals.wrong += result.missing
            totals.repeated += result.repeated
            totals.finished += 1
            return totals
        }
        let pace = (ContinuousClock.now - start) / totals.finished
        let line =
            "round \(result.number)/\(rounds) · \(result.fault) · acknowledged \(result.counts.acknowledged)"
            + " · lost \(result.lost) · wrongly \(result.missing) · repeated \(result.repeated)"
            + (result.isClean ? "" : " · \(result.faults.count) findings") + " · \(pace.seconds) s a round"
        if !isTerminal { write(line + "\n") } else if !result.isClean { write("\r\u{1b}[K\(line)\n") }
    }

    func end() { if isTerminal { write("\r\u{1b}[K") } }

    private func write(_ text: String) { StandardError.write(text) }
}

enum StandardError {
    static func write(_ text: String) { _ = Glibc.write(STDERR_FILENO, text, text.utf8.count) }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }

    /// With one decimal.
    var seconds: String { "\(milliseconds / 1000).\(milliseconds % 1000 / 100)" }
}
