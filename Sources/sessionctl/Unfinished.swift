import SessionModel

#if canImport(Glibc)
    import Glibc
#endif

/// A file or a folder that has another name until it is finished, and then its own, which nothing may have had by then.
struct Unfinished {
    let path: String
    let finalPath: String

    /// Nothing is made yet. Refuses where `path` is there.
    init(_ path: String) throws {
        guard !path.isEmpty else { throw Failure("a file's name can't be empty") }
        guard access(path, F_OK) != 0 else {
            throw Failure("\(path) is there already, and nothing is overwritten: choose another name, or remove it")
        }
        var finalPath = path
        while finalPath.count > 1, finalPath.last == "/" { finalPath.removeLast() }
        self.finalPath = finalPath
        self.path = "\(finalPath).unfinished-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))"
    }

    /// Of a file, which is synced by whoever wrote it.
    func finishFile() throws {
        // Unlike a renamed file, a linked one replaces none.
        guard link(path, finalPath) == 0 else { throw Self.error("\(path) can't become \(finalPath)") }
        unlink(path)
        try Self.syncFolder(of: finalPath)
    }

    /// Of a folder: mode 0700.
    func makeFolder() throws {
        guard mkdir(path, 0o700) == 0 else { throw Self.error("\(path) can't be made") }
    }

    func finishFolder() throws {
        try Self.sync(path)
        guard rename(path, finalPath) == 0 else { throw Self.error("\(path) can't become \(finalPath)") }
        try Self.syncFolder(of: finalPath)
    }

    private static func syncFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try sync(folder.isEmpty ? "/" : folder)
    }

    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error("\(path) can't be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw error("\(path) can't be synced") }
    }

    static func error(_ what: String) -> Failure { Failure("\(what): \(String(cString: strerror(errno)))") }
}
