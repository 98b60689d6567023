import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// A link stands in both hashes, the session's and the mission's, and never in one alone.
@Suite(.timeLimit(.minutes(1))) struct MissionLinkTests {
    /// A mission and its session, flushed, with the mission on its way out.
    private func lingering(_ bench: HotBench, in session: SessionID?) async throws -> MissionID {
        let id = try await bench.mission(in: session)
        try await bench.flush([], missions: [id])
        try bench.server.command("PEXPIRE", bench.keys.mission(id), "60000")
        return id
    }

    private func unlinked(_ bench: HotBench) async throws -> String? {
        let entry = try #require(try await bench.entries().last)
        return entry.fields.first { $0.name == "unlinked" }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    @Test(arguments: [1, 16]) func aMissionMovesBetweenSessionsByUnlinking(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let first = try await bench.session(), second = try await bench.session()
            let id = try await lingering(bench, in: nil)
            let linked = try bench.done(try await bench.store.update(bench.update(first, mission: .link(id))))
            #expect(linked.missionID == id && linked.version == 2)
            try await bench.expectMission(id, in: first, at: linked.logID)
            #expect(try await bench.newest().change.missionID == .some(id))
            #expect(try await unlinked(bench) == nil)
            try await bench.refused(.missionTaken) {
                try await bench.store.update(bench.update(second, mission: .link(id)))
            }

            try bench.server.command("PEXPIRE", bench.keys.mission(id), "60000")
            try await bench.refused(.linked(id)) { try await bench.store.update(bench.update(first, mission: .unlink)) }
            let free = try bench.done(
                try await bench.store.update(bench.update(first, mission: .unlink, linked: KnownLink(mission: id))))
            #expect(free.missionID == nil)
            try await bench.expectMission(id, in: nil, at: free.logID)
            #expect(try await bench.newest().change.missionID == .some(nil))
            #expect(try await unlinked(bench) == id.description)

            let moved = try bench.done(try await bench.store.update(bench.update(second, mission: .link(id))))
            try await bench.expectMission(id, in: second, at: moved.logID)
            #expect(try await bench.tree(id).version == 1, "a link is no change of the mission")
            #expect(try await bench.loaded(first).missionID == nil)
        }
    }

    @Test(arguments: [1, 16]) func linkingAnotherMissionUnlinksTheFirst(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let first = try await lingering(bench, in: id), second = try await lingering(bench, in: nil)
            try await bench.refused(.linked(first)) {
                try await bench.store.update(bench.update(id, mission: .link(second)))
            }
            let session = try bench.done(
                try await bench.store.update(
                    bench.update(id, mission: .link(second), linked: KnownLink(mission: first))))
            #expect(session.missionID == second)
            try await bench.expectMission(first, in: nil, at: session.logID)
            try await bench.expectMission(second, in: id, at: session.logID)
            #expect(try await bench.newest().change.missionID == .some(second))
            #expect(try await unlinked(bench) == first.description)
        }
    }

    @Test func linkingItsOwnMissionAgainUnlinksNothing() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let mission = try await lingering(bench, in: id)
            for known in [nil, KnownLink(mission: mission)] {
                let session = try bench.done(
                    try await bench.store.update(bench.update(id, mission: .link(mission), linked: known)))
                try await bench.expectMission(mission, in: id, at: session.logID)
                #expect(try await unlinked(bench) == nil)
            }
            // What is known of a link matters only where one is to be undone.
            let other = try await lingering(bench, in: nil)
            let before = try bench.hash(bench.keys.mission(other))
            let kept = try bench.done(
                try await bench.store.update(bench.update(id, name: "x", linked: KnownLink(mission: other))))
            #expect(kept.missionID == mission)
            #expect(try bench.hash(bench.keys.mission(other)) == before)
        }
    }

    private static let undoings:
        [(String, @Sendable (HotBench, SessionID, KnownLink?) async throws -> HotReply<Void>)] = [
            ("unlink", { try await $0.store.update($0.update($1, mission: .unlink, linked: $2)).map { _ in } }),
            ("delete", { try await $0.store.delete($0.deletion($1, linked: $2)).map { _ in } }),
            ("create", { try await $0.store.create($0.newMission(in: $1, linked: $2)).map { _ in } }),
        ]

    /// Else it could be read from SQLite as still linked.
    @Test(arguments: undoings.map(\.0)) func aMissionIsHotWhenItIsUnlinked(_ name: String) async throws {
        let undo = try #require(Self.undoings.first { $0.0 == name }).1
        try await withHotTier { bench in
            let id = try await bench.session()
            let mission = try await lingering(bench, in: id)
            // As an older schema left it: as good as not there.
            let document = String(decoding: bench.document(mission), as: UTF8.self)
            try bench.server.command("DEL", bench.keys.mission(mission))
            try await bench.refused(.missionMiss(mission)) { try await undo(bench, id, KnownLink(mission: mission)) }
            try bench.server.command("HSET", bench.keys.mission(mission), "mission", document)
            try bench.server.command("PEXPIRE", bench.keys.mission(mission), "60000")
            try await bench.refused(.missionMiss(mission)) { try await undo(bench, id, KnownLink(mission: mission)) }
        }
    }

    @Test(arguments: undoings.map(\.0)) func aLostMissionKeepsNobodyWaiting(_ name: String) async throws {
        let undo = try #require(Self.undoings.first { $0.0 == name }).1
        try await withHotTier { bench in
            let id = try await bench.session()
            let mission = try await lingering(bench, in: id)
            try bench.server.command("DEL", bench.keys.mission(mission))
            _ = try bench.done(try await undo(bench, id, KnownLink(mission: mission, isLost: true)))
            #expect(try !bench.exists(bench.keys.mission(mission)))
            #expect(try await unlinked(bench) == mission.description)
            #expect(try bench.hash(bench.keys.session(id))["mission_id"] != mission.description)
        }
    }

    @Test(arguments: [1, 16]) func aDeletedSessionLeavesItsMission(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let id = try await bench.session()
            let mission = try await lingering(bench, in: id)
            try await bench.refused(.linked(mission)) { try await bench.store.delete(bench.deletion(id)) }
            let log = try bench.done(
                try await bench.store.delete(bench.deletion(id, linked: KnownLink(mission: mission))))
            try await bench.expectMission(mission, in: nil, at: log)
            #expect(try !bench.exists(bench.keys.session(id)))
            guard case .deletion(id, bench.user) = try Change(try #require(try await bench.entries().last)) else {
                throw TestingError("no deletion in the log")
            }
            #expect(try await unlinked(bench) == mission.description)
            try await bench.flush([bench.settled(id, nil)], missions: [mission])
            try bench.expectLingering(bench.keys.mission(mission))
        }
    }

    @Test func anAbandonedSessionThatLinksIsActive() async throws {
        try await withHotTier { bench in
            let id = try await bench.session(.abandoned)
            let mission = try await bench.mission()
            let session = try bench.done(try await bench.store.update(bench.update(id, mission: .link(mission))))
            #expect(session.status == .active && session.missionID == mission)
            try bench.expectIndexes(id, .active)
        }
    }

    @Test func ofManySessionsOneGetsTheMission() async throws {
        try await withHotTier { bench in
            let mission = try await bench.mission()
            let won = try await withThrowingTaskGroup(of: SessionID?.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        let id = try await bench.session()
                        return try await bench.store.update(bench.update(id, mission: .link(mission))).isDone ? id : nil
                    }
                }
                return try await group.reduce(into: [SessionID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(won.count == 1)
            #expect(try await bench.tree(mission).sessionID == won.first)
        }
    }
}
