import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// A session's mission comes along with it, in one exchange, once it is known which that is: as it is at that moment, or not
/// at all.
@Suite struct MissionAlongTests {
    private func along(_ id: SessionID, _ bench: HotBench) async throws -> MissionTree? {
        try bench.done(try await bench.store.load(id, of: bench.user, messages: 1, touching: false)).mission
    }

    @Test func aKnownMissionComesAlong() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let mission = try await bench.mission(in: session)
            #expect(try await along(session, bench) == nil, "which it is, is not known yet")
            let whole = try bench.done(try await bench.store.mission(mission, of: bench.user, using: false))
            #expect(try await along(session, bench) == whole)
            #expect(try await along(session, bench) == whole)
            let without = try bench.done(
                try await bench.store.load(session, of: bench.user, messages: 0, touching: false))
            #expect(without.mission == nil)
        }
    }

    /// Under every change it is the present one or none, and with one more look the present one.
    @Test func whatComesAlongIsNeverOutOfDate() async throws {
        var generator = SeededGenerator.announced()
        try await withHotTier { bench in
            let session = try await bench.session()
            var mission = try await bench.mission(in: session)
            var along = 0
            for number in 0..<400 {
                let now = try bench.done(try await bench.store.mission(mission, of: bench.user, using: false))
                switch Int.random(in: 0..<12, using: &generator) {
                case 0, 1, 2:
                    let parts: [MissionPart: [UInt8]] = [.mission: bench.document(mission, name: "n\(number)")]
                    _ = try bench.done(
                        try await bench.store.amend(
                            bench.amendment(mission, upon: now.version, parts, in: now.sessionID)))
                case 3:
                    var creation = bench.newMission(in: session, linked: KnownLink(mission: mission))
                    creation.session = session
                    mission = try bench.done(try await bench.store.create(creation)).id
                case 4:
                    // Gone, and filled again.
                    try bench.server.command("DEL", bench.keys.mission(mission))
                    let durable = DurableMission(tree: now, contents: [:])
                    let time = Timestamp(milliseconds: try bench.now())
                    #expect(try await bench.store.hydrate(durable, readAt: time) == .created)
                default: break
                }
                let loaded = try bench.done(
                    try await bench.store.load(session, of: bench.user, messages: 1, touching: false))
                let present = try bench.done(try await bench.store.mission(mission, of: bench.user, using: false))
                #expect(loaded.session.missionID == mission)
                if let tree = loaded.mission {
                    along += 1
                    #expect(tree == present)
                }
            }
            #expect(along > 100)
        }
    }

    @Test func anUnlinkedOrDeletedMissionDoesNotComeAlong() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let mission = try await bench.mission(in: session)
            for _ in 0..<2 { _ = try await along(session, bench) }
            var update = bench.update(session, mission: .unlink)
            update.linked = KnownLink(mission: mission)
            _ = try bench.done(try await bench.store.update(update))
            #expect(try await along(session, bench) == nil)
            _ = try bench.done(try await bench.store.update(bench.update(session, mission: .link(mission))))
            for _ in 0..<3 { _ = try await along(session, bench) }
            let deletion = MissionDeletion(id: mission, userID: bench.user, condition: .any, session: session)
            _ = try bench.done(try await bench.store.discard(deletion))
            #expect(try await along(session, bench) == nil)
        }
    }

    /// A large one is sent each time, and not kept.
    @Test func aLargeMissionIsNotKept() async throws {
        try await withHotTier { bench in
            let session = try await bench.session()
            let mission = try await bench.mission(in: session)
            var parts: [MissionPart: [UInt8]] = [:]
            for number in 0..<200 {
                let hop: HopID = bench.newID()
                parts[.hop(hop)] = bench.hop(hop, of: mission, sequence: Int64(number) + 1)
            }
            _ = try bench.done(try await bench.store.amend(bench.amendment(mission, upon: 1, parts, in: session)))
            let whole = try bench.done(try await bench.store.mission(mission, of: bench.user, using: false))
            #expect(whole.byteCount > RedisHotStore.longestKeptTree && bench.store.trees[mission] == nil)
            _ = try await along(session, bench)
            #expect(try await along(session, bench) == whole && bench.store.trees[mission] == nil)
        }
    }
}
