import FoundationEssentials
import Glibc

/// A private folder, mode 0700, removed with its last reference. Its path is short, since a unix socket's is at most 107
/// bytes long.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        var template = Array("/tmp/sd-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestingError("mkdtemp: \(systemMessage())") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // A socket's file that its owner unlinks meanwhile stops a removal half-way.
        for _ in 0..<3 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder in it, mode 0700.
    public func folder(_ name: String) throws -> String {
        let path = file(name)
        guard mkdir(path, 0o700) == 0 else { throw TestingError("mkdir \(path): \(systemMessage())") }
        return path
    }

    /// Writes a file, mode 0600.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let path = file(name)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        guard chmod(path, 0o600) == 0 else { throw TestingError("chmod \(path): \(systemMessage())") }
        return path
    }
}
