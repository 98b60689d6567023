import GRDB
import SessionCore
import SessionModel

/// A shard's file as tools open it, a live one or a backup: to read from it, and nothing else. The connection writes
/// nothing, and copies nothing out of the write-ahead log, on closing neither; see ``ConnectionSettings``.
///
/// Everything here blocks. What reads for long keeps the write-ahead log of a live file from being reused, which grows by
/// what is written meanwhile.
public struct ShardReader: Sendable {
    public let path: String
    let queue: DatabaseQueue

    /// Throws where there is no file, or where it is no database.
    public init(_ path: String) throws(DurableError) {
        self.path = path
        guard let size = PrivateFolder.size(of: path) else { throw .failed("there is no file \(path)") }
        guard size > 0 else { throw .failed("\(path) is empty") }
        do {
            var configuration = ConnectionSettings.configuration(DurableLimits(), label: "tool")
            configuration.readonly = true
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch { throw DurableError(error) }
    }

    /// Of a live file.
    public init(_ configuration: DurableConfiguration, _ shard: Shard) throws(DurableError) {
        try self.init(configuration.path(of: shard))
    }

    public func close() { try? queue.close() }

    /// One snapshot of the file.
    func read<Value>(_ body: (Database) throws -> Value) throws(DurableError) -> Value {
        do { return try queue.read(body) } catch { throw DurableError(error) }
    }

    /// What the file says of itself.
    public struct Identity: Sendable, Equatable {
        public var dataset: String
        public var shards: Int
        public var shard: Int
        /// The last log entry that was applied.
        public var cursor: LogID
    }

    public func identity() throws(DurableError) -> Identity { try read { try Self.identity($0, path) } }

    static func identity(_ db: Database, _ path: String) throws -> Identity {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
            throw DurableError.failed("\(path) is a database of another application")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw DurableError.failed("\(path) was written by a newer version")
        }
        guard try Schema.migrator.hasCompletedMigrations(db) else {
            throw DurableError.failed("\(path) was written by an older version: start sessiond on it once")
        }
        // Not by GRDB's rows: a file from elsewhere may hold anything there, and they end the process where it is no text.
        let statement = try SQLStatement(
            db, "SELECT dataset.id, shards, shard, log_id FROM dataset, flush_cursor")
        guard try statement.step(), let cursor = LogID(statement.text(3)) else {
            throw DurableError.failed("\(path) doesn't say which dataset it is, or how far it is")
        }
        return Identity(
            dataset: statement.text(0), shards: Int(statement.integer(1)), shard: Int(statement.integer(2)),
            cursor: cursor)
    }
}

extension ShardReader {
    /// Bytes; nil where there is no such file.
    public static func size(of path: String) -> Int? { PrivateFolder.size(of: path) }

    /// How many sessions there are of each status. Reads an index from end to end.
    public func sessionsByStatus() throws(DurableError) -> [String: Int] {
        try read { db in
            var counts: [String: Int] = [:]
            let statement = try SQLStatement(db, "SELECT status, count(*) FROM user_sessions GROUP BY status")
            while try statement.step() { counts[statement.text(0)] = Int(statement.integer(1)) }
            return counts
        }
    }
}
