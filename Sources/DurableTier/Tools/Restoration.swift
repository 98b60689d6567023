import SessionCore
import SessionModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Puts copies into the places of a data folder's files, which are kept beside.
///
///     init       nobody else has the folder, or any of its files open
///     prepare    of each shard: a copy in the folder, under another name
///     replace    the files change places; a service that starts meanwhile, or after this was killed, refuses the folder
///
/// Before `replace` nothing has changed but files of names of their own, which ``discard()`` removes.
public struct Restoration {
    private let configuration: DurableConfiguration
    private let lock: FolderLock
    private var copies: [(shard: Shard, path: String)] = []

    /// Has the folder alone until it is gone. Makes the folder where it is missing.
    public init(_ configuration: DurableConfiguration) throws(DurableError) {
        self.configuration = configuration
        lock = try FolderLock.exclusive(configuration.folder)
        for shard in configuration.shards.all {
            let path = configuration.path(of: shard)
            guard let user = Self.user(of: path) else { continue }
            throw .transient("\(path) is open in \(user > 0 ? "process \(user)" : "another process"): stop it first")
        }
    }

    public mutating func prepare(
        _ shard: Shard, from reader: ShardReader, progress: @escaping (_ done: Int, _ total: Int) -> Void
    ) throws(DurableError) -> ShardCopy {
        let path = "\(configuration.path(of: shard)).restoring"
        // Of a restore that was killed.
        for part in ["", "-wal", "-shm", "-journal"] { unlink(path + part) }
        let copy = try ShardCopy.make(of: reader, at: path, progress: progress)
        copies.append((shard, path))
        return copy
    }

    /// - Parameter name: of what was replaced: `shard-0.sqlite.before-restore-<name>`.
    /// - Returns: the files that were replaced and are kept.
    public mutating func replace(keepingAs name: String) throws(DurableError) -> [String] {
        try lock.beginReplacing()
        var kept: [String] = []
        for (shard, copy) in copies {
            let path = configuration.path(of: shard)
            let old = "\(path).before-restore-\(name)"
            // What is committed may be in the write-ahead log alone: it stays with its file.
            for part in ["", "-wal", "-journal"] where PrivateFolder.size(of: path + part) != nil {
                guard PrivateFolder.size(of: old + part) == nil else { throw .failed("\(old + part) is there already") }
                try Self.move(path + part, to: old + part)
                kept.append(old + part)
            }
            // An index of the log for the processes that had the file open: there is none, and it is of another file.
            unlink(path + "-shm")
            try Self.move(copy, to: path)
        }
        try Self.syncFolder(configuration.folder)
        copies = []
        try lock.endReplacing()
        return kept
    }

    /// Removes the copies that did not change places.
    public func discard() { for (_, path) in copies { unlink(path) } }

    private static func move(_ from: String, to path: String) throws(DurableError) {
        guard rename(from, path) == 0 else { throw .failed("\(from) can't become \(path): errno \(errno)") }
    }

    private static func syncFolder(_ path: String) throws(DurableError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .failed("\(path) can't be opened: errno \(errno)") }
        defer { _ = close(folder) }
        guard fsync(folder) == 0 else { throw .failed("\(path) can't be synced: errno \(errno)") }
    }

    /// A process that has a connection to the file, 0 or less where it can't be named; nil: none has. A connection in WAL
    /// mode holds a shared lock for as long as it is open (https://www.sqlite.org/walformat.html, section 2.3.1); this looks
    /// for it, and so finds services too that know nothing of ``FolderLock``, and shells.
    private static func user(of path: String) -> pid_t? {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return nil }
        // This process has no connection to it whose locks closing could take away.
        defer { _ = close(file) }
        var wanted = flock()
        wanted.l_type = Int16(F_WRLCK)
        wanted.l_whence = Int16(SEEK_SET)
        wanted.l_start = 0x4000_0000
        wanted.l_len = 512
        guard fcntl(file, F_GETLK, &wanted) == 0, wanted.l_type != Int16(F_UNLCK) else { return nil }
        return wanted.l_pid
    }
}
