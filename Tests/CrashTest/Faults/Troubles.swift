import Glibc
import GRDB
import SessionTesting

/// Another process holds SQLite's write lock.
struct LockSQLite: CrashFault {
    let name = "lock-sqlite"
    let seconds: Double

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        let path = DurableTier.path(site, shard: Int.random(in: 0..<site.shards, using: &generator))
        // As another program would. It writes nothing, and never checkpoints.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try await database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        try await eventually("the lock") {
            (try? await database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }) != nil
        }
        try await Task.sleep(for: .seconds(seconds))
        let ended = site.faultEnds()
        try await database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try database.close()
        return Strike(ended: ended)
    }
}

/// The disk of SQLite's files is full.
struct FillDisk: CrashFault {
    let name = "fill-disk"
    let setup = Setup.smallDisk
    let seconds: Double

    func obstacle() -> String? {
        do { try SmallDisk().unmount() } catch { return "\(error)" }
        return nil
    }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        guard let disk = site.disk else { throw TestingError("no small disk") }
        try disk.fill()
        try await Task.sleep(for: .seconds(seconds / 2))
        let ended = site.faultEnds()
        disk.empty()
        return Strike(ended: ended)
    }
}

/// Redis' clock steps by an hour, forward or back.
struct StepClock: CrashFault {
    let name = "step-clock"
    let setup = Setup.fakedClock

    func obstacle() -> String? {
        FakedClock.library == nil ? "libfaketime is not installed: ./scripts/setup faketime" : nil
    }

    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike {
        guard let clock = site.clock else { throw TestingError("no clock that can be set") }
        let ended = site.faultEnds()
        try clock.step(using: &generator)
        return Strike(ended: ended)
    }
}
