import DurableTier
import SessionCore
import SessionModel
import Testing

/// Coalescing must not be seen: however a history is cut into batches, the same rows are left.
@Suite struct CoalescingTests {
    @Test(arguments: 0..<12)
    func anyHistoryCutAnyhowLeavesTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var history = History()
        let entries = (0..<250).map { _ in history.next(&random) }

        let (alone, cut) = (TemporaryFolder(), TemporaryFolder())
        let first = try await openStore(in: alone)
        var cursor = LogID.zero
        var aloneDead = 0
        for entry in entries {
            let batch = try await first.apply([entry], after: cursor, in: shard0)
            aloneDead += batch.deadLetters
            cursor = batch.cursor
        }
        let second = try await openStore(in: cut)
        var rest = entries[...]
        var cutDead = 0
        cursor = .zero
        let longest = [3, 30, 250][round % 3]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...longest, using: &random))
            rest = rest.dropFirst(part.count)
            let batch = try await second.apply(Array(part), after: cursor, in: shard0)
            cutDead += batch.deadLetters
            cursor = batch.cursor
            #expect(Set(batch.sessions.map(\.id)).count == batch.sessions.count, "seed \(seed)")
            for changed in batch.sessions {
                let stored = try await second.session(changed.id, of: changed.userID, messages: 0)?.session
                #expect(stored?.status == changed.status, "seed \(seed)")
                #expect(stored?.messageCount ?? 0 == changed.messageCount, "seed \(seed)")
            }
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(aloneDead == cutDead && aloneDead > 0 && aloneDead < 200, "seed \(seed)")
        await first.close()
        await second.close()
    }
}

/// A random history of a few sessions: mostly what the hot tier would log, sometimes what it never would.
private struct History {
    private var journal = Journal()
    private let sessions: [SessionID]
    private var missions: [MissionModel]
    /// What SQLite should hold: version and messages.
    private var state: [SessionID: (version: Int64, messages: Int64)] = [:]

    init() {
        let journal = Journal()
        sessions = (0..<4).map { _ in journal.newSession() }
        missions = sessions.prefix(2).map { MissionModel(MissionID(high: $0.high, low: $0.low), name: "plan") }
        self.journal = journal
    }

    mutating func next(_ random: inout SeededGenerator) -> LogEntry {
        let id = sessions[Int.random(in: 0..<sessions.count, using: &random)]
        let known = state[id]
        switch Int.random(in: 0..<600, using: &random) {
        case 0..<4: journal.append(id, version: 1 + (known?.version ?? 7), first: 40)
        case 4..<6: journal.update(id, "8", version: 1 + (known?.version ?? 0), [("name", "theirs")])
        case 6..<8:
            let common = journal.common("append", id, "7", version: 1 + (known?.version ?? 0))
            journal.add(common + [("first", String(1 + (known?.messages ?? 0))), ("m", "{]")])
        case 8..<10: journal.create(id, name: "Session 40")
        case 10..<12: journal.update(id, version: 1 + (known?.version ?? 0), [("colour", "red")])
        case 12..<80:
            let index = Int.random(in: 0..<missions.count, using: &random)
            if missions[index].version > 0, Int.random(in: 0..<8, using: &random) == 0 {
                journal.mission("discard", missions[index].id, "8", version: 1)
            } else {
                missions[index].addHop()
                missions[index].write(to: &journal)
            }
        case 80..<130:
            journal.delete(id)
            state[id] = nil
        default: ordinary(id, &random)
        }
        // A creation that was out of order counts if there was none.
        if known == nil, journal.entries.last?.fields.first?.value == Array("create".utf8) { state[id] = (1, 0) }
        return journal.take().first ?? LogEntry(id: .zero, fields: [])
    }

    private mutating func ordinary(_ id: SessionID, _ random: inout SeededGenerator) {
        guard let (version, messages) = state[id] else {
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
