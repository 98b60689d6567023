import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// An entry that names parts of another mission harms it in no way.
@Suite struct MissionStrangerTests {
    let folder = TemporaryFolder()

    /// Two missions of two users, both stored.
    private func stored(_ journal: inout Journal) async throws -> (SQLiteStore, MissionModel, MissionModel, LogID) {
        let store = try await openStore(in: folder)
        func filled(_ user: UserID, _ name: String) -> MissionModel {
            var plan = MissionModel(journal.newMission(), user, name: name)
            let hop = plan.addHop()
            plan.addStep(to: hop)
            plan.addAsset(.hop(hop), content: "\"of a hop\"")
            plan.addAsset(content: "\"of the mission\"")
            return plan
        }
        var ours = filled(user7, "ours")
        var theirs = filled(try #require(UserID("8")), "theirs")
        ours.write(to: &journal)
        theirs.write(to: &journal)
        let batch = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(batch.deadLetters == 0)
        return (store, ours, theirs, batch.cursor)
    }

    enum Kind: CaseIterable { case hop, step, asset, content }

    @Test(arguments: Kind.allCases) func whatGoesOfAnotherMissionStaysThere(_ kind: Kind) async throws {
        var journal = Journal()
        let (store, ours, theirs, cursor) = try await stored(&journal)
        let before = try #require(try await store.mission(theirs.id, of: theirs.mission.userID))
        let part: MissionPart?
        switch kind {
        case .hop: part = theirs.hops.keys.first.map(MissionPart.hop)
        case .step: part = theirs.steps.keys.first.map(MissionPart.step)
        case .asset: part = theirs.assets.keys.first.map(MissionPart.asset)
        case .content: part = theirs.assets.keys.first.map(MissionPart.content)
        }
        journal.mission("amend", ours.id, version: 2, [try #require(part): []])
        _ = try await store.apply(journal.take(), after: cursor, in: shard0)
        let after = try #require(try await store.mission(theirs.id, of: theirs.mission.userID))
        #expect(after.tree == before.tree)
        #expect(after.contents == before.contents)
        await store.close()
    }

    /// The id of a hop of theirs comes to ours while they still have it.
    @Test func anIdThatAnotherMissionHasIsRefused() async throws {
        var journal = Journal()
        var (store, ours, theirs, cursor) = try await stored(&journal)
        let taken = try #require(theirs.hops.keys.first)
        // Theirs is the first mission of the batch.
        theirs.mission.name = "theirs, changed"
        theirs.write(to: &journal)
        journal.mission(
            "amend", ours.id, version: 2,
            [
                .hop(taken): Hop(
                    id: taken, missionID: ours.id, sequence: 2, name: "taken", createdAt: MissionModel.time,
                    updatedAt: MissionModel.time
                ).document()
            ])
        let entries = journal.take()
        let batch = try await store.apply(entries, after: cursor, in: shard0)
        let letters = try inspect(folder) { try String.fetchAll($0, sql: "SELECT log_id FROM dead_letters") }
        #expect(letters.contains(entries[1].id.description))
        #expect(batch.deadLetters == 1)
        let found = try #require(try await store.mission(ours.id, of: user7))
        #expect(found.tree.version == 1 && found.tree.hops.count == 1)
        ours.mission.name = "ours, changed"
        ours.write(to: &journal)
        let change = journal.take()
        let waits = try await store.apply(change, after: batch.cursor, in: shard0)
        #expect(waits.deadLetters == 1)
        #expect(try await store.quarantined(of: shard0, limit: 9) == [.mission(ours.id)])
        _ = try await store.heal([.mission(ours.id): .none], of: shard0, at: waits.cursor)
        for entry in change { journal.add(raw: entry.fields) }
        #expect(try await store.apply(journal.take(), after: waits.cursor, in: shard0).deadLetters == 0)
        #expect(try await store.mission(ours.id, of: user7)?.tree.version == 2)
        await store.close()
    }

    @Test(arguments: [true, false], [true, false])
    func anAssetStaysInItsScope(_ toTheMission: Bool, _ inOneBatch: Bool) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        let (first, second) = (plan.addHop(), plan.addHop())
        let id = plan.addAsset(.hop(first), content: "\"kept\"")
        plan.write(to: &journal)
        var last = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        let before = try #require(try await store.mission(plan.id, of: user7))
        var asset = try #require(plan.assets[id])
        asset.scope = toTheMission ? .mission : .hop(second)
        plan.put(asset)
        plan.write(to: &journal)
        plan.mission.name = "built upon it"
        plan.write(to: &journal)
        let entries = journal.take()
        var deadLetters = 0
        for batch in inOneBatch ? [entries] : entries.map({ [$0] }) {
            let applied = try await store.apply(batch, after: last, in: shard0)
            deadLetters += applied.deadLetters
            last = applied.cursor
        }
        #expect(deadLetters == 2)
        let errors = try inspect(folder) {
            try String.fetchAll($0, sql: "SELECT error FROM dead_letters ORDER BY number")
        }
        #expect(errors == ["asset \(id) is in another scope", "waits for an earlier one"])
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree == before.tree && found.contents == before.contents)
        await store.close()
    }
}
