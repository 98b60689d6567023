import CSQLite
import Dispatch
import GRDB
import SessionCore

/// How every connection to a shard's file is set up.
///
/// The system's SQLite may have the WAL-reset bug (3.7.0–3.51.2: two connections that write or checkpoint while the
/// write-ahead log begins anew can damage the file). It can't happen where one connection alone checkpoints. So nobody
/// does it by himself: no automatic checkpoint, none on closing, readers that can't write; the writer does it when asked.
enum ConnectionSettings {
    static func configuration(_ limits: DurableLimits, label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(limits.writerBusyMilliseconds) / 1_000)
        configuration.maximumReaderCount = limits.readers
        // GRDB's own choice runs ahead of the event loops, where the system lets it: a batch then holds requests up.
        configuration.qos = .default
        configuration.writeTargetQueue = DispatchQueue(label: label + ".batches", qos: .background)
        // GRDB ends the process when an access leaves a transaction open. After a failed ROLLBACK that can be; the
        // connection is then given up instead (`ShardFile`).
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in try prepare(db, limits) }
        return configuration
    }

    private static func prepare(_ db: Database, _ limits: DurableLimits) throws {
        var isSet: Int32 = 0
        let code = sqlite_never_checkpoint_on_close(db.sqliteConnection, &isSet)
        guard code == SQLITE_OK, isSet == 1 else {
            throw DurableError.failed("SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE can't be set")
        }
        let isReader = db.configuration.readonly
        try db.execute(
            sql: """
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA trusted_schema = OFF;
                PRAGMA cell_size_check = ON;
                PRAGMA mmap_size = 0;
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = \(-(isReader ? limits.readerCacheKiB : limits.writerCacheKiB));
                """)
        guard isReader else { return }
        sqlite3_busy_timeout(db.sqliteConnection, Int32(clamping: limits.readerBusyMilliseconds))
        try db.execute(sql: "PRAGMA query_only = ON")
    }

    /// Sets what GRDB would undo, and reads back what the promises rest on. To be called on the writer when the pool is
    /// made: in making it, GRDB sets `synchronous` to NORMAL, with which a power cut loses the last commits.
    static func finish(_ db: Database, _ limits: DurableLimits) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let demanded: [(pragma: String, value: String)] = [
            ("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("wal_autocheckpoint", "0"),
            ("trusted_schema", "0"), ("cell_size_check", "1"), ("mmap_size", "0"), ("temp_store", "2"),
            ("cache_size", String(-limits.writerCacheKiB)),
        ]
        for (pragma, value) in demanded {
            let actual = try String.fetchOne(db, sql: "PRAGMA \(pragma)") ?? "nothing"
            guard actual == value else {
                throw DurableError.failed("PRAGMA \(pragma) is \(actual) and must be \(value)")
            }
        }
    }
}
