import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

/// Sessions that bring missions, take them with them, link and leave them: however it is cut into batches, and whether or
/// not SQLite makes the writer go entry by entry, the same rows are left.
@Suite struct MissionMixtureTests {
    @Test(arguments: 0..<16)
    func sessionsAndMissionsCutAnyhowLeaveTheSameRows(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var mixture = Mixture(refusals: round % 2 == 0)
        let entries = [mixture.anchored()] + (0..<300).map { _ in mixture.next(&random) }

        let (alone, cut) = (TemporaryFolder(), TemporaryFolder())
        let first = try await openStore(in: alone)
        var cursor = LogID.zero
        for entry in entries { cursor = try await first.apply([entry], after: cursor, in: shard0).cursor }
        let second = try await openStore(in: cut)
        var rest = entries[...]
        cursor = .zero
        var letters = 0
        let longest = [4, 40, 300][round % 3]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...longest, using: &random))
            rest = rest.dropFirst(part.count)
            let batch = try await second.apply(Array(part), after: cursor, in: shard0)
            cursor = batch.cursor
            letters += batch.deadLetters
            #expect(Set(batch.sessions.map(\.id)).count == batch.sessions.count, "seed \(seed)")
            for changed in batch.sessions {
                let stored = try await second.session(changed.id, of: changed.userID, messages: 0)?.session
                #expect(stored?.status == changed.status, "seed \(seed)")
                #expect(stored?.missionID == changed.missionID, "seed \(seed)")
                #expect(stored?.messageCount ?? 0 == changed.messageCount, "seed \(seed)")
            }
        }
        #expect(try dump(cut) == dump(alone), "seed \(seed)")
        #expect(letters == mixture.bad && letters > 10 && letters < 150, "seed \(seed)")
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
        let broken = try inspect(cut) { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        #expect(broken.isEmpty, "seed \(seed)")
        await first.close()
        await second.close()
    }
}

/// A random history of a few sessions and missions.
private struct Mixture {
    struct Session {
        /// 0: there is none.
        var version: Int64 = 0
        var messages: Int64 = 0
        var link: MissionID?
    }

    private(set) var plans: [MissionModel]
    private(set) var sessions: [SessionID: Session] = [:]
    /// Entries that must be set aside.
    private(set) var bad = 0
    private var journal = Journal()
    private let ids: [SessionID]
    private var anchor: MissionModel
    private var anchorHop: HopID
    /// Whether there are entries that SQLite alone refuses.
    private let refusals: Bool

    init(refusals: Bool) {
        let journal = Journal()
        self.refusals = refusals
        ids = (0..<4).map { _ in journal.newSession() }
        plans = (0..<3).map { MissionModel(journal.newMission(), name: "plan \($0)") }
        anchor = MissionModel(journal.newMission(), name: "stays")
        anchorHop = anchor.addHop()
        self.journal = journal
    }

    /// The first entry: a mission that is never touched again.
    mutating func anchored() -> LogEntry {
        anchor.write(to: &journal)
        return taken()
    }

    mutating func next(_ random: inout SeededGenerator) -> LogEntry {
        let id = ids[Int.random(in: 0..<ids.count, using: &random)]
        let index = Int.random(in: 0..<plans.count, using: &random)
        let session = sessions[id] ?? Session()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<12: hostile(id, session, plans[index], &random)
        case 12..<40:
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
        return taken()
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
        bad += 1
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
