import SessionModel
import Testing

@testable import SessionCore

/// A change is worked out upon what is there, and again when that was changed meanwhile.
@Suite(.timeLimit(.minutes(1))) struct MissionAmendTests {
    private let bench: MissionBench

    init() throws { bench = try MissionBench() }

    private func add(
        _ condition: VersionCondition = .any, key: String? = nil
    ) async throws -> MissionWritten<MissionTree.StepEntry> {
        try await bench.missions.add(
            NewToolStep(), to: bench.hop, of: bench.id, user: bench.user, condition: condition,
            idempotency: key.map { Idempotency(keyHash: $0, bodyHash: "body") })
    }

    private func rename(_ name: String, _ condition: VersionCondition = .any) async throws -> MissionWritten<
        OpenMission
    > {
        var replacement = MissionReplacement()
        replacement.name = name
        return try await bench.missions.replace(bench.id, user: bench.user, with: replacement, condition: condition)
    }

    @Test func aChangeIsWrittenUponTheVersionThatItWasWorkedOutOf() async throws {
        bench.makeHot()
        let written = try await add()
        #expect((written.version, written.isReplay, written.source) == (2, false, .hot))
        #expect(written.value.sequence == 3)
        let kept = try #require(bench.kept)
        #expect(written.write == WriteID(shard: Shard(number: 0), log: kept.logID))
        #expect(kept.steps.map(\.id) == bench.steps + [written.value.id])
        let amendments = bench.hot.state.withLock { $0.missions.amendments }
        #expect(amendments.map(\.at) == [Timestamp(milliseconds: 1_000_000)], "by the hot tier's clock")
        #expect(amendments.map { Set($0.parts.keys) } == [[.mission, .step(written.value.id)]])
    }

    @Test func theSessionOfTheMissionHearsOfIt() async throws {
        let session = SessionID(high: 1, low: 2 << 16)
        var tree = bench.tree
        for link in [nil, session] {
            tree.sessionID = link
            bench.hot.state.withLock { [tree] in $0.missions.trees[tree.id] = tree }
            _ = try await add()
        }
        #expect(bench.hot.state.withLock { $0.missions.amendments.map(\.session) } == [nil, session])
    }

    @Test func whatIsLostToAnotherChangeIsWorkedOutAnew() async throws {
        bench.makeHot()
        let hop = bench.hop
        bench.hot.state.withLock {
            $0.missions.interference = [
                bench.change { plan in
                    try plan.add(stepOf: hop) { NewToolStep().step(FakePlan.id(900), of: hop, sequence: $0, at: $1) }
                }, bench.rename("theirs"),
            ]
        }
        let written = try await add()
        #expect(bench.tried == [1, 2, 3])
        #expect((written.version, written.value.sequence) == (4, 4), "behind theirs")
        let kept = try #require(bench.kept)
        #expect(kept.steps.map(\.sequence) == [1, 2, 3, 4])
        #expect(kept.steps.last?.id == written.value.id)
        #expect(try Mission(document: kept.mission).name == "theirs", "nothing of theirs is lost")
    }

    @Test func whatIsNoLongerAllowedIsRefusedAfterAll() async throws {
        bench.makeHot()
        let hop = bench.hop
        bench.hot.state.withLock { $0.missions.interference = [bench.change { try $0.move(hop, to: .failed) }] }
        await #expect(throws: SessionError.planStatus(.hop, "failed")) { try await add() }
        #expect(bench.tried == [1])
        #expect(bench.kept?.steps.count == 2)
    }

    @Test func aConditionThatDoesNotHoldWritesNothing() async throws {
        bench.makeHot()
        for condition in [VersionCondition.oneOf([2]), .oneOf([]), .oneOf([0, 7])] {
            await #expect(throws: SessionError.version(1)) { try await add(condition) }
            await #expect(throws: SessionError.version(1)) { try await rename("other", condition) }
            await #expect(throws: SessionError.version(1), "though nothing would change") {
                try await rename("mission", condition)
            }
        }
        #expect(bench.tried.isEmpty)
        #expect(try await add(.oneOf([7, 1])).version == 2)
    }

    @Test func aConditionThatHeldIsLookedAtAgain() async throws {
        bench.makeHot()
        bench.hot.state.withLock { $0.missions.interference = [bench.rename("theirs")] }
        await #expect(throws: SessionError.version(2)) { try await rename("ours", .oneOf([1])) }
        #expect(bench.tried == [1])
        #expect(try Mission(document: try #require(bench.kept?.mission)).name == "theirs")
    }

    @Test func whatChangesNothingIsNotWritten() async throws {
        bench.makeHot()
        let written = try await rename("mission")
        #expect((written.version, written.write.log) == (1, bench.tree.logID), "its last change stands for it")
        #expect(bench.tried.isEmpty && bench.kept == bench.tree)
    }

    @Test func whoeverMeetsTooManyOthersIsTold() async throws {
        bench.makeHot()
        bench.hot.state.withLock { $0.missions.everyTime = { try bench.rename("v\($0.missions.looks)")(&$0) } }
        do {
            _ = try await add()
            Issue.record("it was written")
        } catch SessionError.unavailable(_, let seconds) { #expect(seconds > 0) }
        #expect(bench.tried.count == Missions.amendments)
        #expect(bench.kept?.steps.count == 2)
    }

    @Test func aKeysFirstOutcomeIsTheAnswerForEver() async throws {
        bench.makeHot()
        let first = try await add(key: "k")
        let other = try await add(key: "other")
        #expect((first.value.sequence, other.value.sequence) == (3, 4))
        _ = try await bench.missions.remove(
            first.value.id, of: bench.hop, in: bench.id, user: bench.user, condition: .any)
        let tries = bench.tried.count
        // Though the condition held then, and doesn't now.
        let again = try await add(.oneOf([1]), key: "k")
        #expect(again.isReplay && !first.isReplay)
        #expect((again.value.id, again.value.sequence) == (first.value.id, 3))
        #expect(again.value.document == first.value.document)
        #expect((again.version, again.write) == (first.version, first.write))
        #expect(bench.tried.count == tries)
    }

    /// The first request was answered between our look and our write.
    @Test func aReplayThatIsFoundOnlyAtTheWriteIsOneToo() async throws {
        bench.makeHot()
        let id: ToolStepID = FakePlan.id(900)
        let first = MissionOutcome(
            id: bench.id, logID: LogID(milliseconds: 7, sequence: 7), at: FakePlan.made, version: 9, details: "\(id) 5")
        bench.hot.state.withLock { $0.missions.answers = [.success(.replayed(first))] }
        let written = try await add(key: "k")
        #expect(written.isReplay)
        #expect((written.value.id, written.value.sequence, written.version) == (id, 5, 9))
        #expect(written.write.log == first.logID)
    }

    @Test func whatIsUnknownIsTakenAgainOnlyWithAKey() async throws {
        bench.makeHot()
        bench.hot.state.withLock { $0.missions.answers = [.failure(.outcomeUnknown("lost"))] }
        await #expect(throws: SessionError.outcomeUnknown) { try await add() }
        #expect(bench.tried == [1])
        bench.hot.state.withLock { $0.missions.answers = [.failure(.outcomeUnknown("lost"))] }
        #expect(try await add(key: "k").version == 2)
        #expect(bench.tried == [1, 1, 1])
    }

    @Test(arguments: [
        (HotRefusal.absent, SessionError.notFound), (.keyReused, .keyReused), (.missionAbsent, .notFound),
    ])
    func aRefusalIsTheRequests(_ refusal: HotRefusal, _ error: SessionError) async throws {
        bench.makeHot()
        bench.hot.state.withLock { $0.missions.answers = [.success(.refused(refusal))] }
        await #expect(throws: error) { try await add() }
        #expect(bench.tried == [1])
    }

    @Test func aMissIsFilledOnce() async throws {
        bench.makeCold()
        let written = try await add()
        #expect((written.version, written.source) == (2, .loaded))
        #expect(bench.hot.state.withLock { $0.missions.hydrated } == [bench.id])
        #expect(try await add().source == .hot)
        #expect(bench.hot.state.withLock { $0.missions.hydrated } == [bench.id])
        #expect(bench.store.state.withLock { $0.missionReads } == 1)
    }

    @Test func whatLeavesTheHotTierInBetweenIsLoadedAgain() async throws {
        bench.makeHot()
        bench.makeCold()
        bench.hot.state.withLock { $0.missions.interference = [{ [id = bench.id] in $0.missions.trees[id] = nil }] }
        let written = try await add()
        #expect((written.version, written.source) == (2, .loaded))
        #expect(bench.tried == [1, 1])
    }

    @Test func whatIsNowhereOrAnothersIsNotFound() async throws {
        await #expect(throws: SessionError.notFound) { try await add() }
        bench.makeCold()
        let stranger = try #require(UserID("stranger"))
        await #expect(throws: SessionError.notFound) {
            try await bench.missions.move(bench.id, user: stranger, to: .failed, condition: .any)
        }
        #expect(bench.hot.state.withLock { $0.missions.hydrated.isEmpty })
        let elsewhere = MissionID(high: bench.id.high, low: bench.id.low | 3)
        let reads = bench.store.state.withLock { $0.missionReads }
        await #expect(throws: SessionError.notFound) { try await bench.missions.load(elsewhere, user: bench.user) }
        #expect(bench.store.state.withLock { $0.missionReads } == reads, "its shard is not the user's")
    }

    @Test func whatCannotBeReadIsOurFault() async throws {
        var tree = bench.tree
        tree.mission = Array("{}".utf8)
        bench.hot.state.withLock { [tree] in $0.missions.trees[tree.id] = tree }
        await #expect(throws: SessionError.failed) { try await add() }
        #expect(bench.tried.isEmpty)
    }
}
