import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionRemovalTests {
    let folder = TemporaryFolder()

    /// Three hops, two steps and an asset with content each, and an asset of the mission.
    private static func plan(_ id: MissionID) -> (MissionModel, [HopID]) {
        var plan = MissionModel(id, name: "plan")
        let hops = (1...3).map { plan.addHop(name: "hop \($0)") }
        for hop in hops {
            plan.addStep(to: hop, name: "first")
            plan.addStep(to: hop, name: "second")
            plan.addAsset(.hop(hop), content: "\"of a hop\"")
        }
        plan.addAsset(content: "\"of the mission\"")
        return (plan, hops)
    }

    private func counts() throws -> [Int?] {
        try inspect(folder) { db in
            #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            return try ["missions", "hops", "tool_steps", "assets", "asset_contents"].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)")
            }
        }
    }

    @Test func aDeletionTakesAllThatIsInTheMissionAndIsNoErrorTwice() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var (plan, _) = Self.plan(journal.newMission())
        var other = MissionModel(journal.newMission(), name: "stays")
        other.addAsset(.hop(other.addHop()), content: "1")
        plan.write(to: &journal)
        other.write(to: &journal)
        let first = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(first.deadLetters == 0)
        #expect(try counts() == [2, 4, 6, 5, 5])
        for _ in 1...2 { plan.discard(to: &journal) }
        let second = try await store.apply(journal.take(), after: first.cursor, in: shard0)
        #expect(second.deadLetters == 0)
        #expect(try counts() == [1, 1, 0, 1, 1])
        #expect(try await store.mission(plan.id, of: user7) == nil)
        plan.discard(to: &journal)
        #expect(try await store.apply(journal.take(), after: second.cursor, in: shard0).deadLetters == 0)
        await store.close()
    }

    @Test(arguments: [true, false], [0, 1, 2])
    func aHopTakesItsStepsAndAssetsAndTheOthersCloseUp(_ namingAll: Bool, _ index: Int) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var (plan, hops) = Self.plan(journal.newMission())
        plan.write(to: &journal)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        plan.remove(hop: hops[index], namingAll: namingAll)
        plan.write(to: &journal)
        plan.addStep(to: plan.addHop(name: "at the end"))
        plan.write(to: &journal)
        let entries = journal.take()
        let batch = try await store.apply(entries, after: cursor, in: shard0)
        #expect(batch.deadLetters == 0)
        #expect(try counts() == [1, 3, 5, 3, 3])
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree.hops.map(\.sequence) == [1, 2, 3])
        #expect(found.tree.sorted == (try plan.tree(logID: entries[1].id).sorted))
        #expect(found.contents == plan.expectedContents)
        await store.close()
    }

    @Test(arguments: [true, false])
    func removalsInOneBatchOrOneByOneCloseUpAlike(_ inOneBatch: Bool) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        let hop = plan.addHop()
        let steps = (0..<8).map { plan.addStep(to: hop, name: "step \($0)") }
        plan.write(to: &journal)
        for index in [0, 6, 3] {
            plan.remove(step: steps[index])
            plan.write(to: &journal)
            plan.addStep(to: hop, name: "instead of \(index)")
            plan.write(to: &journal)
        }
        let entries = journal.take()
        var cursor = LogID.zero
        for batch in inOneBatch ? [entries] : entries.map({ [$0] }) {
            let applied = try await store.apply(batch, after: cursor, in: shard0)
            #expect(applied.deadLetters == 0)
            cursor = applied.cursor
        }
        let tree = try #require(try await store.mission(plan.id, of: user7)?.tree)
        #expect(tree == (try plan.tree(logID: cursor)))
        await store.close()
    }

    @Test func whatComesBackUnderTheSameIdBeginsAnew() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var (plan, hops) = Self.plan(journal.newMission())
        plan.write(to: &journal)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        let hop = try #require(plan.hops[hops[0]])
        let asset = try #require(plan.assets.values.first { $0.scope == .hop(hop.id) })
        let step = try #require(plan.steps.values.first { $0.hopID == hop.id && $0.sequence == 1 })
        plan.put(content: Array("\"forgotten\"".utf8), of: asset.id)
        plan.write(to: &journal)
        plan.remove(hop: hop.id, namingAll: false)
        plan.write(to: &journal)
        var again = hop
        again.sequence = 3
        plan.put(again)
        plan.put(asset)
        plan.put(step)
        plan.write(to: &journal)
        let entries = journal.take()
        #expect(try await store.apply(entries, after: cursor, in: shard0).deadLetters == 0)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree.sorted == (try plan.tree(logID: entries[2].id).sorted))
        #expect(found.contents == plan.expectedContents && found.contents[asset.id] == nil)
        #expect(found.tree.steps(of: hop.id).map(\.id) == [step.id])
        await store.close()
    }

    @Test func aMissionThatIsMadeAnewInTheSameBatchHasNothingOfTheOld() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var (plan, _) = Self.plan(journal.newMission())
        plan.write(to: &journal)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        plan.discard(to: &journal)
        plan.addHop(name: "new")
        plan.write(to: &journal)
        let entries = journal.take()
        #expect(try await store.apply(entries, after: cursor, in: shard0).deadLetters == 0)
        #expect(try counts() == [1, 1, 0, 0, 0])
        let tree = try #require(try await store.mission(plan.id, of: user7)?.tree)
        #expect(tree == (try plan.tree(logID: entries[1].id)))
        await store.close()
    }
}
