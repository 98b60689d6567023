import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// A file with something in it that only its owner may read.
public enum SecretFile {
    /// Bytes. Longer files are refused.
    public static let longest = 262_144

    /// The file's content. Refused when anybody but its owner can read it, and when it is no regular file.
    public static func read(_ path: String) throws(SettingsError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SettingsError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SettingsError("\(path) is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SettingsError("\(path) can be read by others than its owner: chmod 600 \(path)")
        }
        guard status.st_size <= longest else { throw SettingsError("\(path) is longer than \(longest) bytes") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= longest {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw SettingsError("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SettingsError("\(path) is not UTF-8") }
        return text
    }

    /// The file's content without the line's end.
    public static func readLine(_ path: String) throws(SettingsError) -> String {
        var text = try read(path)
        while let last = text.last, last.isNewline { text.removeLast() }
        return text
    }

    /// Puts another content into the place of the file's, whole or not at all. Owner and mode stay.
    public static func replace(_ path: String, with content: String) throws(SettingsError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SettingsError("\(path): \(String(cString: strerror(errno)))") }
        try write(content, beside: path) { descriptor, temporary in
            fchown(descriptor, status.st_uid, status.st_gid) == 0 && fchmod(descriptor, status.st_mode & 0o7700) == 0
                && rename(temporary, path) == 0
        }
        let folder = open(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Makes the file with mode 0600, and its folder with mode 0700 if there is none, unless the file is there. It appears
    /// whole or not at all.
    public static func makeIfMissing(_ path: String, _ content: () -> String) throws(SettingsError) {
        guard access(path, F_OK) != 0 else { return }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !folder.isEmpty, access(folder, F_OK) != 0, mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw SettingsError("\(folder): \(String(cString: strerror(errno)))")
        }
        // A link fails where the file has appeared meanwhile: then that one is it.
        try write(content(), beside: path) { _, temporary in link(temporary, path) == 0 || errno == EEXIST }
    }

    /// Writes a file of another name, with mode 0600, which is gone afterwards unless `place` has given it the name of `path`.
    private static func write(
        _ content: String, beside path: String, _ place: (_ descriptor: Int32, _ temporary: String) -> Bool
    ) throws(SettingsError) {
        let temporary = "\(path).\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SettingsError("\(temporary): \(String(cString: strerror(errno)))") }
        let bytes = Array(content.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let isPlaced = isWritten && place(descriptor, temporary)
        let reason = String(cString: strerror(errno))
        close(descriptor)
        unlink(temporary)
        guard isPlaced else { throw SettingsError("\(path): \(reason)") }
    }
}
