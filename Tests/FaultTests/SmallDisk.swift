import FoundationEssentials
import SessionTesting

#if canImport(Glibc)
    import Glibc
#endif

/// A file system in memory of a few MiB, mounted on a private folder until the last reference goes.
final class SmallDisk {
    let folder: String
    private let parent: TemporaryFolder

    /// Nil where nothing can be mounted (that needs root).
    init?(mebibytes: Int) throws {
        parent = try TemporaryFolder()
        folder = try parent.folder("disk")
        guard mount("none", folder, "tmpfs", 0, "size=\(mebibytes)m,mode=0700") == 0 else { return nil }
    }

    deinit { umount2(folder, Int32(MNT_DETACH)) }

    /// Takes what is free.
    func fill() throws {
        let file = open("\(folder)/ballast", O_WRONLY | O_CREAT, 0o600)
        guard file >= 0 else { throw TestingError("no ballast: errno \(errno)") }
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) == block.count {}
    }

    func empty() { unlink("\(folder)/ballast") }
}
