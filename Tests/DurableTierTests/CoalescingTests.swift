import DurableTier
import SessionCore
import SessionModel
import Testing

/// Coalescing must not be seen: however a history is cut into batches, the same rows are left. At the end of each chapter
/// the quarantine ends, and what waited never was.
@Suite struct CoalescingTests {
    @Test(arguments: 0..<12)
    func anyHistoryCutAnyhowLeavesTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var history = History()
        let chapters = (0..<8).map { _ in history.chapter(&random) }

        let (alone, cut) = (TemporaryFolder(), TemporaryFolder())
        let first = try await openStore(in: alone)
        let second = try await openStore(in: cut)
        let longest = [3, 30, 100][round % 3]
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
                    #expect(Set(batch.sessions.map(\.id)).count == batch.sessions.count, "seed \(seed)")
                    for changed in batch.sessions {
                        let stored = try await store.session(changed.id, of: changed.userID, messages: 0)?.session
                        #expect(stored?.status == changed.status, "seed \(seed)")
                        #expect(stored?.messageCount ?? 0 == changed.messageCount, "seed \(seed)")
                    }
                }
                let subjects = try await store.quarantined(of: shard0, limit: 100)
                #expect(Set(subjects) == chapter.quarantine, "seed \(seed)")
                let nothing = subjects.map { ($0, HotCopy?.none) }
                _ = try await store.heal(Dictionary(uniqueKeysWithValues: nothing), of: shard0, at: cursor)
            }
            #expect(letters == history.bad + history.waiting, "seed \(seed)")
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(history.bad > 0 && history.waiting > 0 && history.applied > 50, "seed \(seed)")
        for (id, expected) in history.state {
            let found = try await second.session(id, of: user7, messages: 0)?.session
            #expect(found?.version == expected.version, "seed \(seed)")
            #expect(found?.messageCount == expected.messages, "seed \(seed)")
        }
        await first.close()
        await second.close()
    }
}

/// A random history of a few sessions: mostly what the hot tier would log, sometimes what it never would.
private struct History {
    struct Chapter {
        let entries: [LogEntry]
        /// What is in quarantine behind them.
        let quarantine: Set<Subject>
    }

    private var journal = Journal()
    private let sessions: [SessionID]
    private var missions: [MissionModel]
    /// What SQLite should hold: version and messages.
    private(set) var state: [SessionID: (version: Int64, messages: Int64)] = [:]
    /// Sessions and missions in quarantine.
    private var ill: Set<Subject> = []
    /// Entries that must be set aside for what they say, those that come behind them, and all others.
    private(set) var bad = 0
    private(set) var waiting = 0
    private(set) var applied = 0

    init() {
        let journal = Journal()
        sessions = (0..<6).map { _ in journal.newSession() }
        missions = sessions.prefix(2).map { MissionModel(MissionID(high: $0.high, low: $0.low), name: "plan") }
        self.journal = journal
    }

    mutating func chapter(_ random: inout SeededGenerator) -> Chapter {
        let entries = (0..<Int.random(in: 5...100, using: &random)).map { _ in next(&random) }
        defer { ill = [] }
        return Chapter(entries: entries, quarantine: ill)
    }

    /// An entry that is set aside never was: the next is made as if without it.
    private mutating func next(_ random: inout SeededGenerator) -> LogEntry {
        var after = self
        let isHostile = after.write(&random)
        let entry = after.journal.take().first ?? LogEntry(id: .zero, fields: [])
        let subjects = entry.named
        if !isHostile, ill.isDisjoint(with: subjects) {
            self = after
            applied += 1
            return entry
        }
        journal = after.journal
        if ill.isDisjoint(with: subjects) { bad += 1 } else { waiting += 1 }
        ill.formUnion(subjects)
        return entry
    }

    /// - Returns: whether it must be set aside.
    private mutating func write(_ random: inout SeededGenerator) -> Bool {
        let id = sessions[Int.random(in: 0..<sessions.count, using: &random)]
        let known = state[id]
        let version = 1 + (known?.version ?? 0)
        switch Int.random(in: 0..<100, using: &random) {
        case 0: journal.append(id, version: known == nil ? 8 : version, first: 40 + (known?.messages ?? 0))
        case 1: journal.update(id, "8", version: version, [("name", "theirs")])
        case 2:
            let common = journal.common("append", id, "7", version: version)
            journal.add(common + [("first", String(1 + (known?.messages ?? 0))), ("m", "{]")])
        case 3:
            journal.create(id, name: "Session 40")
            if known == nil { state[id] = (1, 0) }
            return known != nil
        case 4: journal.update(id, version: version, [("colour", "red")])
        case 5..<16:
            let index = Int.random(in: 0..<missions.count, using: &random)
            if missions[index].version > 0, Int.random(in: 0..<8, using: &random) == 0 {
                journal.mission("discard", missions[index].id, "8", version: 1)
                return true
            }
            missions[index].addHop()
            missions[index].write(to: &journal)
            return false
        case 16..<24:
            journal.delete(id)
            state[id] = nil
            return false
        default:
            ordinary(id, &random)
            return false
        }
        return true
    }

    private mutating func ordinary(_ id: SessionID, _ random: inout SeededGenerator) {
        guard let (version, messages) = state[id] else {
            state[id] = (1, 0)
            return journal.create(id, name: "Session \(Int.random(in: 1...20, using: &random))")
        }
        let activity = journal.now + Int64.random(in: -50...50, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<3:
            let count = Int.random(in: 1...4, using: &random)
            journal.append(id, version: version + 1, first: messages + 1, count: count)
            state[id] = (version + 1, messages + Int64(count))
            return
        case 3:
            let name = ["plan", "Session \(Int.random(in: 1...60, using: &random))"]
            journal.update(
                id, version: version + 1,
                [
                    ("name", name[Int.random(in: 0...1, using: &random)]),
                    ("metadata", ["", "sealed"][Int.random(in: 0...1, using: &random)]),
                ])
        case 4:
            journal.add(
                journal.common("abandon", id, "7", version: version + 1, activity: activity)
                    + [("status", "abandoned"), ("abandoned_at", String(journal.now))])
        default:
            let mission = ["", missions[0].id.description][Int.random(in: 0...1, using: &random)]
            let status = ["active", "completed", "archived"][Int.random(in: 0..<3, using: &random)]
            journal.update(id, version: version + 1, [("status", status), ("mission_id", mission)])
        }
        state[id] = (version + 1, messages)
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
