import FoundationEssentials
import SessionCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of the shards' files: nobody but their owner may look into it.
struct PrivateFolder {
    let path: String

    /// Makes the folder, and those above it, with mode 0700 where it is missing.
    init(_ path: String) throws(DurableError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .failed("the folder \(path) can't be made: \(error)")
        }
        let status = try Self.status(of: path)
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .failed("\(path) is not a folder") }
        guard status.st_uid == geteuid() else { throw .failed("the folder \(path) belongs to somebody else") }
        guard status.st_mode & 0o077 == 0 else {
            throw .failed(
                "the folder \(path) has mode \(String(status.st_mode & 0o777, radix: 8)) and must have 700: others must not read it"
            )
        }
    }

    /// Makes sure that the file is there, is a file and no link, and has mode 0600. SQLite gives its mode to the files
    /// beside it. Answers whether it is empty.
    ///
    /// A file that is there already isn't opened: closing it would take away the locks that this process holds on it
    /// through SQLite (POSIX advisory locks belong to the process, not to the descriptor).
    func prepareFile(_ path: String) throws(DurableError) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if file >= 0 { _ = close(file) }
        let status = try Self.status(of: path)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .failed("\(path) is not a file") }
        guard status.st_mode & 0o777 == 0o600 || chmod(path, 0o600) == 0 else {
            throw .failed("\(path) can't be made private: errno \(errno)")
        }
        return status.st_size == 0
    }

    /// Nil where there is no such file.
    static func size(of path: String) -> Int? { (try? status(of: path)).map { Int($0.st_size) } }

    private static func status(of path: String) throws(DurableError) -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .failed("\(path) can't be examined: errno \(errno)") }
        return status
    }
}
