import GRDB
import Logging
import SessionCore
import SessionModel

/// The durable tier: a SQLite file per shard, each behind a ``ShardFile``.
///
/// No method blocks its caller's thread. Any of them may be called at any time, from several processes even: what must
/// not happen twice is guarded inside the files by the cursor.
public final class SQLiteStore: DurableStore {
    let configuration: DurableConfiguration
    private let files: [ShardFile]
    /// The folder is this one's as long as it is there: no restore replaces the files meanwhile.
    private let lock: FolderLock

    /// Opens all shards, makes those that are not there, and brings older ones up to date.
    ///
    /// Throws where the folder is not private, where a file belongs to another application, another number of shards or
    /// a newer version, where it is damaged, or where SQLite doesn't accept a setting that the promises rest on. What
    /// was opened until then is closed.
    public init(_ configuration: DurableConfiguration, logger: Logger) async throws(DurableError) {
        lock = try FolderLock.shared(configuration.folder)
        var files: [ShardFile] = []
        do throws(DurableError) {
            for shard in configuration.shards.all {
                files.append(
                    try await ShardFile(
                        ShardOpening(configuration: configuration, shard: shard), isFirst: lock.isFirst,
                        logger: logger))
            }
        } catch {
            for file in files { await file.close() }
            throw error
        }
        self.configuration = configuration
        self.files = files
    }

    /// Waits for what is under way and closes every connection. Calls that come later fail. The last one to leave the folder
    /// notes that it was left in order.
    public func close() async {
        let isLast = lock.isLast()
        for file in files {
            if isLast { try? await file.write { db in try db.run("UPDATE dataset SET is_closed = 1") } }
            await file.close()
        }
        lock.release()
    }

    func file(of shard: Shard) throws(DurableError) -> ShardFile {
        guard configuration.shards.contains(shard) else { throw .failed("there is no shard \(shard.number)") }
        return files[Int(shard.number)]
    }
}
