import FoundationEssentials
import GRDB
import SessionTesting

/// Another process' write transaction on a shard's file: the flusher can't commit while it lasts.
final class DatabaseLock {
    private let queue: DatabaseQueue

    init(_ stack: Stack, shard: Int = 0) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.allowsUnsafeTransactions = true
        // As the service has it: nobody else checkpoints.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        queue = try DatabaseQueue(path: "\(stack.dataFolder)/shard-\(shard).sqlite", configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func release() throws { try queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
}

/// Replaces `target` with a copy.
func copyFolder(_ source: String, to target: String) throws {
    if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
    try FileManager.default.copyItem(atPath: source, toPath: target)
}
