import Terminal

#if canImport(Glibc)
    import Glibc
#endif

/// Lines on their way to a file, some at a time.
struct LineOutput: ~Copyable {
    private let descriptor: Int32
    private let name: String
    private let isOurs: Bool
    private var buffer: [UInt8] = []
    private(set) var bytes = 0

    /// Bytes that are collected before they are written.
    private static let chunk = 65_536

    /// To standard output.
    init() { (descriptor, name, isOurs) = (STDOUT_FILENO, "standard output", false) }

    /// To a new file, mode 0600.
    init(_ path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Unfinished.error("\(path) can't be made") }
        (name, isOurs) = (path, true)
    }

    deinit { if isOurs { close(descriptor) } }

    mutating func write(_ line: [UInt8]) throws {
        buffer += Printable.json(line)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.chunk { try flush() }
    }

    private mutating func flush() throws {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Unfinished.error("writing to \(name) failed") }
            written += count
        }
        bytes += written
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, and syncs a file.
    mutating func finish() throws {
        try flush()
        guard !isOurs || fsync(descriptor) == 0 else { throw Unfinished.error("\(name) can't be synced") }
    }
}
