import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionLinkTests {
    let folder = TemporaryFolder()

    private static let users = [
        "0", "-1", "9223372036854775807", "9223372036854775808", "007", "1e3", "o'brien \"x\"", "Grüße 🌍",
        String(repeating: "u", count: 128),
    ]

    @Test(arguments: users) func aTreeBelongsToAnyUserWhoseIdIsWrittenAsTheyAre(_ text: String) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let user = try #require(UserID(text))
        var plan = MissionModel(journal.newMission(), user, name: "plan")
        let asset = plan.addAsset(.hop(plan.addHop()), content: "1")
        let session = journal.newSession()
        plan.write(to: &journal)
        journal.create(session, text)
        journal.update(session, text, version: 2, [("mission_id", plan.id.description)])
        let entries = journal.take()
        #expect(try await store.apply(entries, after: .zero, in: shard0).deadLetters == 0)
        let found = try #require(try await store.mission(plan.id, of: user))
        #expect(found.tree == (try plan.tree(logID: entries[0].id, session: session)))
        #expect(try await store.content(of: asset, in: plan.id, user: user) == Array("1".utf8))
        let list = try await store.missions(.init(userID: user, status: nil, excluding: [], after: nil, limit: 9))
        #expect(list.total == 1 && list.missions.map(\.mission) == [plan.mission])
        #expect(try await store.mission(plan.id, of: user7) == nil)
        await store.close()
    }

    @Test(arguments: [true, false]) func aBatchSaysWhichMissionEachOfItsSessionsHasAtItsEnd(_ linksFirst: Bool)
        async throws
    {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let (moves, leaves, keeps, goes) = (
            journal.newSession(), journal.newSession(), journal.newSession(), journal.newSession()
        )
        let missions = [journal.newMission(), journal.newMission()]
        var cursor = LogID.zero
        for id in [moves, leaves, keeps, goes] {
            journal.create(id)
            journal.update(id, version: 2, [("mission_id", missions[0].description)])
        }
        if linksFirst {
            let batch = try await store.apply(journal.take(), after: cursor, in: shard0)
            #expect(batch.sessions.map(\.missionID) == Array(repeating: missions[0], count: 4))
            cursor = batch.cursor
        }
        journal.update(moves, version: 3, [("mission_id", missions[1].description)])
        journal.update(leaves, version: 3, [("mission_id", ""), ("unlinked", missions[0].description)])
        journal.append(keeps, version: 3, first: 1)
        journal.add([
            ("op", "delete"), ("sid", goes.description), ("user_id", "7"), ("version", "3"), ("at", "1"),
            ("unlinked", missions[0].description),
        ])
        let batch = try await store.apply(journal.take(), after: cursor, in: shard0)
        #expect(batch.deadLetters == 0)
        #expect(batch.sessions.map(\.id) == [moves, leaves, keeps, goes])
        #expect(batch.sessions.map(\.missionID) == [missions[1], nil, missions[0], nil])
        #expect(batch.sessions.map(\.status) == [.active, .active, .active, nil])
        await store.close()
    }

    @Test func ofSeveralSessionsThatHaveAMissionTheOneSeenLastIsItsSession() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = MissionModel(journal.newMission(), name: "plan")
        plan.write(to: &journal)
        let sessions = (0..<3).map { _ in journal.newSession() }
        for (session, seen) in zip(sessions, [10, 30, 20]) {
            journal.add(
                journal.common("create", session, "7", version: 1, activity: Journal.start + Int64(seen)) + [
                    ("name", "n"), ("mission_id", plan.id.description),
                ])
        }
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(try await store.mission(plan.id, of: user7)?.tree.sessionID == sessions[1])
        await store.close()
    }

    @Test func aMissionThatComesWithARefusedSessionIsNowhereAndCanStillCome() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        var plan = MissionModel(journal.newMission(), name: "plan")
        plan.addHop()
        let parts = plan.takeParts()
        let fields = [("name", "Session 9"), ("mission_id", plan.id.description)]
        journal.session(
            journal.common("create", session, "7", version: 2) + fields, mission: plan.id, version: 1, parts)
        journal.session(
            journal.common("create", session, "7", version: 1) + fields, mission: plan.id, version: 2, parts)
        journal.session(
            journal.common("create", session, "7", version: 1) + fields, mission: plan.id, version: 1, parts)
        let entries = journal.take()
        var cursor = LogID.zero
        for entry in entries.prefix(2) {
            let refused = try await store.apply([entry], after: cursor, in: shard0)
            #expect(refused.deadLetters == 1 && refused.sessions.isEmpty)
            cursor = refused.cursor
            let subjects = try await store.quarantined(of: shard0, limit: 9)
            #expect(subjects == [.session(session), .mission(plan.id)])
            let nothing: [Subject: HotCopy?] = [.session(session): .none, .mission(plan.id): .none]
            _ = try await store.heal(nothing, of: shard0, at: cursor)
        }
        let errors = try inspect(folder) {
            try String.fetchAll($0, sql: "SELECT error FROM dead_letters ORDER BY number")
        }
        #expect(errors == ["version 2 at the creation", "version 2 at the creation of the mission"])
        #expect(try await store.mission(plan.id, of: user7) == nil)
        #expect(try await store.session(session, of: user7, messages: 0) == nil)
        #expect(try await store.highestSessionNumber(of: user7) == 0)
        let applied = try await store.apply([entries[2]], after: cursor, in: shard0)
        #expect(applied.deadLetters == 0)
        #expect(
            try await store.mission(plan.id, of: user7)?.tree
                == (try plan.tree(logID: entries[2].id, session: session)))
        await store.close()
    }

    @Test func aDiscardOfAMissionThatIsGoneStillUnlinksItsSession() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        let mission = journal.newMission()
        journal.create(session)
        journal.update(session, version: 2, [("mission_id", mission.description)])
        journal.session(
            journal.common("discard", session, "7", version: 3) + [("mission_id", "")], mission: mission, version: 8)
        let batch = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(batch.deadLetters == 0 && batch.sessions.map(\.missionID) == [nil])
        #expect(try await store.session(session, of: user7, messages: 0)?.session.version == 3)
        await store.close()
    }

    @Test func aSessionTakesNoMissionOfAnotherUserWithIt() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        var plan = MissionModel(journal.newMission(), name: "plan")
        plan.write(to: &journal)
        journal.create(session, "8")
        let before = try await store.apply(journal.take(), after: .zero, in: shard0)
        journal.session(
            journal.common("discard", session, "8", version: 2) + [("mission_id", "")], mission: plan.id, version: 2)
        let batch = try await store.apply(journal.take(), after: before.cursor, in: shard0)
        #expect(batch.deadLetters == 1 && batch.sessions.isEmpty)
        #expect(try await store.mission(plan.id, of: user7) != nil)
        #expect(try await store.session(session, of: nil, messages: 0)?.session.version == 1)
        let errors = try inspect(folder) { try String.fetchAll($0, sql: "SELECT error FROM dead_letters") }
        #expect(errors == ["the mission is another user's"])
        await store.close()
    }
}
