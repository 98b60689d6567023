import Glibc

/// A key file, read whole, with what tells one state of it from another.
struct KeyFile: Sendable {
    /// Changes whenever the file is written or put in another's place.
    struct Stamp: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int64
        var nanoseconds: Int64
    }

    let path: String
    let bytes: [UInt8]
    let stamp: Stamp
    private let mode: UInt32

    /// Blocks for as long as the file system does.
    init(path: String) throws(TokenKeyError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        // Of the open file, so that what is checked is what is read.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, "it is not a file") }
        var bytes: [UInt8] = []
        while bytes.count <= APILimits.keyFileBytes {
            let missing = APILimits.keyFileBytes + 1 - bytes.count
            var result = 0
            let piece = [UInt8](unsafeUninitializedCapacity: missing) { buffer, count in
                result = read(descriptor, buffer.baseAddress, missing)
                count = max(0, result)
            }
            if result == 0 { break }
            guard result > 0 || errno == EINTR else { throw Self.failure(path) }
            bytes += piece
        }
        guard bytes.count <= APILimits.keyFileBytes else {
            throw .unreadable(path: path, "it is longer than \(APILimits.keyFileBytes) bytes")
        }
        self.path = path
        self.bytes = bytes
        self.stamp = Stamp(status)
        mode = status.st_mode & 0o777
    }

    static func stamp(path: String) -> Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Stamp(status) : nil
    }

    /// Secrets are for their owner, and at most the owner's group.
    func refuseExposure() throws(TokenKeyError) {
        guard mode & 0o007 == 0 else { throw .exposed(path: path, mode: "0" + String(mode, radix: 8)) }
    }

    private static func failure(_ path: String) -> TokenKeyError {
        .unreadable(path: path, String(cString: strerror(errno)))
    }
}

extension KeyFile.Stamp {
    fileprivate init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    }
}
