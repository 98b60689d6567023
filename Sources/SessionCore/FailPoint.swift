#if FAIL_POINTS
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #endif
#endif

/// Places where this process can be made to die as by kill -9, or to stop as by SIGSTOP, so that tests see what that
/// leaves behind.
///
/// With `SESSIOND_FAIL_POINT=after-commit:7` in its environment the process dies when it comes to that point for the
/// seventh time; with `after-commit:7:stop` it stops there until SIGCONT. Debug builds alone define FAIL_POINTS: elsewhere
/// nothing is compiled.
public enum FailPoint: String, CaseIterable, Sendable {
    /// A write's script has answered, and its request has not been answered.
    case scriptReplied = "script-replied"
    /// The flusher has read a batch.
    case afterRead = "after-read"
    /// The batch is written, and not committed.
    case inTransaction = "in-transaction"
    /// The batch is committed, and nothing of it settled.
    case afterCommit = "after-commit"
    /// Its sessions and missions are settled, and the log is not trimmed.
    case beforeTrim = "before-trim"
    case afterTrim = "after-trim"

    @inlinable public static func reached(_ point: FailPoint) {
        #if FAIL_POINTS
            come(to: point)
        #endif
    }

    #if FAIL_POINTS
        private static let passings = Atomic(0)

        private struct Armed {
            var point: FailPoint
            /// How often it is to be reached.
            var passing: Int
            var signal: Int32
        }

        /// Nil where it can't be understood: then nothing happens.
        private static let armed: Armed? = {
            guard let value = getenv("SESSIOND_FAIL_POINT") else { return nil }
            let parts = String(cString: value).split(separator: ":")
            guard (2...3).contains(parts.count), let point = FailPoint(rawValue: String(parts[0])),
                let passing = Int(parts[1]), parts.count == 2 || parts[2] == "stop"
            else { return nil }
            return Armed(point: point, passing: passing, signal: parts.count == 2 ? SIGKILL : SIGSTOP)
        }()

        @usableFromInline static func come(to point: FailPoint) {
            guard let armed, armed.point == point,
                passings.wrappingAdd(1, ordering: .relaxed).newValue == armed.passing
            else { return }
            kill(getpid(), armed.signal)
            // A signal may take a moment, in which nothing more must happen here.
            if armed.signal == SIGKILL { while true { pause() } }
            usleep(100_000)
        }
    #endif
}
