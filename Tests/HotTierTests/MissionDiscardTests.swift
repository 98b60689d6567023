import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct MissionDiscardTests {
    @Test(arguments: [1, 16]) func aDiscardedMissionLeavesATombstone(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            _ = try bench.done(try await bench.store.amend(bench.amendment(id)))
            let log = try bench.done(try await bench.store.discard(bench.deletion(id)))
            #expect(try !bench.exists(bench.keys.mission(id)))
            #expect(try bench.server.command("GET", bench.keys.gone(id)).string == "\(log) \(bench.user.text)")
            #expect(try bench.ttl(bench.keys.gone(id)) == -1, "until it is flushed")
            #expect(try bench.score(bench.keys.missions(bench.user), id) != nil)
            guard case .mission(let change) = try Change(try #require(try await bench.entries().last)) else {
                throw TestingError("no mission's entry")
            }
            #expect(change.kind == .deletion && change.id == id && change.userID == bench.user)
            #expect(change.version == 3 && change.parts.isEmpty)
            try await bench.refused(.absent) {
                try await bench.store.mission(id, of: bench.user, using: true)
            }
            try await bench.refused(.absent) {
                try await bench.store.look(at: id, of: bench.user, idempotency: nil)
            }
            try await bench.refused(.absent) {
                try await bench.store.content(of: bench.newID(), in: id, of: bench.user)
            }
        }
    }

    @Test(arguments: [1, 16]) func aFlushedTombstoneStaysForAWhile(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            let cursor = try #require(try await bench.entries().last).id
            _ = try bench.done(try await bench.store.discard(bench.deletion(id)))
            // A commit that doesn't have the deletion yet.
            try await bench.settle(upTo: cursor, [], missions: [id])
            #expect(try bench.ttl(bench.keys.gone(id)) == -1)
            #expect(try bench.score(bench.keys.missions(bench.user), id) != nil)
            try await bench.flush([], missions: [id])
            #expect((5_000...10_000).contains(try bench.ttl(bench.keys.gone(id))))
            #expect(try bench.score(bench.keys.missions(bench.user), id) == nil)
        }
    }

    @Test(arguments: SessionStatus.allCases, [1, 16]) func itsSessionStaysWhatItIsOtherwise(
        _ status: SessionStatus, _ shards: Int
    ) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let session = try await bench.session()
            _ = try bench.done(try await bench.store.append(bench.append(session)))
            let id = try await bench.mission(in: session)
            switch status {
            case .active: break
            case .completed: _ = try bench.done(try await bench.store.update(bench.update(session, .complete)))
            case .archived: _ = try bench.done(try await bench.store.update(bench.update(session, .archive)))
            case .abandoned:
                try bench.makeDue(session)
                _ = try bench.done(try await bench.store.abandon(session))
            }
            try await bench.flush([bench.settled(session, status, messages: 1)], missions: [id])
            var expected = try await bench.loaded(session)
            let log = try bench.done(try await bench.store.discard(bench.deletion(id, in: session)))
            let found = try await bench.loaded(session)
            expected.version += 1
            (expected.missionID, expected.logID, expected.updatedAt) = (nil, log, found.updatedAt)
            #expect(found == expected)
            try bench.expectIndexes(session, status)
            #expect(try bench.ttl(bench.keys.messages(session)) == -1)
            #expect(
                try bench.score(bench.keys.user(bench.user), session)
                    == Int(expected.lastActivityAt.milliseconds))

            let (entry, change) = try await bench.newest()
            #expect(entry == log && change.id == session && change.version == expected.version)
            #expect(change.missionID == .some(nil) && change.status == nil && change.at == found.updatedAt)
            #expect(change.lastActivityAt == expected.lastActivityAt)
            let mission = try #require(change.mission)
            #expect(mission.kind == .deletion && mission.id == id && mission.version == 2 && mission.parts.isEmpty)

            try await bench.flush([bench.settled(session, status, messages: 1)], missions: [id])
            #expect((5_000...10_000).contains(try bench.ttl(bench.keys.gone(id))))
            if status != .active { try bench.expectLingering(bench.keys.session(session)) }
        }
    }

    @Test func aMissionThatMovedIsNotDiscarded() async throws {
        try await withHotTier { bench in
            let first = try await bench.session(), second = try await bench.session()
            let id = try await bench.mission(in: first)
            _ = try bench.done(
                try await bench.store.update(bench.update(first, mission: .unlink, linked: KnownLink(mission: id))))
            _ = try bench.done(try await bench.store.update(bench.update(second, mission: .link(id))))
            for known in [first, nil] {
                try await bench.refused(.linkMoved) { try await bench.store.discard(bench.deletion(id, in: known)) }
            }
            _ = try bench.done(try await bench.store.discard(bench.deletion(id, in: second)))
            #expect(try await bench.loaded(second).missionID == nil)
        }
    }

    @Test func aVersionThatHoldsLetsItThrough() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            for version: Int64 in 1..<12 {
                _ = try bench.done(try await bench.store.amend(bench.amendment(id, upon: version)))
            }
            try await bench.refused(.version(12)) {
                try await bench.store.discard(bench.deletion(id, condition: .oneOf([1, 2])))
            }
            _ = try bench.done(try await bench.store.discard(bench.deletion(id, condition: .oneOf([7, 12]))))
        }
    }

    @Test func of50AtOnceOneDiscards() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let id = try await bench.mission(in: session)
            let before = try await bench.entries().count
            let logs = try await withThrowingTaskGroup(of: LogID.self) { group in
                for _ in 0..<50 {
                    group.addTask { try bench.done(try await bench.store.discard(bench.deletion(id, in: session))) }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(logs.count == 1, "the same deletion again is the one that was")
            #expect(try await bench.entries().count == before + 1)
            #expect(try await bench.loaded(session).version == 3)
        }
    }
}
