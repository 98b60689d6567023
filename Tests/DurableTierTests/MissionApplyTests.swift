import GRDB
import SessionCore
import SessionModel
import Testing

@testable import DurableTier

@Suite struct MissionApplyTests {
    let folder = TemporaryFolder()

    /// Every field set, to what is hard to keep.
    private static func full(_ id: MissionID, _ text: String) -> MissionModel {
        var plan = MissionModel(id, name: text)
        plan.mission.description = text
        plan.mission.goal = text
        plan.mission.successCriteria = [text, "", text]
        plan.mission.sealedMetadata = [0, 255, 34, 0]
        plan.mission.status = .inProgress
        let hop = plan.addHop(name: text)
        let asset = plan.addAsset(.hop(hop), name: text, content: #" {"b" : 1e400}"#)
        if var full = plan.hops[hop] {
            full.description = text
            full.goal = text
            full.rationale = text
            full.successCriteria = [text]
            full.status = .implReady
            full.isFinal = true
            full.isResolved = true
            full.errorMessage = text
            full.sealedMetadata = Array(0...255)
            full.intendedInputs = [asset, asset]
            full.intendedOutputs = [asset]
            plan.put(full)
        }
        if var full = plan.steps[plan.addStep(to: hop, name: text)] {
            full.toolID = text
            full.description = text
            full.status = .completed
            full.parameterMapping = Array(#"{ "a" : [1.0, {"b":"\u0000"}] }"#.utf8)
            full.resultMapping = Array("{\"\u{e9}\":1e400}".utf8)
            full.resourceConfigs = Array(#"{"":null}"#.utf8)
            full.validationErrors = [text, ""]
            full.executionResult = Array("[ 1, 2 ]".utf8)
            full.errorMessage = text
            full.startedAt = Timestamp(milliseconds: 1)
            full.completedAt = Timestamp(milliseconds: Journal.start + 7)
            plan.put(full)
        }
        if var full = plan.assets[asset] {
            full.description = text
            full.schemaDefinition = Array(#"{"type" : "object"}"#.utf8)
            full.subtype = text
            full.status = .error
            full.role = .intermediate
            full.contentSummary = text
            full.sealedMetadata = [1]
            plan.put(full)
        }
        return plan
    }

    static let texts = [
        "plain", "", "a\"b\\c/\\u0041", "Grüße 🌍 e\u{301} \u{1f469}\u{200d}\u{1f680}",
        "\u{0}\u{1}\u{1f}\n\r\t\u{7f}\u{2028}",
        #"","mission_metadata":{}}"#, "'; DROP TABLE hops; --",
    ]

    @Test(arguments: texts) func aWholeTreeComesBackAsItWasWritten(_ text: String) async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = Self.full(journal.newMission(), text)
        plan.write(to: &journal)
        let entries = journal.take()
        let batch = try await store.apply(entries, after: .zero, in: shard0)
        #expect(batch.deadLetters == 0 && batch.sessions.isEmpty)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree == (try plan.tree(logID: try #require(entries.last?.id))))
        #expect(found.contents == plan.expectedContents)
        await store.close()
    }

    @Test func anEmptyMissionAndEmptyPartsComeBackAsTheyWereWritten() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var (empty, bare) = (
            MissionModel(journal.newMission(), name: "m"), MissionModel(journal.newMission(), name: "m")
        )
        empty.mission.successCriteria = []
        let hop = bare.addHop()
        bare.addStep(to: hop)
        bare.addAsset()
        empty.write(to: &journal)
        bare.write(to: &journal)
        let entries = journal.take()
        #expect(try await store.apply(entries, after: .zero, in: shard0).deadLetters == 0)
        for (plan, entry) in zip([empty, bare], entries) {
            let found = try #require(try await store.mission(plan.id, of: user7))
            #expect(found.tree == (try plan.tree(logID: entry.id)) && found.contents.isEmpty)
        }
        await store.close()
    }

    @Test func anAmendmentChangesWhatItNamesAndNothingElse() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = Self.full(journal.newMission(), "before")
        let asset = plan.addAsset(content: "[1]")
        plan.write(to: &journal)
        let cursor = try await store.apply(journal.take(), after: .zero, in: shard0).cursor
        plan.mission.status = .completed
        plan.put(content: Array("\"now\"".utf8), of: asset)
        for var hop in plan.hops.values {
            hop.status = .executing
            hop.sealedMetadata = nil
            hop.goal = nil
            plan.put(hop)
        }
        plan.write(to: &journal)
        let entries = journal.take()
        #expect(try await store.apply(entries, after: cursor, in: shard0).deadLetters == 0)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree == (try plan.tree(logID: entries[0].id)))
        #expect(found.contents == plan.expectedContents)
        await store.close()
    }

    @Test(arguments: [true, false], [true, false])
    func anAmendmentWithoutTheMissionsOwnDocumentMovesItsVersionAlone(_ inOneBatch: Bool, _ withAPart: Bool)
        async throws
    {
        let store = try await openStore(in: folder)
        var journal = Journal()
        var plan = Self.full(journal.newMission(), "plan")
        plan.write(to: &journal)
        if withAPart { plan.addStep(to: try #require(plan.hops.keys.first)) }
        var parts = plan.takeParts()
        parts[.mission] = nil
        journal.mission("amend", plan.id, version: 2, parts)
        let entries = journal.take()
        var cursor = LogID.zero
        for batch in inOneBatch ? [entries] : entries.map({ [$0] }) {
            let applied = try await store.apply(batch, after: cursor, in: shard0)
            #expect(applied.deadLetters == 0)
            cursor = applied.cursor
        }
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree == (try plan.tree(logID: entries[1].id)) && found.tree.version == 2)
        #expect(found.contents == plan.expectedContents)
        await store.close()
    }

    @Test func aSessionAndItsMissionBeginAndPartInOneEntryEach() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        var plan = MissionModel(journal.newMission(), name: "tea")
        plan.addHop()
        journal.session(
            journal.common("create", session, "7", version: 1) + [("name", "n"), ("mission_id", plan.id.description)],
            mission: plan.id, version: 1, plan.takeParts())
        var entries = journal.take()
        var batch = try await store.apply(entries, after: .zero, in: shard0)
        let linked = AppliedBatch.Session(
            id: session, userID: user7, messageCount: 0, status: .active, missionID: plan.id, version: 1)
        #expect(batch.deadLetters == 0 && batch.sessions == [linked])
        #expect(
            try await store.mission(plan.id, of: user7)?.tree
                == (try plan.tree(logID: entries[0].id, session: session)))

        journal.session(
            journal.common("discard", session, "7", version: 2) + [("mission_id", "")], mission: plan.id, version: 2)
        entries = journal.take()
        batch = try await store.apply(entries, after: batch.cursor, in: shard0)
        #expect(batch.deadLetters == 0 && batch.sessions.map(\.missionID) == [nil])
        #expect(try await store.mission(plan.id, of: user7) == nil)
        #expect(try await store.session(session, of: user7, messages: 0)?.session.missionID == nil)
        await store.close()
    }

    @Test func aSessionsDeletionLeavesItsMissionAlone() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        var plan = MissionModel(journal.newMission(), name: "tea")
        plan.addHop()
        plan.write(to: &journal)
        journal.create(session)
        journal.update(session, version: 2, [("mission_id", plan.id.description)])
        let first = try await store.apply(journal.take(), after: .zero, in: shard0)
        #expect(try await store.mission(plan.id, of: user7)?.tree.sessionID == session)
        journal.delete(session)
        let second = try await store.apply(journal.take(), after: first.cursor, in: shard0)
        #expect(second.deadLetters == 0)
        let found = try #require(try await store.mission(plan.id, of: user7))
        #expect(found.tree.sessionID == nil && found.tree.hops.count == 1)
        await store.close()
    }

    @Test func aSessionOfAnotherUserIsNobodysLink() async throws {
        let store = try await openStore(in: folder)
        var journal = Journal()
        let session = journal.newSession()
        var plan = MissionModel(journal.newMission(), name: "tea")
        plan.write(to: &journal)
        journal.create(session, "8")
        journal.update(session, "8", version: 2, [("mission_id", plan.id.description)])
        _ = try await store.apply(journal.take(), after: .zero, in: shard0)
        let tree = try #require(try await store.mission(plan.id, of: user7)?.tree)
        #expect(tree.sessionID == nil)
        let detail = try inspect(folder) { db in
            try String.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN SELECT id FROM user_sessions WHERE mission_id = '' AND user_id = ''",
                adapter: SuffixRowAdapter(fromIndex: 3))
        }
        #expect(detail.contains { $0.contains("user_sessions_by_mission") })
        await store.close()
    }
}
