import FoundationEssentials
import Glibc

/// The wall clock of a program under test, which can be set while it runs (libfaketime). Its monotonic clock stays the real
/// one, as where an operator or NTP sets a machine's clock.
public final class FakedClock: Sendable {
    private let folder: TemporaryFolder
    private let file: String
    /// Those that it was in front of.
    private let processes: String
    private let library: String

    /// Nil where libfaketime is not installed: ./scripts/setup faketime
    public init?() throws {
        guard let library = Self.library else { return nil }
        self.library = library
        folder = try TemporaryFolder()
        file = try folder.write("+0\n", to: "clock")
        processes = folder.file("processes")
    }

    deinit {
        // What libfaketime leaves behind of a process that was killed.
        for process in ((try? String(contentsOfFile: processes, encoding: .utf8)) ?? "").split(separator: "\n") {
            unlink("/dev/shm/sem.faketime_sem_\(process)")
            unlink("/dev/shm/faketime_shm_\(process)")
        }
    }

    /// Where Debian has it.
    private static var library: String? {
        ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/\($0)/faketime/libfaketime.so.1" }
            .first { access($0, R_OK) == 0 }
    }

    /// In front of the program.
    ///
    /// - libc stands behind libfaketime because of redis-server's jemalloc: that asks for the time while it begins,
    ///   libfaketime then for memory, and neither gets an answer. With libc's malloc before it, they do.
    /// - libfaketime adds a variable to the environment of the first program that it is in, and Swift's runtime finds its
    ///   arguments by where the environment was. So `env` is the first.
    public var wrapper: [String] {
        [
            "/bin/sh", "-c", #"echo $$ >>"$0"; exec "$@""#, processes,
            "/usr/bin/env", "LD_PRELOAD=\(library):libc.so.6", "FAKETIME_TIMESTAMP_FILE=\(file)",
            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "/usr/bin/env",
        ]
    }

    /// Sets it to the real time and so many seconds.
    public func set(ahead seconds: Int) throws {
        // Renamed, since the program may read it at any moment.
        let new = try folder.write(seconds < 0 ? "\(seconds)\n" : "+\(seconds)\n", to: "clock.new")
        guard rename(new, file) == 0 else { throw TestingError("rename \(new): errno \(errno)") }
    }
}
