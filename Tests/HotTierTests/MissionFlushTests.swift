import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// How long a mission stays after a commit: as long as its session does.
@Suite(.timeLimit(.minutes(1))) struct MissionFlushTests {
    @Test(arguments: [1, 16]) func aFlushedMissionOfNoSessionLeavesAfterTheLinger(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.mission()
            try await bench.flush([], missions: [id])
            try bench.expectLingering(bench.keys.mission(id))
            #expect(try bench.score(bench.keys.missions(bench.user), id) == nil, "SQLite answers for it")
            // Use keeps it.
            try bench.server.command("PEXPIRE", bench.keys.mission(id), "60000")
            _ = try bench.done(try await bench.store.mission(id, of: bench.user, using: false))
            #expect(try bench.ttl(bench.keys.mission(id)) <= 60_000)
            _ = try bench.done(try await bench.store.mission(id, of: bench.user, using: true))
            try bench.expectLingering(bench.keys.mission(id))
            // Once it is changed again, none.
            let made = try bench.done(try await bench.store.amend(bench.amendment(id)))
            _ = try bench.done(try await bench.store.mission(id, of: bench.user, using: true))
            try await bench.expectMission(id, in: nil, at: made.logID)
        }
    }

    @Test(arguments: [1, 16]) func aMissionStaysAsLongAsItsSession(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let session = try await bench.session()
            let id = try await bench.mission(in: session)
            let key: String = bench.keys.mission(id)
            #expect(try bench.ttl(key) == -1)
            try await bench.flush([bench.settled(session, .active)], missions: [id])
            #expect(try bench.ttl(key) == -1, "its session is active")
            #expect(try bench.score(bench.keys.missions(bench.user), id) == nil)

            _ = try bench.done(try await bench.store.update(bench.update(session, .complete)))
            #expect(try bench.ttl(key) == -1)
            try await bench.flush([bench.settled(session, .completed)], missions: [id])
            try bench.expectLingering(key)
            try bench.expectLingering(bench.keys.session(session))

            _ = try bench.done(try await bench.store.update(bench.update(session, .resume)))
            try await bench.flush([bench.settled(session, .active)], missions: [id])
            #expect(try bench.ttl(key) == -1, "its session is active again")

            // Its session has left before it.
            try bench.server.command("DEL", bench.keys.session(session))
            _ = try bench.done(try await bench.store.amend(bench.amendment(id, in: session)))
            try await bench.flush([], missions: [id])
            try bench.expectLingering(key)
        }
    }

    /// Invariant 2, for missions.
    @Test func aMissionWithChangesBehindTheCursorStays() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let changed = try await bench.mission(), linked = try await bench.mission()
            let left = try await bench.mission(in: session)
            let cursor = try #require(try await bench.entries().last).id
            let change = try bench.done(try await bench.store.amend(bench.amendment(changed)))
            let link = try bench.done(
                try await bench.store.update(
                    bench.update(session, mission: .link(linked), linked: KnownLink(mission: left))))
            try await bench.settle(
                upTo: cursor, [bench.settled(session, .active)], missions: [changed, linked, left])
            try await bench.expectMission(changed, in: nil, at: change.logID)
            try await bench.expectMission(linked, in: session, at: link.logID)
            try await bench.expectMission(left, in: nil, at: link.logID)
            for id in [changed, linked, left] {
                #expect(try bench.score(bench.keys.missions(bench.user), id) != nil)
            }
            #expect(try await bench.entries().map(\.id) == [change.logID, link.logID])

            try await bench.flush([bench.settled(session, .active)], missions: [changed, linked, left])
            for id in [changed, left] { try bench.expectLingering(bench.keys.mission(id)) }
            #expect(try bench.ttl(bench.keys.mission(linked)) == -1)
            #expect(try await bench.store.unsettledMissions(of: bench.user).isEmpty)
        }
    }

    @Test func settlingAgainChangesNothing() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let ids = [try await bench.mission(in: session), try await bench.mission()]
            let gone = try await bench.mission()
            _ = try bench.done(try await bench.store.discard(bench.deletion(gone)))
            let cursor = try #require(try await bench.entries().last).id
            for _ in 0..<2 {
                try await bench.settle(
                    upTo: cursor, [bench.settled(session, .active)], missions: ids + [gone, bench.newID()])
                #expect(try bench.ttl(bench.keys.mission(ids[0])) == -1)
                try bench.expectLingering(bench.keys.mission(ids[1]))
                #expect((5_000...10_000).contains(try bench.ttl(bench.keys.gone(gone))))
            }
        }
    }

    // MARK: lists

    @Test(arguments: [1, 16]) func unsettledMissionsAreTheLatestChangedFirst(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            var ids: [MissionID] = []
            for number in 0..<4 {
                var creation = bench.newMission()
                creation.at = creation.at.adding(milliseconds: Int64(number))
                ids.append(try bench.done(try await bench.store.create(creation)).id)
            }
            _ = try await bench.mission(bench.neighbour())
            var change = bench.amendment(ids[0])
            change.at = change.at.adding(milliseconds: 9)
            _ = try bench.done(try await bench.store.amend(change))
            var places = try await bench.store.unsettledMissions(of: bench.user)
            #expect(places.map(\.id) == [ids[0], ids[3], ids[2], ids[1]])
            #expect(places.map { $0.time.milliseconds - HotBench.missionTime.milliseconds } == [9, 3, 2, 1])

            _ = try bench.done(try await bench.store.discard(bench.deletion(ids[2])))
            places = try await bench.store.unsettledMissions(of: bench.user)
            #expect(Set(places.map(\.id)) == Set(ids), "a deletion that is not flushed is SQLite's no answer")
            let found = try await bench.store.missions([ids[1], ids[2], bench.newID(), ids[0]], of: bench.user)
            #expect(found.map { $0?.id } == [ids[1], nil, nil, ids[0]])
            #expect(found.map { $0?.version } == [1, nil, nil, 2])
            #expect(found.map { $0?.mission.name } == ["m", nil, nil, "amended"])
            #expect(try await bench.store.missions([], of: bench.user).isEmpty)
            let others = try await bench.store.missions(ids, of: bench.neighbour())
            #expect(others.allSatisfy { $0 == nil })
            #expect(try await bench.store.unsettledMissions(of: bench.neighbour()).count == 1)

            try await bench.flush([], missions: [ids[1], ids[2]])
            places = try await bench.store.unsettledMissions(of: bench.user)
            #expect(places.map(\.id) == [ids[0], ids[3]])
        }
    }

    @Test func aHotTierThatLostItsDataDoesNotSayNone() async throws {
        try await withHotTier { bench in
            try bench.server.command("DEL", bench.keys.manifest)
            await #expect(throws: HotError.self) { try await bench.store.unsettledMissions(of: bench.user) }
        }
    }
}
