import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// durability.md: reads go on, whatever Redis refuses.
@Suite(.timeLimit(.minutes(1))) struct MissionReadTests {
    /// Runs `body` with missions that were flushed, that were not, and that are gone, on a Redis that takes no writes.
    private func withoutWrites(
        _ settings: [String],
        _ body: (HotBench, _ flushed: MissionID, _ changed: MissionID, AssetID) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start(RedisServer.Options(["appendonly": "no"]))
        defer { server.kill() }
        var options = HotBenchOptions()
        options.server = server
        try await withHotTier(options) { bench in
            let flushed = try await bench.mission()
            try await bench.flush([], missions: [flushed])
            let asset: AssetID = bench.newID()
            let changed = try await bench.mission()
            _ = try bench.done(
                try await bench.store.amend(
                    bench.amendment(
                        changed,
                        [.asset(asset): bench.asset(asset, of: changed), .content(asset): HotBench.content(5000)],
                        key: HotBench.key())))
            try bench.server.command("PEXPIRE", bench.keys.mission(flushed), "60000")
            try server.command("CONFIG", "SET", settings[0], settings[1])
            try await body(bench, flushed, changed, asset)
            try server.command("CONFIG", "SET", settings[0], settings[2])
            _ = try bench.done(try await bench.store.amend(bench.amendment(changed, upon: 2)))
        }
    }

    /// Full memory, where a time to live may still be set; and too few replicas, where it may not.
    @Test(arguments: [["maxmemory", "1mb", "256mb"], ["min-replicas-to-write", "1", "0"]])
    func whereNothingIsWrittenMissionsAreRead(_ settings: [String]) async throws {
        try await withoutWrites(settings) { bench, flushed, changed, asset in
            let before = try bench.dump()
            for using in [false, true] {
                for (id, version) in [(flushed, Int64(1)), (changed, 2)] {
                    let tree = try bench.done(try await bench.store.mission(id, of: bench.user, using: using))
                    #expect(tree.id == id && tree.version == version)
                }
                guard case .refused(.miss) = try await bench.store.mission(bench.newID(), of: bench.user, using: using)
                else { throw TestingError("no miss") }
            }
            let look = try bench.done(
                try await bench.store.look(at: changed, of: bench.user, idempotency: HotBench.key()))
            #expect(look.found.version == 2 && look.first?.version == 2)
            #expect(
                try bench.done(try await bench.store.prepare(for: bench.user, idempotency: HotBench.key())).first
                    == look.first)
            #expect(try await bench.content(asset, in: changed) == .here(HotBench.content(5000)))
            #expect(try await bench.store.unsettledMissions(of: bench.user).map(\.id) == [changed])
            #expect(try await bench.store.missions([flushed, changed], of: bench.user).map { $0?.version } == [1, 2])

            for (key, values) in try bench.dump() { #expect(values[0] == before[key]?[0], "\(key)") }
            let ttl = try bench.ttl(bench.keys.mission(flushed))
            #expect((ttl > 60_000) == (settings[0] == "maxmemory"), "it lingers anew, or as it did")
        }
    }

    @Test(arguments: [["maxmemory", "1mb", "256mb"], ["min-replicas-to-write", "1", "0"]])
    func whereNothingIsWrittenNoMissionIs(_ settings: [String]) async throws {
        try await withoutWrites(settings) { bench, flushed, changed, _ in
            func isUnavailable(_ error: HotError) -> Bool { if case .unavailable = error { true } else { false } }
            let cold = try await bench.coldMission()
            let steps: [() async throws -> Void] = [
                { _ = try await bench.store.create(bench.newMission(key: HotBench.key("d"))) },
                { _ = try await bench.store.amend(bench.amendment(changed, upon: 2)) },
                { _ = try await bench.store.discard(bench.deletion(flushed)) },
                { _ = try await bench.hydrate(cold) },
            ]
            for step in steps { try await bench.thrown(isUnavailable) { try await step() } }
        }
    }

    @Test func atFullMemoryMissionsAreSettled() async throws {
        try await withoutWrites(["maxmemory", "1mb", "256mb"]) { bench, _, changed, _ in
            try await bench.flush([], missions: [changed])
            try bench.expectLingering(bench.keys.mission(changed))
            #expect(try await bench.entries().isEmpty)
            #expect(try await bench.store.unsettledMissions(of: bench.user).isEmpty)
        }
    }

    @Test(arguments: [1, 16]) func anothersMissionIsReadAsNone(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            let neighbour = try bench.neighbour()
            for using in [false, true] {
                try await bench.refused(.miss) { try await bench.store.mission(id, of: neighbour, using: using) }
            }
            try await bench.refused(.miss) { try await bench.store.look(at: id, of: neighbour, idempotency: nil) }
            // Of a shard that is not the user's, and of one that there isn't.
            let nowhere = MissionID(high: id.high, low: id.low | 0xffff)
            try await bench.refused(.absent) { try await bench.store.mission(nowhere, of: bench.user, using: true) }
            try await bench.refused(.absent) {
                try await bench.store.look(at: nowhere, of: bench.user, idempotency: nil)
            }
            try await bench.refused(.absent) {
                try await bench.store.content(of: bench.newID(), in: nowhere, of: bench.user)
            }
        }
    }
}
