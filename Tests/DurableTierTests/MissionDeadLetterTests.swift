import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionDeadLetterTests {
    let folder = TemporaryFolder()

    /// What is there when a bad entry comes: a mission at version 1, with two hops, a step in each, and an asset.
    struct Scene: Sendable {
        var plan: MissionModel
        let hops: [HopID]
        let steps: [ToolStepID]
        let asset: AssetID
        let other: MissionModel
        let otherHop: HopID
        let session: SessionID

        init(_ journal: Journal) {
            var plan = MissionModel(journal.newMission(), name: "ours")
            let hops = [plan.addHop(), plan.addHop()]
            self.hops = hops
            steps = hops.map { plan.addStep(to: $0) }
            asset = plan.addAsset(.hop(hops[0]), content: "1")
            self.plan = plan
            var other = MissionModel(journal.newMission(), name: "another")
            otherHop = other.addHop()
            self.other = other
            session = journal.newSession()
        }

        /// An amendment with `parts` alone.
        func amend(
            _ journal: inout Journal, user: String = "7", version: Int64 = 2, _ parts: [MissionPart: [UInt8]]
        ) {
            journal.mission("amend", plan.id, user, version: version, parts)
        }

        func hop(_ index: Int, _ change: (inout Hop) -> Void) -> [UInt8] {
            guard var hop = plan.hops[hops[index]] else { return [] }
            change(&hop)
            return hop.document()
        }

        func step(_ index: Int, _ change: (inout ToolStep) -> Void) -> [UInt8] {
            guard var step = plan.steps[steps[index]] else { return [] }
            change(&step)
            return step.document()
        }

        func asset(_ change: (inout Asset) -> Void) -> [UInt8] {
            guard var asset = plan.assets[asset] else { return [] }
            change(&asset)
            return asset.document()
        }
    }

    static let foreignHop = HopID(high: 1, low: 2)
    static let foreignAsset = AssetID(high: 1, low: 2)

    static let faults: [(String, @Sendable (inout Journal, Scene) -> Void)] = [
        // What an entry says of itself.
        ("no field mission", { $0.mission("mission", $1.other.id, version: 1, [:]) }),
        ("parts of a mission that is gone", { $0.mission("discard", $1.plan.id, version: 2, [.hop($1.hops[0]): []]) }),
        (
            "no field mid",
            { journal, scene in
                journal.add(journal.common("discard", scene.session, "7", version: 2) + [("mission_id", "")])
            }
        ),
        (
            "mid is not an id",
            { journal, _ in
                journal.add([
                    ("op", "amend"), ("user_id", "7"), ("at", "1"), ("mid", "x"), ("mission_version", "2"),
                ])
            }
        ),
        (
            "no field mission_version",
            { journal, scene in
                journal.add([("op", "discard"), ("user_id", "7"), ("at", "1"), ("mid", scene.plan.id.description)])
            }
        ),
        (
            "unknown field \"hop:x\"",
            { journal, scene in
                journal.add([
                    ("op", "amend"), ("user_id", "7"), ("at", "1"), ("mid", scene.plan.id.description),
                    ("mission_version", "2"), ("hop:x", "{}"),
                ])
            }
        ),
        (
            "the mission belongs to another shard",
            { journal, _ in
                let id = Journal(shard: Shard(number: 3)).newMission()
                journal.mission("mission", id, version: 1, [.mission: MissionModel(id, name: "m").mission.document()])
            }
        ),
        // What SQLite has.
        (
            "the mission exists already",
            { $0.mission("mission", $1.plan.id, version: 1, [.mission: $1.plan.mission.document()]) }
        ),
        (
            "version 2 at the creation of the mission",
            { journal, _ in
                let id = journal.newMission()
                journal.mission("mission", id, version: 2, [.mission: MissionModel(id, name: "m").mission.document()])
            }
        ),
        (
            "there is no such mission",
            { journal, _ in
                let id = journal.newMission()
                journal.mission("amend", id, version: 2, [.mission: MissionModel(id, name: "m").mission.document()])
            }
        ),
        ("the mission is another user's", { $1.amend(&$0, user: "8", [:]) }),
        ("the mission is another user's", { $0.mission("discard", $1.plan.id, "8", version: 2) }),
        ("version 1 of the mission doesn't follow on 1", { $1.amend(&$0, version: 1, [:]) }),
        ("version 3 of the mission doesn't follow on 1", { $1.amend(&$0, version: 3, [:]) }),
        // Documents.
        ("mission: is not JSON", { $1.amend(&$0, [.mission: Array("{".utf8)]) }),
        ("mission: is not JSON", { $1.amend(&$0, [.mission: []]) }),
        ("mission: no id", { $1.amend(&$0, [.mission: Array("{}".utf8)]) }),
        ("hop: no id", { $1.amend(&$0, [.hop($1.hops[0]): Array("{}".utf8)]) }),
        ("tool step: is no object", { $1.amend(&$0, [.step($1.steps[0]): Array("[]".utf8)]) }),
        (
            "asset: is not UTF-8",
            { $1.amend(&$0, [.asset($1.asset): Array("{\"a\":\"".utf8) + [0xff] + Array("\"}".utf8)]) }
        ),
        ("mission is another's", { $1.amend(&$0, [.mission: $1.other.mission.document()]) }),
        (
            "mission is another's",
            { journal, scene in
                var mission = scene.plan.mission
                mission.userID = UserID("8") ?? mission.userID
                scene.amend(&journal, [.mission: mission.document()])
            }
        ),
        ("HOP0 is another's", { $1.amend(&$0, [.hop($1.hops[0]): $1.hop(1) { _ in }]) }),
        (
            "HOP0 is another's",
            { journal, scene in
                scene.amend(&journal, [.hop(scene.hops[0]): scene.hop(0) { $0.missionID = scene.other.id }])
            }
        ),
        ("STEP0 is another's", { $1.amend(&$0, [.step($1.steps[0]): $1.step(1) { _ in }]) }),
        (
            "ASSET is another's",
            { journal, scene in
                scene.amend(&journal, [.asset(scene.asset): scene.asset { $0.userID = UserID("8") ?? $0.userID }])
            }
        ),
        (
            "ASSET is another's",
            { journal, scene in
                scene.amend(&journal, [.asset(scene.asset): scene.asset { $0.id = Self.foreignAsset }])
            }
        ),
        (
            "asset: belongs to another mission",
            { journal, scene in
                scene.amend(
                    &journal,
                    [
                        .asset(scene.asset): scene.asset {
                            $0.scope = .mission
                            $0.missionID = scene.other.id
                        }
                    ])
            }
        ),
        ("the content of asset ASSET is not JSON", { $1.amend(&$0, [.content($1.asset): Array("{]".utf8)]) }),
        // How the parts hang together.
        (
            "tool step STEP0 is in no hop of the mission",
            { journal, scene in
                scene.amend(&journal, [.step(scene.steps[0]): scene.step(0) { $0.hopID = scene.otherHop }])
            }
        ),
        (
            "tool step STEP0 is in no hop of the mission",
            { journal, scene in
                scene.amend(
                    &journal,
                    [
                        .hop(scene.hops[0]): [], .hop(scene.hops[1]): scene.hop(1) { $0.sequence = 1 },
                        .step(scene.steps[0]): scene.step(0) { _ in },
                    ])
            }
        ),
        (
            "tool step STEP0 is another hop's",
            { journal, scene in
                scene.amend(&journal, [.step(scene.steps[0]): scene.step(0) { $0.hopID = scene.hops[1] }])
            }
        ),
        (
            "asset ASSET is in no hop of the mission",
            { journal, scene in
                scene.amend(&journal, [.asset(scene.asset): scene.asset { $0.scope = .hop(Self.foreignHop) }])
            }
        ),
        (
            "there is no asset 00000000-0000-0001-0000-000000000002 that could have a content",
            {
                $1.amend(&$0, [.content(Self.foreignAsset): Array("1".utf8)])
            }
        ),
        ("the hops are not numbered without gaps", { $1.amend(&$0, [.hop($1.hops[0]): []]) }),
        (
            "the hops are not numbered without gaps",
            { journal, scene in
                scene.amend(&journal, [.hop(scene.hops[1]): scene.hop(1) { $0.sequence = 1 }])
            }
        ),
        (
            "the number of hop HOP0 rises",
            { journal, scene in
                scene.amend(&journal, [.hop(scene.hops[0]): scene.hop(0) { $0.sequence = 2 }])
            }
        ),
        (
            "the tool steps of hop HOP0 are not numbered without gaps",
            { journal, scene in
                scene.amend(&journal, [.step(scene.steps[0]): scene.step(0) { $0.sequence = 0 }])
            }
        ),
        // What only SQLite finds out: the id is another mission's.
        (
            "SQLite 1555: UNIQUE constraint failed: hops.id",
            { journal, scene in
                scene.amend(
                    &journal,
                    [
                        .hop(scene.otherHop): scene.hop(0) {
                            $0.id = scene.otherHop
                            $0.sequence = 3
                        }
                    ])
            }
        ),
        // A session's entry is refused whole if its mission doesn't fit, and if the session doesn't.
        (
            "the mission exists already",
            { journal, scene in
                journal.session(
                    journal.common("use", scene.session, "7", version: 2) + [("name", "n")], mission: scene.plan.id,
                    version: 1, [.mission: scene.plan.mission.document()])
            }
        ),
        (
            "the mission exists already",
            { journal, scene in
                let id = journal.newSession()
                journal.session(
                    journal.common("create", id, "8", version: 1) + [("name", "n")], mission: scene.plan.id,
                    version: 1, [.mission: scene.plan.mission.document()])
            }
        ),
        (
            "version 9 doesn't follow on 1",
            { journal, scene in
                journal.session(
                    journal.common("discard", scene.session, "7", version: 9) + [("mission_id", "")],
                    mission: scene.plan.id,
                    version: 2)
            }
        ),
    ]

    /// - Parameter entryByEntry: whether the batch ends with what only SQLite refuses, so that the rest is applied one
    ///   by one.
    @Test(arguments: faults.indices, [false, true])
    func anEntryThatCannotBeAppliedIsSetAsideAndItsNeighboursAreNot(_ index: Int, _ entryByEntry: Bool) async throws {
        let (pattern, fault) = Self.faults[index]
        let store = try await openStore(in: folder)
        var journal = Journal()
        var scene = Scene(journal)
        scene.plan.write(to: &journal)
        var other = scene.other
        other.write(to: &journal)
        journal.create(scene.session)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        let before = [
            try #require(try await store.mission(scene.plan.id, of: user7)),
            try #require(try await store.mission(other.id, of: user7)),
        ]
        let reason =
            pattern
            .replacing("HOP0", with: (pattern.hasPrefix("HOP") ? "hop:" : "") + scene.hops[0].description)
            .replacing("STEP0", with: (pattern.hasPrefix("STEP") ? "step:" : "") + scene.steps[0].description)
            .replacing("ASSET", with: (pattern.hasPrefix("ASSET") ? "asset:" : "") + scene.asset.description)

        var neighbour = MissionModel(journal.newMission(), name: "neighbour")
        neighbour.addHop()
        neighbour.write(to: &journal)
        fault(&journal, scene)
        journal.append(scene.session, version: 2, first: 1)
        other.addHop()
        other.write(to: &journal)
        scene.plan.addStep(to: scene.hops[1])
        scene.plan.write(to: &journal)
        if entryByEntry { stealing(scene.otherHop, &journal) }
        let entries = journal.take()
        let batch = try await store.apply(entries, after: cursor, in: shard0)

        // What comes behind it for the same session or mission waits; for others it doesn't.
        let ill = entries[1].named
        let waiting = entries[2...4].filter { !ill.isDisjoint(with: $0.named) }
        let sessionWaits = ill.contains(.session(scene.session))
        var expected = ["\(entries[1].id) \(reason)"]
        expected += waiting.map { "\($0.id) waits for an earlier one" }
        if entryByEntry { expected.append("\(entries[5].id) SQLite 1555: UNIQUE constraint failed: hops.id") }
        let letters = try inspect(folder) { db in
            try Row.fetchAll(db, sql: "SELECT log_id, error FROM dead_letters ORDER BY number").map {
                "\($0[0] as String) \($0[1] as String)"
            }
        }
        #expect(letters == expected)
        #expect(batch.deadLetters == expected.count && batch.cursor == entries.last?.id)
        let subjects = try await store.quarantined(of: shard0, limit: 10)
        #expect(Set(subjects) == ill.union(entryByEntry ? entries[5].named : []))
        #expect(batch.sessions.map(\.id) == (sessionWaits ? [] : [scene.session]))
        let session = try await store.session(scene.session, of: user7, messages: 5)
        #expect(session?.messages.count == (sessionWaits ? 0 : 1))
        let found = try #require(try await store.mission(neighbour.id, of: user7))
        #expect(found.tree.sorted == (try neighbour.tree(logID: entries[0].id).sorted))
        for (before, (plan, entry)) in zip(before, [(scene.plan, entries[4]), (other, entries[3])]) {
            let found = try #require(try await store.mission(plan.id, of: user7))
            let waits = ill.contains(.mission(plan.id))
            let tree = waits ? before.tree : try plan.tree(logID: entry.id)
            #expect(found.tree.sorted == tree.sorted)
            #expect(found.contents == (waits ? before.contents : plan.expectedContents))
        }

        // It left nothing behind that what waited would not fit to.
        let nothing = subjects.map { ($0, HotCopy?.none) }
        _ = try await store.heal(Dictionary(uniqueKeysWithValues: nothing), of: shard0, at: batch.cursor)
        for entry in waiting { journal.add(raw: entry.fields) }
        let again = journal.take()
        #expect(try await store.apply(again, after: batch.cursor, in: shard0).deadLetters == 0)
        #expect(try await store.session(scene.session, of: user7, messages: 5)?.messages.count == 1)
        for (plan, entry) in [(other, entries[3]), (scene.plan, entries[4])] {
            let found = try #require(try await store.mission(plan.id, of: user7))
            let latest = again.first { $0.fields == entry.fields } ?? entry
            #expect(found.tree.sorted == (try plan.tree(logID: latest.id).sorted))
            #expect(found.contents == plan.expectedContents)
        }
        let broken = try inspect(folder) { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        #expect(broken.isEmpty)
        await store.close()
    }

    /// A new mission with a hop that is another's.
    private func stealing(_ hop: HopID, _ journal: inout Journal) {
        var thief = MissionModel(journal.newMission(), name: "thief")
        thief.put(
            Hop(
                id: hop, missionID: thief.id, sequence: 1, name: "stolen", createdAt: MissionModel.time,
                updatedAt: MissionModel.time))
        thief.write(to: &journal)
    }
}
