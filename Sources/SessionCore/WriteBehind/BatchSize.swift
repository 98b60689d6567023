import SessionModel

/// How many entries of the log are read at once: as many as a batch may have, as long as they fit into its bytes.
///
/// How large entries are is only known once they are read. So it goes by those of the last batch, and halves with each
/// read that fails: even a log of the largest entries is read in the end, one by one.
struct BatchSize {
    private var entryBytes = 1024
    private var ceiling = Int.max

    func limit(of batch: Int) -> Int {
        max(1, min(batch, ceiling, WriteBehindPolicy.batchBytes / max(1, entryBytes)))
    }

    mutating func failed(at limit: Int) { ceiling = max(1, limit / 2) }

    /// Undoes the failure at this limit.
    mutating func succeeded(with entries: [LogEntry]) {
        ceiling = ceiling > Int.max / 8 ? .max : ceiling * 4
        guard !entries.isEmpty else { return }
        entryBytes = entries.reduce(0) { $0 + $1.byteCount } / entries.count
    }
}
