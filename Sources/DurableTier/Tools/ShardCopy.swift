import GRDB
import SessionCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A copy of a shard's file as it was at one instant, made while others write to it (SQLite's online backup).
public struct ShardCopy: Sendable, Equatable {
    public var path: String
    /// What the file holds.
    public var identity: ShardReader.Identity
    public var sessions: Int
    /// Bytes.
    public var size: Int

    /// Pages copied in one go, half a mebibyte or more: between two the bar is drawn.
    private static let pagesPerStep: Int32 = 256

    /// Copies into a new file, mode 0600, which is whole, synced and by itself (no write-ahead log) when this returns. On an
    /// error it is removed.
    ///
    /// All is read in one snapshot, so that nothing begins anew when the file is written to meanwhile. For as long the
    /// write-ahead log of a live file isn't reused.
    /// - Parameter progress: pages copied, and how many there are.
    public static func make(
        of reader: ShardReader, at path: String, progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(DurableError) -> ShardCopy {
        try createFile(path)
        do {
            var copy: ShardCopy
            copy = try reader.read { source in
                // The first statement opens the snapshot that the copy is made of.
                let identity = try ShardReader.identity(source, reader.path)
                let sessions = try Int.fetchOne(source, sql: "SELECT count(*) FROM user_sessions") ?? 0
                try write(source, to: path, progress)
                return ShardCopy(path: path, identity: identity, sessions: sessions, size: 0)
            }
            try sync(path)
            copy.size = PrivateFolder.size(of: path) ?? 0
            return copy
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func write(
        _ source: Database, to path: String, _ progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws {
        var configuration = Configuration()
        configuration.label = "copy"
        // Nothing to roll back to: a copy that isn't finished is removed.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA journal_mode = MEMORY") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        do {
            try queue.writeWithoutTransaction { target in
                try source.backup(to: target, pagesPerStep: pagesPerStep) { step in
                    progress(step.completedPageCount, step.totalPageCount)
                }
                // The copy says that it has a write-ahead log, as its source has one.
                let mode = try String.fetchOne(target, sql: "PRAGMA journal_mode = DELETE")
                guard mode == "delete" else { throw DurableError.failed("\(path) can't do without a write-ahead log") }
            }
            try queue.close()
        } catch {
            try? queue.close()
            throw error
        }
    }

    private static func createFile(_ path: String) throws(DurableError) {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .failed(errno == EEXIST ? "\(path) is there already" : "\(path) can't be made: errno \(errno)")
        }
        _ = close(file)
    }

    private static func sync(_ path: String) throws(DurableError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .failed("\(path) can't be opened: errno \(errno)") }
        defer { _ = close(file) }
        guard fsync(file) == 0 else { throw .failed("\(path) can't be synced: errno \(errno)") }
    }
}
