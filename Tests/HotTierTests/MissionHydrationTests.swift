import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

extension HotBench {
    /// A mission as SQLite has it, with a hop, a tool step, and assets with a small content, a large one, and none.
    func coldMission(_ id: MissionID? = nil, in session: SessionID? = nil) async throws -> DurableMission {
        let id = id ?? newID()
        let hop: HopID = newID(), step: ToolStepID = newID()
        let assets: [AssetID] = [newID(), newID(), newID()]
        let tree = MissionTree(
            id: id, userID: user, version: 7, logID: LogID(milliseconds: 5, sequence: 6), sessionID: session,
            mission: document(id, name: "cold"),
            hops: [try MissionTree.HopEntry(document: self.hop(hop, of: id))],
            steps: [try MissionTree.StepEntry(document: self.step(step, of: hop))],
            assets: try assets.map { try MissionTree.AssetEntry(document: asset($0, of: id)) })
        return DurableMission(
            tree: tree, contents: [assets[0]: .here(HotBench.content(9)), assets[1]: .cold, assets[2]: .none])
    }

    func hydrate(_ mission: DurableMission, age: Int64 = 0) async throws -> Hydration {
        try await store.hydrate(mission, readAt: Timestamp(milliseconds: try now() - age))
    }
}

@Suite(.timeLimit(.minutes(1))) struct MissionHydrationTests {
    @Test(arguments: [1, 16]) func aMissIsFilledWithAllOfIt(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let cold = try await bench.coldMission()
            let log = try bench.server.command("DUMP", bench.keys.log)
            #expect(try await bench.hydrate(cold) == .created)
            #expect(try bench.server.command("DUMP", bench.keys.log) == log, "no entry")
            #expect(try await bench.tree(cold.tree.id) == cold.tree)
            for (asset, content) in cold.contents {
                #expect(try await bench.content(asset, in: cold.tree.id) == content)
            }
            #expect(try await bench.store.unsettledMissions(of: bench.user).isEmpty)
            let summary = try #require(try await bench.store.missions([cold.tree.id], of: bench.user)[0])
            #expect(summary.version == 7 && summary.mission.name == "cold")
            // And it is one that can be written to.
            let made = try bench.done(try await bench.store.amend(bench.amendment(cold.tree.id, upon: 7)))
            #expect(made.version == 8)
            try await bench.expectMission(cold.tree.id, in: nil, at: made.logID)
        }
    }

    @Test func itStaysAsLongAsItsSession() async throws {
        try await withHotTier { bench in
            let active = try await bench.session(), unflushed = try await bench.session(.completed)
            let leaving = try await bench.session(.completed)
            try bench.server.command("PEXPIRE", bench.keys.session(leaving), "60000")
            for (session, stays) in [
                (active, true), (unflushed, true), (leaving, false), (bench.newID(), false), (nil, false),
            ] as [(SessionID?, Bool)] {
                let cold = try await bench.coldMission(in: session)
                #expect(try await bench.hydrate(cold) == .created)
                #expect(try await bench.tree(cold.tree.id) == cold.tree)
                let key: String = bench.keys.mission(cold.tree.id)
                if stays { #expect(try bench.ttl(key) == -1) } else { try bench.expectLingering(key) }
            }
        }
    }

    @Test func whatIsThereIsNeverOverwritten() async throws {
        try await withHotTier { bench in
            let cold = try await bench.coldMission(try await bench.mission())
            let before = try bench.dump()
            #expect(try await bench.hydrate(cold) == .present)
            #expect(try bench.dump() == before)
        }
    }

    @Test func whatWasDiscardedIsNeverRevived() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let cold = try await bench.coldMission(id)
            _ = try bench.done(try await bench.store.discard(bench.deletion(id)))
            #expect(try await bench.hydrate(cold) == .deleted)
            try await bench.flush([], missions: [id])
            #expect(try await bench.hydrate(cold) == .deleted, "the tombstone outlives the flush")
            // Gone at last; a read that began before is too old by then.
            try bench.server.command("DEL", bench.keys.gone(id))
            #expect(try await bench.hydrate(cold, age: LifecyclePolicy.flushedTombstone) == .stale)
            #expect(try !bench.exists(bench.keys.mission(id)))
        }
    }

    @Test func anOldReadFillsNothing() async throws {
        try await withHotTier { bench in
            let cold = try await bench.coldMission()
            let before = try bench.dump()
            #expect(try await bench.hydrate(cold, age: LifecyclePolicy.oldestHydration + 1) == .stale)
            #expect(try bench.dump() == before)
            #expect(try await bench.hydrate(cold, age: LifecyclePolicy.oldestHydration - 1000) == .created)
        }
    }

    @Test func ofManyAtOnceOneFills() async throws {
        try await withHotTier { bench in
            let cold = try await bench.coldMission()
            let outcomes = try await withThrowingTaskGroup(of: Hydration.self) { group in
                for _ in 0..<50 { group.addTask { try await bench.hydrate(cold) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .created } == 1)
            #expect(outcomes.allSatisfy { $0 == .created || $0 == .present })
        }
    }

    /// There a mission was one document that never changed.
    @Test func anOlderSchemasHashIsAMissAndIsReplaced() async throws {
        try await withHotTier { bench in
            let cold = try await bench.coldMission()
            let id = cold.tree.id, key: String = bench.keys.mission(id)
            try bench.server.command("HSET", key, "mission", String(decoding: bench.document(id), as: UTF8.self))
            try bench.server.command("PEXPIRE", key, "60000")
            let session = try await bench.session()
            try await bench.refused(.miss) { try await bench.store.mission(id, of: bench.user, using: false) }
            try await bench.refused(.miss) { try await bench.store.look(at: id, of: bench.user, idempotency: nil) }
            try await bench.refused(.miss) {
                try await bench.store.content(of: bench.newID(), in: id, of: bench.user)
            }
            try await bench.refused(.miss) { try await bench.store.amend(bench.amendment(id)) }
            try await bench.refused(.missionMiss(id)) { try await bench.store.discard(bench.deletion(id)) }
            try await bench.refused(.missionMiss(id)) {
                try await bench.store.update(bench.update(session, mission: .link(id)))
            }
            #expect(try await bench.store.missions([id], of: bench.user)[0] == nil)
            #expect(try await bench.hydrate(cold) == .created)
            #expect(try await bench.tree(id) == cold.tree)
            try bench.expectLingering(key)
        }
    }

    /// As everything else in the hash: better an error than another mission than was written.
    @Test(arguments: ["version", "log_id", "session_id", "user_id", "mission", "hop:"])
    func aHashThatMakesNoSenseIsNoMission(_ field: String) async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let field = field == "hop:" ? "hop:\(HopID(high: 1, low: 2))" : field
            try bench.server.command(
                "HSET", bench.keys.mission(id), field, field == "user_id" || field == "mission" ? "" : "?")
            if field == "mission" { try bench.server.command("HDEL", bench.keys.mission(id), field) }
            func isBroken(_ error: HotError) -> Bool { if case .broken = error { true } else { false } }
            try await bench.thrown(isBroken) { _ = try await bench.store.mission(id, of: bench.user, using: false) }
        }
    }
    @Test func whatNoNameIsKnownOfIsPassedOver() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let tree = try await bench.tree(id)
            try bench.server.command("HSET", bench.keys.mission(id), "other", "?")
            #expect(try await bench.tree(id) == tree)
        }
    }
}
