import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Rows that nobody could have written: an entry that meets them is set aside and holds up nobody else's.
@Suite struct MissionRowTests {
    let folder = TemporaryFolder()

    @Test func versionsAreThoseOfTheMissionsThatAreThereWhoseverTheyAre() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plans = [
            MissionModel(journal.newMission(), name: "ours"),
            MissionModel(journal.newMission(), try #require(UserID("8")), name: "theirs"),
            MissionModel(journal.newMission(), name: "gone"),
        ]
        for (index, changes) in [1, 3, 2].enumerated() {
            for _ in 0..<changes { plans[index].write(to: &journal) }
        }
        plans[2].discard(to: &journal)
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let unknown = journal.newMission()
        let asked = [unknown, plans[0].id, plans[1].id, unknown, plans[2].id, plans[1].id]
        #expect(
            try await store.heads(of: asked, in: shard0).mapValues(\.version) == [plans[0].id: 1, plans[1].id: 3])
        #expect(try await store.heads(of: [MissionID](), in: shard0).isEmpty)
        await store.close()
    }

    static let damages = [
        "UPDATE missions SET log_id = 'x' WHERE id = ?", "UPDATE missions SET user_id = '' WHERE id = ?",
        "UPDATE hops SET id = 'x' WHERE mission_id = ?",
        "UPDATE tool_steps SET id = 'x' WHERE hop_id IN (SELECT id FROM hops WHERE mission_id = ?)",
        "UPDATE assets SET id = 'x' WHERE mission_id = ?",
    ]

    @Test(arguments: damages)
    func aMissionWhoseRowsCannotBeUnderstoodHoldsUpNobody(_ damage: String) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "damaged")
        plan.addStep(to: plan.addHop())
        plan.addAsset()
        plan.write(to: &journal)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        let id = plan.id
        try await store.file(of: shard0).withWriter { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: damage, arguments: [id.description])
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
        let session = journal.newSession()
        journal.create(session)
        plan.mission.name = "changed"
        plan.write(to: &journal)
        journal.append(session, version: 2, first: 1)
        let entries = journal.take()
        let batch = try await store.apply(entries, after: cursor, in: shard0)
        #expect(batch.deadLetters == 1 && batch.sessions.map(\.messageCount) == [1])
        let errors = try inspect(folder) { try String.fetchAll($0, sql: "SELECT error FROM dead_letters") }
        #expect(errors == ["mission \(plan.id) as it is stored can't be understood"])
        await store.close()
    }
}
