import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Coalescing must not be seen of missions either: however a history is cut into batches, the same rows are left.
@Suite struct MissionCoalescingTests {
    @Test(arguments: 0..<16)
    func anyHistoryOfMissionsCutAnyhowLeavesTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var history = MissionHistory()
        let entries = (0..<300).map { _ in history.next(&random) }

        let (alone, cut) = (TemporaryFolder(), TemporaryFolder())
        let first = try await openStore(in: alone)
        var cursor = LogID.zero
        var letters = 0
        for entry in entries {
            let batch = try await first.apply([entry], after: cursor, in: shard0)
            letters += batch.deadLetters
            cursor = batch.cursor
        }
        let second = try await openStore(in: cut)
        var rest = entries[...]
        cursor = .zero
        let longest = [4, 40, 300][round % 3]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...longest, using: &random))
            rest = rest.dropFirst(part.count)
            cursor = try await second.apply(Array(part), after: cursor, in: shard0).cursor
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(letters == history.bad, "seed \(seed)")
        #expect(history.bad > 10 && history.bad < 150, "seed \(seed)")
        for plan in history.plans {
            let found = try await second.mission(plan.id, of: plan.mission.userID)
            let expected = plan.version == 0 ? nil : try plan.tree(logID: found?.tree.logID ?? .zero).sorted
            #expect(found?.tree.sorted == expected, "seed \(seed)")
            #expect(found?.contents ?? [:] == plan.expectedContents, "seed \(seed)")
        }
        let broken = try inspect(cut) { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        #expect(broken.isEmpty, "seed \(seed)")
        await first.close()
        await second.close()
    }
}

/// A random history of a few missions: mostly what the hot tier would log, sometimes what it never would.
private struct MissionHistory {
    private var journal = Journal()
    private(set) var plans: [MissionModel]
    /// Entries that must be set aside.
    private(set) var bad = 0

    init() {
        let journal = Journal()
        plans = (0..<3).map { MissionModel(journal.newMission(), name: "plan \($0)") }
        self.journal = journal
    }

    mutating func next(_ random: inout SeededGenerator) -> LogEntry {
        let index = Int.random(in: 0..<plans.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15:
            hostile(plans[index], &random)
            bad += 1
        case 15..<18: plans[index].discard(to: &journal)
        default:
            for _ in 0..<Int.random(in: 1...3, using: &random) { plans[index].changeAnyhow(&random) }
            plans[index].write(to: &journal)
        }
        return journal.take().first ?? LogEntry(id: .zero, fields: [])
    }

    /// Each must be set aside, whatever is there.
    private mutating func hostile(_ plan: MissionModel, _ random: inout SeededGenerator) {
        guard plan.version > 0 else { return journal.mission("amend", plan.id, version: 2) }
        let version = plan.version + 1
        var next = plan
        switch Int.random(in: 0..<8, using: &random) {
        case 0: journal.mission("amend", plan.id, version: version + 1)
        case 1: journal.mission("amend", plan.id, "8", version: version)
        case 2: journal.mission("discard", plan.id, "8", version: version)
        case 3: journal.mission("mission", plan.id, version: 1, [.mission: plan.mission.document()])
        case 4:
            next.addStep(to: HopID(high: 9, low: 9))
            journal.mission("amend", plan.id, version: version, next.parts)
        case 5:
            if var hop = next.hops[next.addHop()] {
                hop.sequence += 1
                next.put(hop)
            }
            journal.mission("amend", plan.id, version: version, next.parts)
        case 6:
            next.put(content: Array("1".utf8), of: AssetID(high: 9, low: 9))
            journal.mission("amend", plan.id, version: version, next.parts)
        default:
            next.addAsset(.hop(HopID(high: 9, low: 9)), content: "{]")
            journal.mission("amend", plan.id, version: version, next.parts)
        }
    }
}
