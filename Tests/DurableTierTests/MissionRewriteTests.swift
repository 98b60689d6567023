import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// A mission in quarantine is written out whole from its hot copy.
@Suite struct MissionRewriteTests {
    let folder = TemporaryFolder()

    /// A mission at version 1 that SQLite has, and the session that it is linked to.
    private struct Scene {
        let store: SQLiteStore
        var cursor: LogID
        var plan: MissionModel
        let session: SessionID
        let hops: [HopID]
        let steps: [ToolStepID]
        let small: AssetID
        let large: AssetID
        let without: AssetID

        var subject: Subject { .mission(plan.id) }

        func copy(at logID: LogID) throws -> HotCopy {
            let tree = try plan.tree(logID: logID, session: session)
            return .mission(DurableMission(tree: tree, contents: plan.expectedContents))
        }
    }

    /// A content of its own that is not hot once it is flushed.
    private static func large(_ letter: Character) -> [UInt8] {
        Array("\"\(String(repeating: letter, count: MissionLimits.hotContentBytes))\"".utf8)
    }

    private func scene(_ journal: inout Journal) async throws -> Scene {
        let store = try await openStore(in: folder)
        var plan = MissionModel(journal.newMission(), name: "plan")
        let hops = (1...3).map { plan.addHop(name: "hop \($0)") }
        let steps = [hops[0], hops[0], hops[1]].map { plan.addStep(to: $0) }
        let small = plan.addAsset(.hop(hops[1]), content: "1")
        let large = plan.addAsset(content: String(decoding: Self.large("a"), as: UTF8.self))
        let without = plan.addAsset(.hop(hops[2]))
        let session = journal.newSession()
        journal.session(
            journal.common("create", session, "7", version: 1)
                + [("name", "n"), ("mission_id", plan.id.description)], mission: plan.id, version: 1,
            plan.takeParts())
        let batch = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(batch.deadLetters == 0)
        return Scene(
            store: store, cursor: batch.cursor, plan: plan, session: session, hops: hops, steps: steps, small: small,
            large: large, without: without)
    }

    /// Writes the plan's changes as an entry that can't be understood.
    private func writeBad(_ scene: inout Scene, _ journal: inout Journal) {
        scene.plan.write(to: &journal)
        for entry in journal.take() {
            journal.add(raw: entry.fields + [LogEntry.Field(name: "colour", value: Array("red".utf8))])
        }
    }

    /// Applies what the journal has, all of which is set aside.
    private func setAside(_ scene: inout Scene, _ journal: inout Journal) async throws -> [LogEntry] {
        let entries = journal.take()
        let batch = try await scene.store.apply(entries, after: scene.cursor, in: shard0)
        #expect(batch.deadLetters == entries.count)
        #expect(try await scene.store.quarantined(of: shard0, limit: 9) == [scene.subject])
        scene.cursor = batch.cursor
        return entries
    }

    /// That SQLite has all of the plan, as the entry `logID` left it.
    private func expectAll(of scene: Scene, at logID: LogID) async throws {
        let found = try #require(try await scene.store.mission(scene.plan.id, of: user7))
        #expect(found.tree.sorted == (try scene.plan.tree(logID: logID, session: scene.session).sorted))
        #expect(found.contents == scene.plan.expectedContents)
        for asset in scene.plan.assets.keys {
            let content = try await scene.store.content(of: asset, in: scene.plan.id, user: user7)
            #expect(content == scene.plan.contents[asset])
        }
        let counts = try inspect(folder) { db in
            #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            return try ["missions", "hops", "tool_steps", "assets", "asset_contents"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
            }
        }
        let plan = scene.plan
        #expect(counts == [1, plan.hops.count, plan.steps.count, plan.assets.count, plan.contents.count])
    }

    private func letters() throws -> (all: Int?, healed: Int?) {
        try inspect(folder) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters"),
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters WHERE healed_at IS NOT NULL")
            )
        }
    }

    @Test func allThatWaitedIsInItAndItGoesOn() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        // Of the first large content only the dead letter knows, of the second only the one that waits; of the third SQLite.
        let onlyThere = scene.plan.addAsset(content: String(decoding: Self.large("b"), as: UTF8.self))
        let comes = scene.plan.addAsset(.hop(scene.hops[1]))
        scene.plan.put(content: Array("[2]".utf8), of: scene.small)
        scene.plan.remove(hop: scene.hops[0])
        writeBad(&scene, &journal)
        scene.plan.put(content: Self.large("c"), of: comes)
        scene.plan.remove(asset: scene.without)
        scene.plan.addStep(to: scene.plan.addHop(name: "new"))
        scene.plan.write(to: &journal)
        let last = try #require(try await setAside(&scene, &journal).last)
        let cold = [onlyThere, comes, scene.large]
        #expect(cold.allSatisfy { scene.plan.expectedContents[$0] == .cold })

        let copies: [Subject: HotCopy?] = [scene.subject: try scene.copy(at: last.id)]
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
        #expect(try await scene.store.quarantined(of: shard0, limit: 9).isEmpty)
        try await expectAll(of: scene, at: last.id)
        #expect(try letters() == (2, 2), "they are kept, and marked")

        scene.plan.remove(hop: scene.hops[1])
        scene.plan.addAsset(content: "3")
        scene.plan.write(to: &journal)
        let next = journal.take()
        #expect(try await scene.store.apply(next, after: scene.cursor, in: shard0).deadLetters == 0)
        try await expectAll(of: scene, at: next[0].id)
        await scene.store.close()
    }

    @Test func aMissionThatSQLiteNeverHadIsWrittenToo() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        plan.addStep(to: plan.addHop())
        let asset = plan.addAsset(content: String(decoding: Self.large("a"), as: UTF8.self))
        let session = journal.newSession()
        journal.session(
            journal.common("create", session, "7", version: 1) + [("name", "n"), ("colour", "red")], mission: plan.id,
            version: 1, plan.takeParts())
        let entry = try #require(journal.entries.last)
        let batch = try await store.apply(journal.take(), after: .zero, in: shard0)
        let subjects: [Subject] = [.session(session), .mission(plan.id)]
        #expect(try await store.quarantined(of: shard0, limit: 9) == subjects)

        // The session's quarantine goes on: what was about both waits still.
        let tree = try plan.tree(logID: entry.id)
        let copy = HotCopy.mission(DurableMission(tree: tree, contents: plan.expectedContents))
        #expect(try await store.heal([.mission(plan.id): copy], of: shard0, at: batch.cursor) == Rewriting())
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.session(session)])
        #expect(try letters() == (1, 0))
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree.sorted == tree.sorted && found.contents == [asset: .cold])
        #expect(try await store.content(of: asset, in: plan.id, user: user7) == Self.large("a"))

        let made = UserSession(
            id: session, userID: user7, name: "n", status: .active, version: 1, logID: entry.id, messageCount: 0,
            createdAt: MissionModel.time, updatedAt: MissionModel.time, lastActivityAt: MissionModel.time)
        let copies: [Subject: HotCopy?] = [.session(session): .session(made, messages: [])]
        #expect(try await store.heal(copies, of: shard0, at: batch.cursor) == Rewriting())
        #expect(try letters() == (1, 1))
        await store.close()
    }

    /// The hot copy says of a large content only that it has been flushed or set aside, not where it is now.
    @Test func aLargeContentIsTheNewestOfWhatWaitedAndWhatSQLiteHas() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        let second = scene.plan.addAsset(content: String(decoding: Self.large("b"), as: UTF8.self))
        scene.plan.write(to: &journal)
        let stored = try await scene.store.apply(journal.take(), after: scene.cursor, in: shard0)
        #expect(stored.deadLetters == 0)
        scene.cursor = stored.cursor

        // Both are changed by what is set aside, one of them twice.
        scene.plan.put(content: Self.large("c"), of: scene.large)
        writeBad(&scene, &journal)
        scene.plan.put(content: Self.large("d"), of: scene.large)
        scene.plan.put(content: Self.large("e"), of: second)
        scene.plan.write(to: &journal)
        let last = try #require(try await setAside(&scene, &journal).last)
        let copies: [Subject: HotCopy?] = [scene.subject: try scene.copy(at: last.id)]
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
        try await expectAll(of: scene, at: last.id)
        await scene.store.close()
    }

    /// What was set aside once and never healed is older than what SQLite has, or newer than what the hot tier has.
    @Test func aLargeContentIsNoneThatTheCopyNeverHadOrHasNoMore() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        journal.mission("amend", scene.plan.id, version: 9, [.content(scene.large): Self.large("x")])
        _ = try await setAside(&scene, &journal)
        _ = try await scene.store.heal([scene.subject: .none], of: shard0, at: scene.cursor)
        #expect(try letters() == (1, 0))
        scene.plan.put(content: Self.large("b"), of: scene.large)
        scene.plan.write(to: &journal)
        let stored = try await scene.store.apply(journal.take(), after: scene.cursor, in: shard0)
        #expect(stored.deadLetters == 0)
        scene.cursor = stored.cursor

        scene.plan.mission.name = "changed"
        writeBad(&scene, &journal)
        let last = try #require(journal.entries.last)
        journal.mission("amend", scene.plan.id, version: 9, [.content(scene.large): Self.large("y")])
        _ = try await setAside(&scene, &journal)
        let copies: [Subject: HotCopy?] = [scene.subject: try scene.copy(at: last.id)]
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
        try await expectAll(of: scene, at: last.id)
        await scene.store.close()
    }

    @Test func whatIsInTheCopyAlreadyIsPassedOver() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        scene.plan.mission.name = "set aside"
        writeBad(&scene, &journal)
        _ = try await setAside(&scene, &journal)

        // The hot tier is ahead: what brought it there is still in the log, and so is its content.
        let ahead = scene.plan.addAsset(content: String(decoding: Self.large("b"), as: UTF8.self))
        scene.plan.write(to: &journal)
        scene.plan.remove(hop: scene.hops[0])
        scene.plan.write(to: &journal)
        let coming = journal.take()
        var contents = scene.plan.expectedContents
        contents[ahead] = .here(Self.large("b"))
        let tree = try scene.plan.tree(logID: coming[1].id, session: scene.session)
        let copies: [Subject: HotCopy?] = [scene.subject: .mission(DurableMission(tree: tree, contents: contents))]
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
        try await expectAll(of: scene, at: coming[1].id)

        for entry in coming {
            let batch = try await scene.store.apply([entry], after: scene.cursor, in: shard0)
            #expect(batch.deadLetters == 0)
            scene.cursor = batch.cursor
            try await expectAll(of: scene, at: coming[1].id)
        }
        scene.plan.addHop(name: "behind the copy")
        scene.plan.write(to: &journal)
        let next = journal.take()
        #expect(try await scene.store.apply(next, after: scene.cursor, in: shard0).deadLetters == 0)
        try await expectAll(of: scene, at: next[0].id)
        await scene.store.close()
    }

    @Test func aCopyThatIsBehindEndsTheQuarantineAndChangesNothing() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        let behind = try scene.copy(at: scene.cursor)
        scene.plan.remove(hop: scene.hops[1])
        scene.plan.put(content: Self.large("b"), of: scene.large)
        scene.plan.write(to: &journal)
        let entry = try #require(journal.entries.last)
        scene.cursor = try await scene.store.apply(journal.take(), after: scene.cursor, in: shard0).cursor
        journal.mission("amend", scene.plan.id, version: 9)
        _ = try await setAside(&scene, &journal)

        #expect(
            try await scene.store.heal([scene.subject: behind], of: shard0, at: scene.cursor) == Rewriting())
        #expect(try await scene.store.quarantined(of: shard0, limit: 9).isEmpty)
        try await expectAll(of: scene, at: entry.id)
        scene.plan.addHop(name: "new")
        scene.plan.write(to: &journal)
        let next = journal.take()
        #expect(try await scene.store.apply(next, after: scene.cursor, in: shard0).deadLetters == 0)
        try await expectAll(of: scene, at: next[0].id)
        await scene.store.close()
    }

    static let foreignHop = HopID(high: 1, low: 2)

    /// Each makes a copy that can't be written.
    static let garbage: [(String, @Sendable (inout DurableMission, MissionModel) -> Void)] = [
        ("another user's document", { mission, _ in mission.tree.userID = UserID("8") ?? user7 }),
        ("a mission that is no JSON", { mission, _ in mission.tree.mission = Array("{".utf8) }),
        ("no mission at all", { mission, _ in mission.tree.mission = [] }),
        ("another's mission", { mission, other in mission.tree.mission = other.mission.document() }),
        ("a hop that is no JSON", { mission, _ in mission.tree.hops[0].document = Array("{]".utf8) }),
        ("a hop under another's id", { mission, _ in mission.tree.hops[0].id = foreignHop }),
        ("a gap between hops", { mission, _ in mission.tree.hops.remove(at: 0) }),
        (
            "two hops of the same number",
            { mission, _ in
                guard var hop = try? Hop(document: mission.tree.hops[1].document) else { return }
                hop.sequence = 1
                mission.tree.hops[1].document = hop.document()
            }
        ),
        ("a gap between steps", { mission, _ in mission.tree.steps.removeAll { $0.sequence == 1 } }),
        ("a step in no hop", { mission, _ in mission.tree.hops.removeLast(2) }),
        (
            "an asset in no hop",
            { mission, other in
                let asset = Asset(
                    id: mission.tree.assets[0].id, userID: user7, missionID: mission.tree.id, scope: .hop(foreignHop),
                    name: "a", role: .output, createdAt: MissionModel.time, updatedAt: MissionModel.time)
                mission.tree.assets[0].document = asset.document()
            }
        ),
        ("an asset that is no asset", { mission, _ in mission.tree.assets[0].document = Array("[]".utf8) }),
        (
            "a content that is no JSON",
            { mission, _ in mission.contents[mission.tree.assets[0].id] = .here(Array("{]".utf8)) }
        ),
        ("an empty content", { mission, _ in mission.contents[mission.tree.assets[0].id] = .here([]) }),
        (
            "a content of no asset",
            { mission, _ in mission.contents[AssetID(high: 1, low: 2)] = .here(Array("1".utf8)) }
        ),
        (
            "the content of another mission's asset",
            { mission, other in for id in other.assets.keys { mission.contents[id] = .cold } }
        ),
        // What only SQLite finds out.
        (
            "another mission's hop",
            { mission, other in
                for id in other.hops.keys {
                    let hop = Hop(
                        id: id, missionID: mission.tree.id, sequence: Int64(mission.tree.hops.count) + 1,
                        name: "stolen",
                        createdAt: MissionModel.time, updatedAt: MissionModel.time)
                    if let entry = try? MissionTree.HopEntry(document: hop.document()) {
                        mission.tree.hops.append(entry)
                    }
                }
            }
        ),
    ]

    @Test(arguments: garbage.indices) func aCopyThatIsGarbageIsRefusedAndChangesNothing(_ index: Int) async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        var other = MissionModel(journal.newMission(), name: "other")
        other.addAsset(.hop(other.addHop()), content: "1")
        other.write(to: &journal)
        scene.cursor = try await scene.store.apply(journal.take(), after: scene.cursor, in: shard0).cursor
        scene.plan.mission.name = "set aside"
        writeBad(&scene, &journal)
        let last = try #require(try await setAside(&scene, &journal).last)
        guard case .mission(var mission) = try scene.copy(at: last.id) else { return }
        Self.garbage[index].1(&mission, other)
        let copies: [Subject: HotCopy?] = [scene.subject: .mission(mission)]
        let before = try dump(folder)
        let refused = Rewriting(refused: [scene.subject])
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == refused)
        #expect(try dump(folder) == before, "\(Self.garbage[index].0)")
        #expect(try await scene.store.quarantined(of: shard0, limit: 9) == [scene.subject])
        #expect(try letters() == (1, 0))
        // Without the garbage it is taken.
        let good: [Subject: HotCopy?] = [scene.subject: try scene.copy(at: last.id)]
        #expect(try await scene.store.heal(good, of: shard0, at: scene.cursor) == Rewriting())
        #expect(try await scene.store.mission(scene.plan.id, of: user7)?.tree.version == scene.plan.version)
        await scene.store.close()
    }

    @Test func aCopyOfAnotherShardIsRefusedAndThoseBesideItAreWritten() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        scene.plan.mission.name = "set aside"
        writeBad(&scene, &journal)
        let last = try #require(try await setAside(&scene, &journal).last)
        let stranger = MissionModel(Journal(shard: Shard(number: 3)).newMission(), name: "elsewhere")
        let tree = try stranger.tree(logID: last.id)
        let copies: [Subject: HotCopy?] = [
            .mission(stranger.id): .mission(DurableMission(tree: tree, contents: [:])),
            scene.subject: try scene.copy(at: last.id),
        ]
        let outcome = try await scene.store.heal(copies, of: shard0, at: scene.cursor)
        #expect(outcome == Rewriting(refused: [.mission(stranger.id)]))
        #expect(try await scene.store.quarantined(of: shard0, limit: 9).isEmpty)
        try await expectAll(of: scene, at: last.id)
        await scene.store.close()
    }

    @Test func aDeletedMissionWaitsForItsDeletion() async throws {
        var journal = Journal()
        var scene = try await scene(&journal)
        scene.plan.mission.name = "set aside"
        writeBad(&scene, &journal)
        _ = try await setAside(&scene, &journal)
        let id = scene.plan.id
        scene.plan.write(to: &journal)
        scene.plan.discard(to: &journal)
        let coming = journal.take()
        let copies: [Subject: HotCopy?] = [scene.subject: .deletedMission(id, user7, coming[1].id)]
        for entry in coming {
            let before = try dump(folder)
            #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
            #expect(try await scene.store.quarantined(of: shard0, limit: 9) == [scene.subject])
            #expect(try dump(folder) == before, "its deletion is still to come")
            let batch = try await scene.store.apply([entry], after: scene.cursor, in: shard0)
            #expect(batch.deadLetters == 1)
            scene.cursor = batch.cursor
        }
        #expect(try await scene.store.mission(id, of: user7)?.tree.version == 1)
        #expect(try letters() == (3, 0))
        #expect(try await scene.store.heal(copies, of: shard0, at: scene.cursor) == Rewriting())
        #expect(try await scene.store.quarantined(of: shard0, limit: 9).isEmpty)
        #expect(try await scene.store.mission(id, of: user7) == nil)
        #expect(try letters() == (3, 3))
        let rows = try inspect(folder) { db in
            try ["missions", "hops", "tool_steps", "assets", "asset_contents"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
            }
        }
        #expect(rows == [0, 0, 0, 0, 0])
        await scene.store.close()
    }
}
