#if FAIL_POINTS
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #endif
#endif

/// Places where this process can be made to die as by kill -9, so that tests see what that leaves behind.
///
/// With `SESSIOND_FAIL_POINT=after-commit:7` in its environment the process dies when it comes to that point for the
/// seventh time. Debug builds alone define FAIL_POINTS: elsewhere nothing is compiled.
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
            die(at: point)
        #endif
    }

    #if FAIL_POINTS
        private static let passings = Atomic(0)

        /// The point, and how often it is to be reached. Nil where it can't be understood: then nothing dies.
        private static let armed: (point: FailPoint, passing: Int)? = {
            guard let value = getenv("SESSIOND_FAIL_POINT") else { return nil }
            let parts = String(cString: value).split(separator: ":")
            guard parts.count == 2, let point = FailPoint(rawValue: String(parts[0])), let passing = Int(parts[1])
            else { return nil }
            return (point, passing)
        }()

        @usableFromInline static func die(at point: FailPoint) {
            guard let armed, armed.point == point,
                passings.wrappingAdd(1, ordering: .relaxed).newValue == armed.passing
            else { return }
            kill(getpid(), SIGKILL)
            // The signal may take a moment, in which nothing more must happen here.
            while true { pause() }
        }
    #endif
}
