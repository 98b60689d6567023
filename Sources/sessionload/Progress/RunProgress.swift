import LoadTesting
import Synchronization
import Terminal

#if canImport(Glibc)
    import Glibc
#endif

/// A window as it goes: one line on standard error, drawn each second where that is a terminal, every ten elsewhere.
final class RunProgress: Sendable {
    private let name: String
    private let seconds: Double
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lines = Mutex(0)

    init(_ name: String, rate: Double?, seconds: Double) {
        self.name = rate.map { "\(name) at \(Units.decimal($0, 0))/s" } ?? name
        self.seconds = seconds
    }

    /// `moment` is nil while warming up.
    func show(_ moment: LoadReport.Moment?, _ engine: Engine) {
        var line = "\(name): "
        if let moment {
            func milliseconds(_ value: Int) -> String { "\(Units.decimal(Double(value) / 1000, 1)) ms" }
            line += "\(Units.decimal(moment.second, 0)) of \(Units.decimal(seconds, 0)) s  "
            line +=
                "\(Units.decimal(moment.perSecond, 0))/s  p50 \(milliseconds(moment.p50))  p99 \(milliseconds(moment.p99))"
            line += "  p99.9 \(milliseconds(moment.p999))  errors \(Units.count(engine.recorder.errors))"
            if let lag = moment.lagMilliseconds { line += "  log lag \(Units.decimal(lag, 0)) ms" }
        } else {
            line += "warming up"
        }
        let count = lines.withLock { count in
            count += 1
            return count
        }
        if isTerminal {
            put("\r\u{1b}[K\(line)")
        } else if count % 10 == 0 {
            put("\(line)\n")
        }
    }

    func finish() {
        if isTerminal { put("\r\u{1b}[K") }
    }

    private func put(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
