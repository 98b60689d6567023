import FoundationEssentials
import Glibc
import SessionModel
import SessionTesting
import Synchronization

/// How a stack is set up. Faults that need the same share one.
enum Setup: Sendable, Hashable, CaseIterable {
    /// One instance.
    case single
    /// Two instances, whose flushers compete for a lease of one second.
    case pair
    /// SQLite's files are alone on a disk of ``SmallDisk/bytes``.
    case smallDisk
    /// Redis has a clock that can be put forward and back.
    case fakedClock
}

/// A stack under load, with what its clients know of it. Ends with ``end()``.
final class Site: Sendable {
    let setup: Setup
    let stack: Stack
    let ledger = Ledger()
    let shards: Int
    let disk: SmallDisk?
    let clock: FakedClock?
    /// Chats of the groups of clients.
    private let chats = Mutex<[Int: String]>([:])

    static func start(_ setup: Setup, shards: Int) async throws -> Site {
        var options = Stack.Options()
        options.shards = shards
        // Otherwise comparing would have to wait for seconds.
        options.settings["write-behind.activity-flush"] = "200ms"
        var (disk, clock): (SmallDisk?, FakedClock?)
        switch setup {
        case .single: break
        case .pair:
            options.instances = 2
            options.settings["write-behind.lease"] = "1s"
        case .smallDisk:
            let small = try SmallDisk()
            options.settings["data.folder"] = small.path
            disk = small
        case .fakedClock:
            let faked = try FakedClock()
            options.redis.wrapper = faked.wrapper
            clock = faked
        }
        let stack = try await Stack.start(options)
        return Site(setup, stack, shards, disk, clock)
    }

    private init(_ setup: Setup, _ stack: Stack, _ shards: Int, _ disk: SmallDisk?, _ clock: FakedClock?) {
        self.setup = setup
        self.stack = stack
        self.shards = shards
        self.disk = disk
        self.clock = clock
    }

    /// From now on nothing stands in the way of recovering: what was killed is being started. The first write that is taken
    /// from here on is noted.
    func faultEnds() -> Instant {
        let instant = ContinuousClock.now
        ledger.watch(since: instant)
        return instant
    }

    /// After a fault that broke off half-way: what it stopped goes on, what it killed is started.
    func mend() async {
        disk?.empty()
        stack.redis.resume()
        try? await stack.redis.start()
        for service in stack.services {
            service.resume()
            try? await service.start(until: .listening)
        }
    }

    func chat(_ group: Int) -> String? { chats.withLock { $0[group] } }
    func setChat(_ group: Int, _ id: String) { chats.withLock { $0[group] = id } }

    /// - Parameter folder: gets a copy of everything that the stack left: logs, SQLite, Redis' files.
    func end(keepingIn folder: String? = nil) {
        stack.kill()
        if let folder { keep(in: folder) }
        disk?.unmount()
    }

    private func keep(in folder: String) {
        let files = FileManager.default
        let root = stack.folder.path
        for name in (try? files.contentsOfDirectory(atPath: root)) ?? [] where name.hasSuffix(".sock") {
            unlink("\(root)/\(name)")
        }
        try? files.createDirectory(
            atPath: String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]),
            withIntermediateDirectories: true)
        try? files.copyItem(atPath: root, toPath: folder)
        if let disk { try? files.copyItem(atPath: disk.path, toPath: "\(folder)/data-small-disk") }
    }
}

/// A file system in memory that is soon full. To mount it takes root.
final class SmallDisk: Sendable {
    static let bytes = 64 << 20

    private let folder: TemporaryFolder
    let path: String
    private let ballast: String

    init() throws {
        folder = try TemporaryFolder()
        path = try folder.folder("disk")
        ballast = "\(path)/ballast"
        guard mount("sessiond-crash-test", path, "tmpfs", 0, "size=\(Self.bytes),mode=0700") == 0 else {
            throw TestingError("a tmpfs can't be mounted: \(String(cString: strerror(errno)))")
        }
    }

    /// Until nothing more goes in.
    func fill() throws {
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw TestingError("\(ballast): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let chunk = [UInt8](repeating: 0, count: 1 << 16)
        var size = chunk.count
        while size > 0 {
            if write(descriptor, chunk, size) <= 0 { size /= 2 }
        }
    }

    func empty() { unlink(ballast) }

    func unmount() { umount2(path, Int32(MNT_DETACH)) }
}

/// A Redis that takes its time from a file, by libfaketime.
final class FakedClock: Sendable {
    private let folder: TemporaryFolder
    private let file: String
    private let offset = Mutex(0)

    init() throws {
        folder = try TemporaryFolder()
        file = try folder.write("+0\n", to: "clock")
        guard Self.library != nil else { throw TestingError("libfaketime is not installed: ./scripts/setup faketime") }
    }

    /// Where Debian has it.
    static var library: String? {
        let candidates = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        return candidates.first { access($0, R_OK) == 0 }
    }

    /// libc stands behind libfaketime because of Redis' jemalloc: it asks for the time while it starts, libfaketime then for
    /// memory, and neither ever gets an answer. With libc's malloc before it, they do.
    var wrapper: [String] {
        [
            "/usr/bin/env", "LD_PRELOAD=\(Self.library ?? ""):libc.so.6", "FAKETIME_TIMESTAMP_FILE=\(file)",
            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]
    }

    /// To an hour before or after, never more than an hour from the real time.
    func step(using generator: inout SeededGenerator) throws {
        let seconds = offset.withLock { offset -> Int in
            let choices = [-3600, 0, 3600].filter { abs($0 - offset) == 3600 }
            offset = choices.randomElement(using: &generator) ?? 0
            return offset
        }
        // In one step: Redis reads it at any time.
        let new = try folder.write(seconds < 0 ? "\(seconds)\n" : "+\(seconds)\n", to: "clock.new")
        guard rename(new, file) == 0 else { throw TestingError("the clock can't be set") }
    }
}
