import FoundationEssentials
import Glibc

/// Where the things under test are.
public enum Repository {
    /// The folder with Package.swift.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/")
    }()

    /// The text of a file in `config/`: what is shipped is what is tested.
    public static func configuration(_ name: String) throws -> String {
        try String(contentsOfFile: "\(root)/config/\(name)", encoding: .utf8)
    }

    /// An executable of this package: beside the test bundle, or in the folder that SESSIOND_PRODUCTS names.
    public static func product(_ name: String) throws -> String {
        let folder: String
        if let products = getenv("SESSIOND_PRODUCTS") {
            folder = String(cString: products)
        } else {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            folder = tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        }
        let path = "\(folder)/\(name)"
        guard access(path, X_OK) == 0 else {
            throw TestingError("\(path) is missing: swift build --product \(name)")
        }
        return path
    }

    /// A program of the system's. nginx is in a folder that is not on everybody's PATH.
    static func program(_ name: String) throws -> String {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        for folder in "\(path):/usr/local/sbin:/usr/sbin:/sbin".split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        throw TestingError("\(name) is not installed: run ./scripts/setup")
    }
}
