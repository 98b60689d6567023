import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// The flusher's side: what is settled after a commit, and what must not be.
@Suite(.timeLimit(.minutes(1))) struct FlushTests {
    @Test(arguments: [1, 16]) func aFlushedSessionThatIsNotActiveLeavesAfterTheLinger(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let linger = Int(bench.configuration.lifecycle.hotLinger)
            for status in [SessionStatus.completed, .archived, .abandoned] {
                let id = try await bench.session()
                _ = try bench.done(try await bench.store.append(bench.append(id)))
                if status == .abandoned {
                    try bench.makeDue(id)
                    _ = try bench.done(try await bench.store.abandon(id))
                } else {
                    _ = try bench.done(
                        try await bench.store.update(bench.update(id, status == .completed ? .complete : .archive)))
                }
                #expect(try bench.ttl(bench.keys.session(id)) == -1)
                try await bench.flush([bench.settled(id, status, messages: 1)])
                for key: String in [bench.keys.session(id), bench.keys.messages(id)] {
                    #expect((linger - 5000...linger).contains(try bench.ttl(key)), "\(key)")
                }
                #expect(try bench.score(bench.keys.user(bench.user), id) == nil, "SQLite answers for it")
                #expect((try bench.score(bench.keys.abandoned, id) != nil) == (status == .abandoned))
            }
        }
    }

    /// Invariant 2: what has unflushed changes never leaves.
    @Test func aSessionWithChangesBehindTheCursorStays() async throws {
        try await withHotTier { bench in
            let id = try await bench.session(.completed)
            let cursor = try #require(try await bench.entries().last).id
            _ = try bench.done(try await bench.store.update(bench.update(id, .archive)))
            let batch = AppliedBatch(cursor: cursor, sessions: [bench.settled(id, .completed)], deadLetters: 0)
            try await bench.log.settle(batch, missions: [:], in: bench.shard)
            try bench.expectIndexes(id, .archived)
            #expect(try await bench.entries().count == 1)
        }
    }

    @Test func anActiveSessionKeepsEverything() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            _ = try bench.done(try await bench.store.append(bench.append(id, 5)))
            try await bench.flush([bench.settled(id, .active, messages: 5)])
            try bench.expectIndexes(id, .active)
            #expect(try bench.ttl(bench.keys.messages(id)) == -1)
        }
    }

    /// It was archived at the commit, and came back since.
    @Test func whatCameBackSinceKeepsEverything() async throws {
        try await withHotTier { bench in
            let id = try await bench.session(.archived)
            let cursor = try #require(try await bench.entries().last).id
            _ = try bench.done(try await bench.store.update(bench.update(id, .resume)))
            let batch = AppliedBatch(cursor: cursor, sessions: [bench.settled(id, .archived)], deadLetters: 0)
            try await bench.log.settle(batch, missions: [:], in: bench.shard)
            try bench.expectIndexes(id, .active)
        }
    }

    @Test(arguments: [1, 16]) func aFlushedTombstoneStaysForAWhile(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let cursor = try #require(try await bench.entries().last).id
            let deletion = SessionDeletion(session: id, userID: bench.user, condition: .any)
            _ = try bench.done(try await bench.store.delete(deletion))
            // A commit that doesn't have the deletion yet.
            let early = AppliedBatch(cursor: cursor, sessions: [bench.settled(id, nil)], deadLetters: 0)
            try await bench.log.settle(early, missions: [:], in: bench.shard)
            #expect(try bench.ttl(bench.keys.gone(id)) == -1)
            #expect(try bench.score(bench.keys.user(bench.user), id) != nil)
            try await bench.flush([bench.settled(id, nil)])
            #expect((5_000...10_000).contains(try bench.ttl(bench.keys.gone(id))))
            #expect(try bench.score(bench.keys.user(bench.user), id) == nil)
        }
    }

    @Test func onlyFlushedMessagesAreTrimmedAndTheWindowStays() async throws {
        var options = HotBenchOptions()
        options.lifecycle.hotWindow = 10
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            for _ in 0..<3 { _ = try bench.done(try await bench.store.append(bench.append(id, 10))) }
            func length(flushed: Int64) async throws -> Int? {
                try await bench.flush([bench.settled(id, .active, messages: flushed)])
                // Each flush needs an entry to end at.
                _ = try bench.done(try await bench.store.update(bench.update(id, name: "x")))
                return try bench.server.command("LLEN", bench.keys.messages(id)).int
            }
            _ = try bench.done(try await bench.store.update(bench.update(id, name: "x")))
            #expect(try await length(flushed: 15) == 15, "15 of 30 are not in SQLite")
            #expect(try await length(flushed: 25) == 10, "the window")
            #expect(try await length(flushed: 30) == 10)
            let oldest = try bench.server.command("LINDEX", bench.keys.messages(id), "0").string ?? ""
            #expect(oldest.contains("\"sequence_order\":21,"))
        }
    }

    /// Redis lost what the commit before had settled: its entries are in the log again, and must be settled before they go.
    @Test func aCommitUponOneThatWasLostTrimsNothing() async throws {
        try await withHotTier { bench in
            for _ in 0..<3 { _ = try await bench.session() }
            let ids = try await bench.entries().map(\.id)
            func settle(_ cursor: LogID, after: LogID?) async throws {
                var batch = AppliedBatch(cursor: cursor, sessions: [], deadLetters: 0)
                batch.after = after
                try await bench.log.settle(batch, missions: [:], in: bench.shard)
            }
            let before = try bench.dump()
            try await bench.thrown({ if case .unreconciled = $0 { true } else { false } }) {
                try await settle(ids[1], after: ids[0])
            }
            #expect(try bench.dump() == before)
            try await settle(ids[0], after: nil)
            try await settle(ids[1], after: ids[0])
            #expect(try await bench.entries().map(\.id) == [ids[2]])
        }
    }

    @Test func theCursorIsPublishedTrimmedToAndNeverGoesBack() async throws {
        try await withHotTier { bench in
            let heard = Heard()
            let subscriber = bench.subscriber(to: [bench.keys.flushed], heard)
            defer { subscriber.cancel() }
            try await eventually { heard.isConnected }
            for _ in 0..<5 { _ = try await bench.session() }
            let ids = try await bench.entries().map(\.id)
            var time: Timestamp?
            func settle(_ cursor: LogID) async throws {
                time = try await bench.log.settle(
                    AppliedBatch(cursor: cursor, sessions: [], deadLetters: 0), missions: [:], in: bench.shard)
            }
            try await settle(ids[2])
            #expect(try #require(time).milliseconds >= Int64(ids[2].milliseconds), "the tier's clock")
            #expect(try await bench.entries().map(\.id) == Array(ids[3...]))
            #expect(try bench.hash(bench.keys.flush)["cursor"] == ids[2].description)
            #expect(try bench.hash(bench.keys.flush)["lag_ms"].flatMap { Int($0) } ?? -1 >= 0)
            let before = try bench.dump()
            try await settle(ids[1])
            #expect(time == nil, "it was further on")
            #expect(try bench.dump() == before)
            try await settle(ids[4])
            #expect(try await bench.entries().isEmpty)
            #expect(try bench.exists(bench.keys.log), "a log may be empty, never absent")
            try await settle(ids[4])
            try await eventually { heard.messages.count == 3 }
            #expect(heard.messages == [ids[2], ids[4], ids[4]].map(\.description))
        }
    }

    @Test func entriesAreReadFromTheCursorInOrder() async throws {
        try await withHotTier { bench in
            for _ in 0..<7 { _ = try await bench.session() }
            let all = try await bench.entries()
            let some = try await bench.log.entries(of: bench.shard, after: all[1].id, limit: 3)
            #expect(some.map(\.id) == all[2..<5].map(\.id))
            #expect(some.map(\.fields) == all[2..<5].map(\.fields))
            let committed = try await bench.log.committedEntries(of: bench.shard, upTo: all[1].id, limit: 9)
            #expect(committed.map(\.id) == all[...1].map(\.id))
            let state = try await bench.log.state(of: bench.shard)
            #expect(state.exists && state.entries == 7 && state.bytes > 0 && state.memoryLimit == 256 << 20)
            #expect(state.dataset == "dataset" && state.shards == 1)
        }
    }

    /// In pieces, between which Redis answers others.
    @Test func aLargeBatchIsReadAndSettledWhole() async throws {
        try await withHotTier { bench in
            let atOnce = RedisWriteBehindLog.readAtOnce
            var ids: [SessionID] = []
            for _ in 0..<(atOnce + 20) { ids.append(try await bench.session(.completed)) }
            try bench.server.command("CONFIG", "RESETSTAT")
            let all = try await bench.entries()
            let calls = try #require(try bench.server.command("INFO", "commandstats").string)
            #expect(calls.contains("cmdstat_xrange:calls=3,"))
            #expect(all.count == 2 * ids.count && all.map(\.id) == all.map(\.id).sorted())
            let some = try await bench.log.entries(of: bench.shard, after: .zero, limit: atOnce + 1)
            #expect(some.map(\.id) == all.prefix(atOnce + 1).map(\.id))
            try await bench.flush(ids.map { bench.settled($0, .completed) })
            for id in ids { try bench.expectLingering(bench.keys.session(id)) }
        }
    }

    // MARK: activity

    @Test func aMarkGoesOnlyIfNothingWasSeenSince() async throws {
        try await withHotTier { bench in
            let quiet = try await bench.session(), busy = try await bench.session()
            for id in [quiet, busy] { _ = try bench.done(try await bench.store.touch(id, of: bench.user)) }
            let read = try await bench.log.touched(bench.shard, offset: 0, limit: 10)
            #expect(Set(read.map(\.session)) == [quiet, busy])
            // Seen again between the read and its record; a millisecond later at least.
            let later = try #require(read.first { $0.session == busy }).lastActivityAt.milliseconds + 1
            try bench.server.command("ZADD", bench.keys.touched, "\(later)", busy.description)
            try await bench.log.recorded(read, mark: 7, in: bench.shard)
            #expect(try await bench.log.state(of: bench.shard).activityMark == 7)
            #expect(
                try await bench.log.touched(bench.shard, offset: 0, limit: 10)
                    == [SessionActivity(session: busy, lastActivityAt: Timestamp(milliseconds: later))])
            let before = try bench.dump()
            try await bench.log.recorded(read, mark: 7, in: bench.shard)
            try await bench.log.recorded([], mark: 7, in: bench.shard)
            #expect(try bench.dump() == before)
        }
    }

    // MARK: the lease

    @Test(arguments: [1, 16]) func aLeaseHasOneOwner(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            func lease(_ owner: String, _ milliseconds: Int64 = 60_000) async throws -> Bool {
                try await bench.log.lease(bench.shard, owner: owner, milliseconds: milliseconds)
            }
            #expect(try await lease("one until 99"))
            #expect(try await lease("one until 99"))
            #expect(try await !lease("two"))
            try await bench.log.release(bench.shard, owner: "two")
            #expect(try await !lease("two"), "only its owner gives it back")
            try await bench.log.release(bench.shard, owner: "one until 99")
            #expect(try bench.hash(bench.keys.flush)["owner"] == nil)
            #expect(try await lease("two", 1))
            try await eventually { try await lease("three") }
            #expect(try await !lease("two"))
        }
    }

    @Test func ofManyAtOnceOneLeads() async throws {
        try await withHotTier { bench in
            let owners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await bench.log.lease(bench.shard, owner: "owner\(number)", milliseconds: 60_000)
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(owners == 1)
        }
    }

    // MARK: beginning

    /// The log is there, and lost its newest entries: what comes next is beyond what SQLite has.
    @Test func aLogGoesOnBeyondTheCursor() async throws {
        try await withHotTier { bench in
            _ = try await bench.session()
            let future = LogID(milliseconds: UInt64(try bench.now()) + 3_600_000, sequence: 7)
            try await bench.admit(after: future)
            #expect(try bench.done(try await bench.store.create(bench.creation())).logID > future)
        }
    }

    @Test(arguments: [1, 16]) func aLogBeginsBeyondTheCursor(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let future = LogID(milliseconds: UInt64(try bench.now()) + 3_600_000, sequence: 7)
            try bench.server.command("DEL", bench.keys.log)
            try bench.server.command("HSET", bench.keys.flush, "cursor", "9999999999999-0")
            #expect(try await !bench.log.state(of: bench.shard).exists)
            try await bench.admit(after: future, dataset: "mine")
            #expect(try await bench.entries().isEmpty)
            let manifest = try bench.hash(bench.keys.manifest)
            #expect(manifest["schema"] == "1" && manifest["shards"] == "\(shards)" && manifest["dataset"] == "mine")
            #expect(manifest["run_id"]?.count == 40)
            let made = try bench.done(try await bench.store.create(bench.creation()))
            #expect(made.logID > future)
            try await bench.flush([])
            #expect(try await bench.entries().isEmpty, "an older tier's cursor is forgotten")
        }
    }

    @Test func aLogThatIsThereStaysAsItIs() async throws {
        try await withHotTier { bench in
            _ = try await bench.session()
            let before = try bench.dump()
            try await bench.admit()
            #expect(try bench.dump() == before)
        }
    }

    /// A script that Redis forgot between two commits is no reason to settle nothing.
    @Test func forgottenScriptsAreLoadedAgain() async throws {
        let server = try await RedisServer.start(RedisServer.Options(["appendonly": "no"]))
        defer { server.kill() }
        var options = HotBenchOptions()
        options.server = server
        try await withHotTier(options) { bench in
            let id = try await bench.session(.completed)
            try server.command("SCRIPT", "FLUSH", "SYNC")
            try await bench.flush([bench.settled(id, .completed)])
            #expect(try bench.ttl(bench.keys.session(id)) > 0)
            #expect(try await bench.entries().isEmpty)
            try server.command("SCRIPT", "FLUSH", "SYNC")
            let other = try await bench.session()
            try server.command("SCRIPT", "FLUSH", "SYNC")
            _ = try bench.done(try await bench.store.load(other, of: bench.user, messages: 5, touching: true))
        }
    }
}
