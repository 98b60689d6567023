import SessionCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Who uses a data folder: any number of services share it, a restore has it alone. A lock of the kernel's on the file
/// `lock` in it (flock(2)), so that it ends with its process, however that ends.
///
/// While a restore puts files in the places of others, the lock file says so, and keeps saying it if the restore is killed:
/// what lies in the folder is then neither the old data nor the new, and no service may take it for its own.
public final class FolderLock: Sendable {
    private let path: String
    private let descriptor: Int32
    /// Whether nobody else had the folder when this was taken.
    let isFirst: Bool

    /// For a service, as long as it uses the folder's files. Makes the folder where it is missing.
    public static func shared(_ folder: String) throws(DurableError) -> FolderLock {
        let lock = try FolderLock(folder, asksWhetherFirst: true)
        guard flock(lock.descriptor, LOCK_SH | LOCK_NB) == 0 else {
            throw .transient("the folder \(folder) is being restored: wait for `sessionctl restore` to end")
        }
        guard try lock.isWhole() else {
            throw .failed("a restore of the folder \(folder) was broken off: run `sessionctl restore` again")
        }
        return lock
    }

    /// For a restore. Fails where a service has the folder.
    public static func exclusive(_ folder: String) throws(DurableError) -> FolderLock {
        let lock = try FolderLock(folder)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .transient("a sessiond, or another restore, is using the folder \(folder): stop it first")
        }
        return lock
    }

    private init(_ folder: String, asksWhetherFirst: Bool = false) throws(DurableError) {
        path = "\(try PrivateFolder(folder).path)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("\(path) can't be opened: errno \(errno)") }
        isFirst = asksWhetherFirst && flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Whether nobody else has the folder. Afterwards it is nobody's, or this one's alone: only for who is about to leave.
    func isLast() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func release() { _ = flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }

    private func isWhole() throws(DurableError) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed("\(path) can't be examined: errno \(errno)") }
        return status.st_size == 0
    }

    /// From now on the folder's files are no whole.
    func beginReplacing() throws(DurableError) {
        let text = Array("a restore is under way\n".utf8)
        guard pwrite(descriptor, text, text.count, 0) == text.count, fsync(descriptor) == 0 else {
            throw .failed("\(path) can't be written: errno \(errno)")
        }
    }

    /// They are again.
    func endReplacing() throws(DurableError) {
        guard ftruncate(descriptor, 0) == 0, fsync(descriptor) == 0 else {
            throw .failed("\(path) can't be written: errno \(errno)")
        }
    }
}
