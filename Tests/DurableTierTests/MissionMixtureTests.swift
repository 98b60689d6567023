import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Sessions that bring missions, take them with them, link and leave them: however it is cut into batches, and whether or
/// not SQLite makes the writer go entry by entry, the same rows are left. At the end of each chapter the quarantine ends, and
/// what waited never was.
@Suite struct MissionMixtureTests {
    @Test(arguments: 0..<16)
    func sessionsAndMissionsCutAnyhowLeaveTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var mixture = Mixture(refusals: round % 2 == 0)
        var chapters = [Mixture.Chapter(entries: [mixture.anchored()], quarantine: [])]
        chapters += (0..<10).map { _ in mixture.chapter(&random) }

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
                    cursor = batch.cursor
                    letters += batch.deadLetters
                    #expect(Set(batch.sessions.map(\.id)).count == batch.sessions.count, "seed \(seed)")
                    for changed in batch.sessions {
                        let stored = try await store.session(changed.id, of: changed.userID, messages: 0)?.session
                        #expect(stored?.status == changed.status, "seed \(seed)")
                        #expect(stored?.missionID == changed.missionID, "seed \(seed)")
                        #expect(stored?.messageCount ?? 0 == changed.messageCount, "seed \(seed)")
                    }
                }
                let subjects = try await store.quarantined(of: shard0, limit: 1_000)
                #expect(Set(subjects) == chapter.quarantine, "seed \(seed)")
                let nothing = subjects.map { ($0, HotCopy?.none) }
                _ = try await store.heal(Dictionary(uniqueKeysWithValues: nothing), of: shard0, at: cursor)
            }
            #expect(letters == mixture.bad + mixture.waiting, "seed \(seed)")
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(mixture.bad > 0 && mixture.waiting > 0 && mixture.applied > 50, "seed \(seed)")
        for plan in mixture.plans {
            let found = try await second.mission(plan.id, of: user7)
            let expected =
                plan.version == 0
                ? nil
                : try plan.tree(logID: found?.tree.logID ?? .zero, session: found?.tree.sessionID).sorted
            #expect(found?.tree.sorted == expected, "seed \(seed)")
            #expect(found?.contents ?? [:] == plan.expectedContents, "seed \(seed)")
            let linked = mixture.sessions.filter { $0.value.link == plan.id }.map(\.key)
            let session = found?.tree.sessionID
            #expect(session.map(linked.contains) ?? (found == nil || linked.isEmpty), "seed \(seed)")
        }
        let (waited, broken) = try inspect(cut) { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM dead_letters WHERE error LIKE 'waits%'"),
                try Row.fetchAll(db, sql: "PRAGMA foreign_key_check")
            )
        }
        #expect(waited == mixture.waiting && broken.isEmpty, "seed \(seed)")
        await first.close()
        await second.close()
    }
}

/// A random history of a few sessions and missions.
private struct Mixture {
    struct Chapter {
        let entries: [LogEntry]
        /// What is in quarantine behind them.
        let quarantine: Set<Subject>
    }

    struct Session {
        /// 0: there is none.
        var version: Int64 = 0
        var messages: Int64 = 0
        var link: MissionID?
    }

    private(set) var plans: [MissionModel]
    private(set) var sessions: [SessionID: Session] = [:]
    /// Sessions and missions in quarantine.
    private var ill: Set<Subject> = []
    /// Entries that must be set aside for what they say, those that come behind them, and all others.
    private(set) var bad = 0
    private(set) var waiting = 0
    private(set) var applied = 0
    private var journal = Journal()
    private let ids: [SessionID]
    private var anchor: MissionModel
    private var anchorHop: HopID
    /// Whether there are entries that SQLite alone refuses.
    private let refusals: Bool

    init(refusals: Bool) {
        let journal = Journal()
        self.refusals = refusals
        ids = (0..<8).map { _ in journal.newSession() }
        plans = (0..<6).map { MissionModel(journal.newMission(), name: "plan \($0)") }
        anchor = MissionModel(journal.newMission(), name: "stays")
        anchorHop = anchor.addHop()
        self.journal = journal
    }

    /// The first entry: a mission that is never touched again.
    mutating func anchored() -> LogEntry {
        anchor.write(to: &journal)
        return taken()
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
        let entry = after.taken()
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

    /// - Returns: whether it must be set aside, whatever is there.
    private mutating func write(_ random: inout SeededGenerator) -> Bool {
        let id = ids[Int.random(in: 0..<ids.count, using: &random)]
        let index = Int.random(in: 0..<plans.count, using: &random)
        let session = sessions[id] ?? Session()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<7:
            hostile(id, session, plans[index], &random)
            return true
        case 7..<40:
            for _ in 0..<Int.random(in: 1...3, using: &random) { plans[index].changeAnyhow(&random) }
            plans[index].write(to: &journal)
        case 40..<44: plans[index].discard(to: &journal)
        case 44..<50:
            journal.delete(id)
            sessions[id] = nil
        case 50..<65 where plans[index].version == 0:
            for _ in 0..<4 { plans[index].changeAnyhow(&random) }
            bring(index, id, session)
        case 50..<65 where session.version > 0: takeAlong(index, id, session)
        default: change(id, session, &random)
        }
        return false
    }

    private mutating func taken() -> LogEntry { journal.take().first ?? LogEntry(id: .zero, fields: []) }

    /// A session begins or changes with a new mission.
    private mutating func bring(_ index: Int, _ id: SessionID, _ session: Session) {
        let mission = plans[index].id
        let fields = [("name", "Session 5"), ("mission_id", mission.description)]
        let operation = session.version == 0 ? "create" : "use"
        journal.session(
            journal.common(operation, id, "7", version: session.version + 1) + fields, mission: mission, version: 1,
            plans[index].takeParts())
        sessions[id] = Session(version: session.version + 1, messages: session.messages, link: mission)
    }

    /// A mission goes, and is no longer the session's.
    private mutating func takeAlong(_ index: Int, _ id: SessionID, _ session: Session) {
        let plan = plans[index]
        journal.session(
            journal.common("discard", id, "7", version: session.version + 1) + [("mission_id", "")],
            mission: plan.id, version: plan.version + 1)
        plans[index].forget()
        sessions[id] = Session(version: session.version + 1, messages: session.messages)
    }

    private mutating func change(_ id: SessionID, _ before: Session, _ random: inout SeededGenerator) {
        var session = before
        session.version += 1
        defer { sessions[id] = session }
        guard before.version > 0 else { return journal.create(id) }
        if Bool.random(using: &random) {
            session.messages += 2
            return journal.append(id, version: session.version, first: before.messages + 1, count: 2)
        }
        session.link = Bool.random(using: &random) ? plans.randomElement(using: &random)?.id : nil
        journal.update(id, version: session.version, [("mission_id", session.link?.description ?? "")])
    }

    /// Each must be set aside whole, whatever is there.
    private mutating func hostile(
        _ id: SessionID, _ session: Session, _ plan: MissionModel, _ random: inout SeededGenerator
    ) {
        let creates = session.version == 0
        let common = journal.common(creates ? "create" : "use", id, "7", version: session.version + 1)
        let fields = common + [("name", "Session 90"), ("mission_id", anchor.id.description)]
        var fresh = MissionModel(journal.newMission(), name: "never")
        switch Int.random(in: 0..<(refusals ? 5 : 4), using: &random) {
        case 0:
            journal.session(
                fields, mission: anchor.id, version: 1, [.mission: anchor.mission.document(), .hop(anchorHop): []])
        case 1:
            let ahead = journal.common(creates ? "create" : "use", id, "7", version: session.version + 2)
            journal.session(ahead + [("name", "n")], mission: fresh.id, version: 1, fresh.takeParts())
        case 2:
            journal.session(
                journal.common("discard", id, "8", version: session.version + 1) + [("mission_id", "")],
                mission: anchor.id, version: 2)
        case 3: journal.mission("amend", fresh.id, version: 2, [.mission: plan.mission.document()])
        default:
            fresh.put(
                Hop(
                    id: anchorHop, missionID: fresh.id, sequence: 1, name: "stolen", createdAt: MissionModel.time,
                    updatedAt: MissionModel.time))
            journal.session(fields, mission: fresh.id, version: 1, fresh.takeParts())
        }
    }
}

extension LogEntry {
    /// The session and the mission that it is about.
    var named: Set<Subject> {
        var subjects: Set<Subject> = []
        for field in fields {
            let text = String(decoding: field.value, as: UTF8.self)
            if field.name == "sid", let id = SessionID(text) { subjects.insert(.session(id)) }
            if field.name == "mid", let id = MissionID(text) { subjects.insert(.mission(id)) }
        }
        return subjects
    }
}
