import CSQLite
import GRDB

/// Copies the write-ahead log into the database file. Only ever on the writer, outside of a transaction.
/// (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html)
enum Checkpoint {
    /// As far as no reader is in the way, and without waiting for any. Answers whether all of it was copied.
    static func copy(_ db: Database) throws -> Bool {
        var frames: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(db.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied)
        guard code == SQLITE_OK else { throw error(code, db) }
        return frames == copied
    }

    /// All of it, and cuts the log to nothing. Waits for readers and throws `SQLITE_BUSY` when one stays.
    static func empty(_ db: Database) throws {
        let code = sqlite3_wal_checkpoint_v2(db.sqliteConnection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK else { throw error(code, db) }
    }

    /// ``copy(_:)``, and ``empty(_:)`` when the log has grown too large. A reader that stays is no error then.
    static func run(_ db: Database, logPath: String, _ limits: DurableLimits) throws {
        let size = PrivateFolder.size(of: logPath) ?? 0
        guard try copy(db), size > limits.truncateAboveBytes else { return }
        sqlite3_busy_timeout(db.sqliteConnection, Int32(clamping: limits.truncateBusyMilliseconds))
        defer { sqlite3_busy_timeout(db.sqliteConnection, Int32(clamping: limits.writerBusyMilliseconds)) }
        do { try empty(db) } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
    }

    private static func error(_ code: Int32, _ db: Database) -> DatabaseError {
        let message = sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
