import CSQLite
import GRDB
import SessionCore
import SessionModel

extension ShardReader {
    public enum Integrity: Sendable {
        /// `PRAGMA quick_check`: every page and row, but not whether indexes and tables agree.
        case quick
        /// `PRAGMA integrity_check`: takes several times as long.
        case full
    }

    /// Asks everything that can be told from a shard's file alone. A file that is damaged gives findings; nothing is thrown.
    ///
    /// Each check has a snapshot of its own: a live file may change between two.
    /// - Parameters:
    ///   - shard: which the file must be, and of how many.
    ///   - progress: a check begins (its name, its number from 0, of how many); called with the same again while it goes on.
    public func verify(
        _ shard: Shard, of shards: ShardCount, _ integrity: Integrity,
        progress: @escaping (_ check: String, _ number: Int, _ count: Int) -> Void
    ) -> [CheckResult] {
        let checks =
            [.integrity(integrity), .foreignKeys, .dataset(shard, shards, path)]
            + ShardCheck.sessions(shard, shards) + ShardCheck.missions(shard) + [.sealedMetadata, .deadLetters]
        return checks.enumerated().map { number, check in
            progress(check.name, number, checks.count)
            var findings = Findings()
            do throws(DurableError) {
                try read { db in
                    try Ticks.run(db, { progress(check.name, number, checks.count) }) { try check.run(db, &findings) }
                }
            } catch {
                switch error {
                case .cursorMoved: findings.add("the cursor moved")
                case .transient(let reason), .corrupt(let reason), .failed(let reason): findings.add(reason)
                }
            }
            return findings.result(check.name)
        }
    }
}

/// Calls somebody again and again while SQLite is at work.
private struct Ticks {
    /// Instructions of SQLite's virtual machine between two calls: some milliseconds.
    private static let stride: Int32 = 200_000
    let tick: () -> Void

    static func run<Value>(_ db: Database, _ tick: @escaping () -> Void, _ body: () throws -> Value) throws -> Value {
        var ticks = Ticks(tick: tick)
        // The handler is gone before the value it points to is.
        return try withUnsafeMutablePointer(to: &ticks) { pointer in
            sqlite3_progress_handler(
                db.sqliteConnection, stride,
                { context in
                    context?.assumingMemoryBound(to: Ticks.self).pointee.tick()
                    return 0
                }, pointer)
            defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
            return try body()
        }
    }
}
