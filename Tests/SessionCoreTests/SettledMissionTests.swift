import SessionModel
import Testing

@testable import SessionCore

/// Which missions the step after a commit hears of.
@Suite struct SettledMissionTests {
    private let user: UserID
    private let missions: [MissionID] = (1...5).map { FakePlan.id($0) }

    init() throws { user = try #require(UserID("u")) }

    private func entry(_ fields: [String: String]) -> LogEntry {
        LogEntry(id: .zero, fields: fields.map { LogEntry.Field(name: $0, value: Array($1.utf8)) })
    }

    @Test func everyMissionThatAnEntryNamesIsSettled() {
        let entries = [
            entry(["op": "amend", "mid": "\(missions[0])", "user_id": "u"]),
            entry(["op": "use", "mission_id": "\(missions[1])", "unlinked": "\(missions[2])", "user_id": "u"]),
            entry(["op": "use", "mission_id": "", "user_id": "u"]), entry(["op": "append", "user_id": "u"]),
            entry(["op": "mission", "mid": "garbage", "user_id": "u"]),
        ]
        let batch = AppliedBatch(
            cursor: .zero,
            sessions: [
                AppliedBatch.Session(
                    id: FakePlan.id(9), userID: user, messageCount: 0, status: .completed, missionID: missions[3],
                    version: 1),
                AppliedBatch.Session(id: FakePlan.id(10), userID: user, messageCount: 0, status: nil, version: nil),
            ], deadLetters: 0)
        #expect(batch.missions(of: entries) == Dictionary(uniqueKeysWithValues: missions[0...3].map { ($0, user) }))
    }

    @Test func aFlusherSettlesTheMissionsOfItsBatch() async throws {
        let bench = try FlusherBench()
        let amendment = entry(["op": "amend", "mid": "\(missions[0])", "user_id": "u"])
        bench.log.state.withLock {
            $0.entries = [LogEntry(id: LogID(milliseconds: 1, sequence: 1), fields: amendment.fields)]
        }
        var run = bench.run()
        await bench.flush(&run)
        #expect(
            bench.log.state.withLock { $0.settledMissions } == [
                [missions[0]: CommittedMission(userID: user, version: nil)]
            ])
    }

    @Test func whoTakesOverSettlesThemToo() async throws {
        let bench = try FlusherBench()
        var session = UserSession.fake(1, user: user, status: .completed)
        session.missionID = missions[4]
        bench.log.append(1, session: session.id)
        let entries = bench.log.state.withLock { $0.entries }
        bench.store.state.withLock { [session] in $0.sessions[session.id] = session }
        _ = try await bench.store.apply(entries, after: .zero, term: nil, in: Shard(number: 0))
        _ = try await Takeover(flusher: bench.flusher()).prepare()
        #expect(
            bench.log.state.withLock { $0.settledMissions } == [
                [missions[4]: CommittedMission(userID: user, version: nil)]
            ])
    }
}
