import GRDB
import Logging
import SessionCore
import SessionModel

/// Opens a shard's file. Blocks; to be called on a thread of its own.
struct ShardOpening: Sendable {
    let configuration: DurableConfiguration
    let shard: Shard

    struct Opened: Sendable {
        let pool: DatabasePool
        let datasetID: String
    }

    /// At the start: makes a file that isn't there, and brings an older one up to date.
    func first(isFirst: Bool, _ logger: Logger) throws -> Opened {
        let folder = try PrivateFolder(configuration.folder)
        let path = configuration.path(of: shard)
        if PrivateFolder.size(of: path) ?? 0 == 0, PrivateFolder.size(of: path + "-wal") ?? 0 > 0 {
            // SQLite would take the log for a leftover and delete it.
            throw DurableError.corrupt("\(name) is missing, and its write-ahead log is there")
        }
        let isEmpty = try folder.prepareFile(path)
        return try open { db in
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            if !isEmpty, tables > 0 { try demandOurs(db) }
            let migrator = Schema.migrator
            if try migrator.hasBeenSuperseded(db) {
                throw DurableError.failed("\(name) was written by a newer version")
            }
        } then: { pool in
            try Schema.migrator.migrate(pool)
            try pool.writeWithoutTransaction { db in
                if isFirst { try checkIfUnclean(db, logger) }
                try db.execute(
                    sql: "INSERT OR IGNORE INTO dataset (one, id, shards, shard) VALUES (1, ?, ?, ?)",
                    arguments: [Self.newDatasetID(), configuration.shards.value, Int(shard.number)])
                try db.execute(sql: "UPDATE dataset SET is_closed = 0")
            }
        }
    }

    /// A file that its last user did not close, because it was killed or the machine went down, is looked through before
    /// anything is built on it (https://www.sqlite.org/pragma.html#pragma_quick_check).
    private func checkIfUnclean(_ db: Database, _ logger: Logger) throws {
        guard try Bool.fetchOne(db, sql: "SELECT is_closed = 0 FROM dataset") == true else { return }
        let bytes = PrivateFolder.size(of: name) ?? 0
        guard bytes <= configuration.limits.quickCheckBytes else {
            return logger.warning(
                "the file was not closed in order and is too large to be checked now: run `sessionctl verify`",
                metadata: ["shard": "\(shard.number)", "bytes": "\(bytes)"])
        }
        let began = ContinuousClock.now
        let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "nothing"
        guard found == "ok" else { throw DurableError.corrupt("\(name): \(found)") }
        logger.notice(
            "the file was not closed in order; it is sound",
            metadata: ["shard": "\(shard.number)", "took": "\(ContinuousClock.now - began)"])
    }

    /// After a fault: the same file or none. Nothing is made and nothing brought up to date.
    func again(expecting datasetID: String) throws -> Opened {
        guard PrivateFolder.size(of: configuration.path(of: shard)) ?? 0 > 0 else {
            throw DurableError.transient("\(name) is gone")
        }
        let opened = try open(checking: demandOurs, then: { _ in })
        guard opened.datasetID == datasetID else {
            try? opened.pool.close()
            throw DurableError.corrupt("\(name) was replaced while it was in use")
        }
        return opened
    }

    private func open(checking: (Database) throws -> Void, then complete: (DatabasePool) throws -> Void) throws
        -> Opened
    {
        let limits = configuration.limits
        let pool = try DatabasePool(
            path: configuration.path(of: shard),
            configuration: ConnectionSettings.configuration(limits, label: "shard-\(shard.number)"))
        do {
            try pool.writeWithoutTransaction { db in
                try ConnectionSettings.finish(db, limits)
                try checking(db)
            }
            try complete(pool)
            return Opened(pool: pool, datasetID: try pool.read(datasetID))
        } catch {
            try? pool.close()
            throw error
        }
    }

    private func demandOurs(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
            throw DurableError.failed("\(name) is a database of another application")
        }
    }

    private func datasetID(_ db: Database) throws -> String {
        guard let row = try Row.fetchOne(db, sql: "SELECT id, shards, shard FROM dataset") else {
            throw DurableError.failed("\(name) doesn't say which dataset it is")
        }
        let (id, shards, number): (String, Int, Int) = (row[0], row[1], row[2])
        guard shards == configuration.shards.value, number == Int(shard.number) else {
            throw DurableError.failed(
                "\(name) is shard \(number) of \(shards), not \(shard.number) of \(configuration.shards.value)")
        }
        return id
    }

    private var name: String { configuration.path(of: shard) }

    /// 128 random bits as 32 hexadecimal digits.
    private static func newDatasetID() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
