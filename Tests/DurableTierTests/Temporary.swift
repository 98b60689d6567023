import DurableTier
import Foundation
import GRDB
import Logging
import SessionCore
import SessionModel
import Testing

/// A private folder that goes with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("durable-\(UUID().uuidString)").path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

func openStore(
    in folder: TemporaryFolder, shards: Int = 1, limits: DurableLimits = DurableLimits()
) async throws -> SQLiteStore {
    try await openStore(at: folder.path, shards: shards, limits: limits)
}

func openStore(at path: String, shards: Int = 1, limits: DurableLimits = DurableLimits()) async throws -> SQLiteStore {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try await SQLiteStore(
        DurableConfiguration(folder: path, shards: try #require(ShardCount(shards)), limits: limits), logger: logger)
}

/// Another connection, which only reads.
func inspect<Value>(_ folder: TemporaryFolder, shard: Int = 0, _ body: (Database) throws -> Value) throws -> Value {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: "\(folder.path)/shard-\(shard).sqlite", configuration: configuration)
    defer { try? queue.close() }
    return try queue.read(body)
}

/// Everything a shard's file says, in an order that doesn't depend on how it was written. `number` is left out: it has
/// no meaning outside of the file.
func dump(_ folder: TemporaryFolder, shard: Int = 0) throws -> [String] {
    try inspect(folder, shard: shard, rows)
}

func rows(_ db: Database) throws -> [String] {
    let sessions = "SELECT id AS sid, number AS n FROM user_sessions"
    let queries = [
        "SELECT log_id FROM flush_cursor",
        """
        SELECT id, user_id, name, status, mission_id, hex(session_metadata), version, log_id, message_count, created_at,
        updated_at, last_activity_at, abandoned_at FROM user_sessions ORDER BY id
        """,
        "SELECT sid, id, title, created_at FROM chats JOIN (\(sessions)) ON n = session ORDER BY sid",
        """
        SELECT sid, sequence_order, document FROM chat_message_documents JOIN (\(sessions)) ON n = session
        ORDER BY sid, sequence_order
        """,
        "SELECT count(*) FROM chat_message_documents", "SELECT count(*) FROM chats",
        "SELECT * FROM missions ORDER BY id", "SELECT * FROM hops ORDER BY id", "SELECT * FROM tool_steps ORDER BY id",
        "SELECT * FROM assets ORDER BY id", "SELECT * FROM asset_contents ORDER BY asset_id",
        "SELECT * FROM users ORDER BY user_id",
        "SELECT log_id, session_id, user_id, entry, error FROM dead_letters ORDER BY number",
    ]
    return try queries.flatMap { query in try Row.fetchAll(db, sql: query).map { "\($0)" } }
}

extension SQLiteStore {
    /// As the flusher heals: written out whole, and then, settled, out of quarantine; but for deletions that are still to come.
    func heal(_ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID) async throws -> Rewriting {
        let outcome = try await rewrite(copies, of: shard, at: cursor, seen: cursor)
        var ended: [Subject: HotCopy?] = [:]
        for (subject, copy) in copies
        where !outcome.refused.contains(subject) && copy?.waits(seen: cursor) != true {
            ended[subject] = .some(nil)
        }
        _ = try await rewrite(ended, of: shard, at: cursor, seen: cursor)
        return outcome
    }
}
