import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Coalescing must not be seen of missions either: however a history is cut into batches, the same rows are left. At the
/// end of each chapter what is in quarantine is written out whole as the hot tier would have it.
@Suite struct MissionCoalescingTests {
    @Test(arguments: 0..<16)
    func anyHistoryOfMissionsCutAnyhowLeavesTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var history = MissionHistory()
        var chapters: [MissionHistory.Chapter] = []
        for _ in 0..<10 { chapters.append(try history.chapter(&random)) }

        let (alone, cut) = (TemporaryFolder(), TemporaryFolder())
        let first = try await openStore(in: alone)
        let second = try await openStore(in: cut)
        let longest = [4, 40, 100][round % 3]
        for (store, longest) in [(first, 1), (second, longest)] {
            var cursor = LogID.zero
            var letters = 0
            for chapter in chapters {
                var rest = chapter.entries[...]
                while !rest.isEmpty {
                    let part = rest.prefix(Int.random(in: 1...longest, using: &random))
                    rest = rest.dropFirst(part.count)
                    let batch = try await store.apply(Array(part), after: cursor, in: shard0)
                    letters += batch.deadLetters
                    cursor = batch.cursor
                }
                let subjects = try await store.quarantined(of: shard0, limit: 100)
                #expect(Set(subjects) == Set(chapter.copies.keys), "seed \(seed)")
                let outcome = try await store.heal(chapter.copies, of: shard0, at: cursor)
                #expect(outcome == Rewriting(), "seed \(seed)")
            }
            #expect(letters == history.bad + history.waiting, "seed \(seed)")
            #expect(try await store.quarantined(of: shard0, limit: 100).isEmpty, "seed \(seed)")
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(history.bad > 0 && history.waiting > 0 && history.applied > 50, "seed \(seed)")
        for (plan, logID) in zip(history.plans, history.logIDs) {
            let found = try await second.mission(plan.id, of: plan.mission.userID)
            let expected = plan.version == 0 ? nil : try plan.tree(logID: logID).sorted
            #expect(found?.tree.sorted == expected, "seed \(seed)")
            #expect(found?.contents ?? [:] == plan.expectedContents, "seed \(seed)")
            for (asset, content) in plan.contents {
                let stored = try await second.content(of: asset, in: plan.id, user: plan.mission.userID)
                #expect(stored == content, "seed \(seed)")
            }
        }
        let (waited, broken) = try inspect(cut) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters WHERE error LIKE 'waits%'"),
                try Row.fetchAll(db, sql: "PRAGMA foreign_key_check")
            )
        }
        #expect(waited == history.waiting && broken.isEmpty, "seed \(seed)")
        await first.close()
        await second.close()
    }
}

/// A random history of a few missions: mostly what the hot tier would log, sometimes what it never would.
private struct MissionHistory {
    struct Chapter {
        let entries: [LogEntry]
        /// Of each mission that is in quarantine behind `entries`.
        let copies: [Subject: HotCopy?]
    }

    private var journal = Journal()
    private(set) var plans: [MissionModel]
    /// The entry that left each as it is; zero: none did.
    private(set) var logIDs: [LogID]
    /// Places of the missions in quarantine.
    private var ill: Set<Int> = []
    /// Entries that must be set aside for what they say, those that come behind them, and all others.
    private(set) var bad = 0
    private(set) var waiting = 0
    private(set) var applied = 0

    init() {
        let journal = Journal()
        plans = (0..<6).map { MissionModel(journal.newMission(), name: "plan \($0)") }
        logIDs = plans.map { _ in .zero }
        self.journal = journal
    }

    mutating func chapter(_ random: inout SeededGenerator) throws -> Chapter {
        let entries = (0..<Int.random(in: 5...100, using: &random)).map { _ in next(&random) }
        var copies: [Subject: HotCopy?] = [:]
        for index in ill { copies[.mission(plans[index].id)] = .some(try copy(index)) }
        ill = []
        return Chapter(entries: entries, copies: copies)
    }

    private func copy(_ index: Int) throws -> HotCopy? {
        let (plan, logID) = (plans[index], logIDs[index])
        if logID == .zero { return nil }
        if plan.version == 0 { return .deletedMission(plan.id, plan.mission.userID, logID) }
        return .mission(DurableMission(tree: try plan.tree(logID: logID), contents: plan.expectedContents))
    }

    private mutating func next(_ random: inout SeededGenerator) -> LogEntry {
        let index = Int.random(in: 0..<plans.count, using: &random)
        let waits = ill.contains(index)
        if waits { waiting += 1 }
        let kind = Int.random(in: 0..<100, using: &random)
        switch kind {
        case 0..<5:
            hostile(plans[index], &random)
            if !waits { bad += 1 }
            ill.insert(index)
        case 5..<8: plans[index].discard(to: &journal)
        // The hot tier makes no mission anew under an id that it had: it stays deleted, if SQLite may not know yet.
        case _ where waits && plans[index].version == 0 && logIDs[index] != .zero: plans[index].discard(to: &journal)
        default:
            for _ in 0..<Int.random(in: 1...3, using: &random) { plans[index].changeAnyhow(&random) }
            plans[index].write(to: &journal)
        }
        let entry = journal.take().first ?? LogEntry(id: .zero, fields: [])
        if kind >= 5 { logIDs[index] = entry.id }
        if !ill.contains(index) { applied += 1 }
        return entry
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
