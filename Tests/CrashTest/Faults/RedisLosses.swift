import FoundationEssentials
import Glibc
import SessionModel
import SessionTesting

extension Loss {
    /// How much Redis may lose with `appendfsync everysec`, and the time that measuring takes.
    static let window: Duration = .milliseconds(2_500)

    static func everysec(before struck: Instant, until: Instant, _ committed: [Shard: LogID]) -> Loss {
        Loss(since: struck - window, until: until, committed: committed)
    }
}

/// Redis is killed, and its append-only file cut at a random byte of what was appended in the last two seconds.
struct CutAppendOnlyFile: CrashFault {
    let name = "cut-append-only-file"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let measured = ContinuousClock.now
        let before = try AppendOnlyFile(site.stack.redis.dataFolder)
        try await generator.pause(milliseconds: 100...2000)
        let struck = ContinuousClock.now
        site.stack.redis.kill()
        let file = try AppendOnlyFile(site.stack.redis.dataFolder)
        // Rewritten meanwhile, it has a file that is new as a whole.
        let first = file.path == before.path ? before.size : 0
        guard truncate(file.path, off_t(Int.random(in: first...max(first, file.size), using: &generator))) == 0 else {
            throw TestingError("\(file.path) can't be cut: \(String(cString: strerror(errno)))")
        }
        let committed = try DurableTier(site).cursors()
        let ended = site.faultEnds()
        try await site.stack.redis.start()
        // On a busy machine two seconds may be three.
        return Strike(
            ended: ended, loss: .everysec(before: min(struck, measured + .seconds(2)), until: ended, committed))
    }
}

/// Redis is killed, and comes back on a copy of its files that was taken before: seconds ago, or in an earlier round.
struct RestoreRedis: CrashFault {
    let name = "restore-redis"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let (files, data) = (FileManager.default, site.stack.redis.dataFolder)
        let copy = site.stack.folder.file("redis-copy")
        if Bool.random(using: &generator) || !files.fileExists(atPath: copy) {
            try? files.removeItem(atPath: copy)
            try files.copyItem(atPath: data, toPath: copy)
            try await generator.pause(milliseconds: 100...2000)
        }
        site.stack.redis.kill()
        let committed = try DurableTier(site).cursors()
        try files.removeItem(atPath: data)
        try files.copyItem(atPath: copy, toPath: data)
        let ended = site.faultEnds()
        try await site.stack.redis.start()
        return Strike(ended: ended, loss: .everything(until: ended, committed))
    }
}

/// FLUSHALL.
struct FlushAll: CrashFault {
    let name = "flushall"

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let committed = try DurableTier(site).cursors()
        guard try site.stack.redis.command("FLUSHALL") == .simple("OK") else { throw TestingError("no FLUSHALL") }
        let ended = site.faultEnds()
        return Strike(ended: ended, loss: .everything(until: ended, committed))
    }
}

extension Loss {
    /// Whatever SQLite didn't have.
    static func everything(until: Instant, _ committed: [Shard: LogID]) -> Loss {
        Loss(since: until - .seconds(86_400), until: until, committed: committed)
    }
}

/// The part of Redis' append-only file that grows.
private struct AppendOnlyFile {
    let path: String
    let size: Int

    init(_ dataFolder: String) throws {
        let folder = "\(dataFolder)/appendonlydir"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".incr.aof") }
        // appendonly.aof.<number>.incr.aof
        let newest = names.max { Self.number($0) < Self.number($1) }
        guard let newest else { throw TestingError("no append-only file in \(folder)") }
        path = "\(folder)/\(newest)"
        var status = stat()
        guard stat(path, &status) == 0 else { throw TestingError("\(path): \(String(cString: strerror(errno)))") }
        size = Int(status.st_size)
    }

    private static func number(_ name: String) -> Int {
        name.split(separator: ".").compactMap { Int($0) }.first ?? 0
    }
}
