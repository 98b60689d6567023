import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// Invariant 6, for missions: what SQLite set aside is in the hot tier alone, so it stays there.
@Suite struct MissionSetAsideTests {
    /// Versions that SQLite has behind the change: none, and the one before.
    @Test(arguments: [nil, 1] as [Int64?]) func aChangeThatWasSetAsideStays(_ durable: Int64?) async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            _ = try bench.done(try await bench.store.amend(bench.amendment(id)))
            let cursor = try #require(try await bench.entries().last).id
            try await bench.settle(upTo: cursor, [], missions: [id], versions: [id: durable])
            #expect(try bench.ttl(bench.keys.mission(id)) == -1)
            #expect(try bench.score(bench.keys.missions(bench.user), id) != nil, "lists have it too")
            // Written after all.
            try await bench.settle(upTo: cursor, [], missions: [id], versions: [id: 2])
            try bench.expectLingering(bench.keys.mission(id))
            #expect(try bench.score(bench.keys.missions(bench.user), id) == nil)
        }
    }

    @Test func aDeletionThatWasSetAsideRevivesNothing() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            try await bench.flush([], missions: [id])
            let deletion = MissionDeletion(id: id, userID: bench.user, condition: .any, session: nil)
            let cursor = try bench.done(try await bench.store.discard(deletion))
            try await bench.settle(upTo: cursor, [], missions: [id], versions: [id: 1])
            #expect(try bench.ttl(bench.keys.gone(id)) == -1)
            try await bench.settle(upTo: cursor, [], missions: [id], versions: [:])
            #expect(try bench.ttl(bench.keys.gone(id)) > 0)
        }
    }

    /// While its session's end is settled, a mission is filled from SQLite: it doesn't stay for ever.
    @Test func aMissionThatIsFilledWhileItsSessionEndsLeavesToo() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let id = try await bench.mission(in: session)
            try await bench.flush([bench.settled(session, .active)], missions: [id])
            _ = try bench.done(try await bench.store.update(bench.update(session, .archive)))
            let cursor = try #require(try await bench.entries().last).id
            try await bench.settle(upTo: cursor, [bench.settled(session, .archived)])
            // As the script sees it that was told of no session.
            let version = try bench.hash(bench.keys.mission(id))["version"] ?? ""
            let keys = [bench.keys.mission(id), bench.keys.gone(id), bench.keys.missions(bench.user)]
            try bench.server.command(
                ["EVAL", HotScripts.settleMission.source, "4"] + keys + [keys[0]]
                    + [id.description, "\(cursor.milliseconds)", "\(cursor.sequence)", "60000", "", "10000", version])
            #expect(try bench.ttl(bench.keys.mission(id)) > 0)
        }
    }

    /// Data of an older version may have one mission in several sessions: what is another's link is left alone.
    @Test func anotherSessionsLinkIsLeftAlone() async throws {
        try await withHotTier { bench in
            let (first, second) = (try await bench.session(), try await bench.session())
            let id = try await bench.mission(in: first)
            try bench.server.command("HSET", bench.keys.session(second), "mission_id", id.description)
            var update = bench.update(second, mission: .unlink)
            update.linked = KnownLink(mission: id)
            _ = try bench.done(try await bench.store.update(update))
            #expect(try bench.hash(bench.keys.mission(id))["session_id"] == first.description)

            try bench.server.command("HSET", bench.keys.session(second), "mission_id", id.description)
            var deletion = SessionDeletion(session: second, userID: bench.user, condition: .any)
            deletion.linked = KnownLink(mission: id)
            _ = try bench.done(try await bench.store.delete(deletion))
            #expect(try bench.hash(bench.keys.mission(id))["session_id"] == first.description)

            // And a session that has another mission by now keeps it.
            let third = try await bench.session()
            let other: MissionID = bench.newID()
            try bench.server.command("HSET", bench.keys.mission(id), "session_id", third.description)
            try bench.server.command("HSET", bench.keys.session(third), "mission_id", other.description)
            let discard = MissionDeletion(id: id, userID: bench.user, condition: .any, session: third)
            _ = try bench.done(try await bench.store.discard(discard))
            #expect(try bench.hash(bench.keys.session(third))["mission_id"] == other.description)
            #expect(try bench.hash(bench.keys.session(third))["version"] == "1")
        }
    }

    /// A stranger neither keeps it hot nor learns more than that there is none.
    @Test func aStrangersLookKeepsNothingHot() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            try await bench.flush([], missions: [id])
            try bench.server.command("PEXPIRE", bench.keys.mission(id), "60000")
            let stranger = try bench.neighbour()
            try await bench.refused(.miss) { try await bench.store.mission(id, of: stranger, using: true) }
            #expect(try bench.ttl(bench.keys.mission(id)) <= 60_000)
        }
    }
}
