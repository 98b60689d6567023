import Logging
import SessionCore
import SessionModel
import SessionTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct SweepTests {
    private let hot = FakeHotStore()
    private let store = FakeDurableStore()
    private let user: UserID
    private let readiness = Readiness(waitingFor: [])
    private let began = ContinuousClock.now

    init() throws { user = try #require(UserID("u")) }

    private func sweep(deleteAfter: Int64? = nil, secondLook: Int64 = 600_000) -> Sweep {
        var policy = LifecyclePolicy()
        (policy.deleteAfter, policy.secondLook) = (deleteAfter, secondLook)
        return Sweep(
            watch: watch(policy), index: hot, hot: hot, durable: store, policy: policy,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Beside a hot tier whose clock is right.
    private func watch(_ policy: LifecyclePolicy = LifecyclePolicy()) -> SweepWatch {
        SweepWatch(
            shard: Shard(number: 0), index: hot, policy: policy, readiness: readiness,
            clocks: SweepWatch.Clocks(
                wall: { [hot] in hot.state.withLock { $0.now } }, monotonic: { [began] in began }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func sessions(_ numbers: ClosedRange<UInt64>, status: SessionStatus, updatedAt: Int64 = 0) -> [UserSession]
    {
        numbers.map { .fake($0, user: user, status: status, updatedAt: updatedAt) }
    }

    @Test func everyDueSessionIsAbandonedOnce() async throws {
        let due = sessions(1...950, status: .active).map(\.id)
        hot.state.withLock { $0.overdueActive = due }
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.abandoned } == due)
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.abandoned }.count == due.count)
    }

    /// What can't be moved stays in the index, in front, and hides nobody.
    @Test func whatIsNotDueIsSteppedOver() async throws {
        let due = sessions(1...1000, status: .active).map(\.id)
        let kept = Set(due.enumerated().filter { $0.offset % 3 == 0 || $0.offset < 450 }.map(\.element))
        hot.state.withLock { ($0.overdueActive, $0.notDue) = (due, kept) }
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.abandoned } == due.filter { !kept.contains($0) })
    }

    @Test func abandonedSessionsAreArchivedHotOrNot() async throws {
        let due = sessions(1...300, status: .abandoned)
        for (index, session) in due.enumerated() {
            if index % 2 == 0 {
                hot.state.withLock { $0.sessions[session.id] = session }
            } else {
                store.state.withLock { $0.sessions[session.id] = session }
            }
        }
        // In the index, and nowhere else.
        let lost = UserSession.fake(999, user: user).id
        hot.state.withLock { $0.overdueAbandoned = [lost] + due.map(\.id) }
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.retired } == due.map(\.id))
        #expect(hot.state.withLock { $0.hydrated }.count == 150)
        #expect(hot.state.withLock { $0.overdueAbandoned } == [lost])
    }

    @Test func whatWasArchivedLongAgoIsDeletedOnlyWhereThatIsWanted() async throws {
        let old = sessions(1...3, status: .archived, updatedAt: 100)
        let young = sessions(4...6, status: .archived, updatedAt: 999_950)
        for session in old + young { store.state.withLock { $0.sessions[session.id] = session } }
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.deleted.isEmpty })
        try await sweep(deleteAfter: 100).sweep()
        let deleted = hot.state.withLock { $0.deleted }
        #expect(Set(deleted.map(\.id)) == Set(old.map(\.id)))
        #expect(deleted.allSatisfy { $0.unchangedSince == Timestamp(milliseconds: 1_000_000 - 100) })
    }

    /// Its person was quicker: SQLite doesn't know yet that it is active again.
    @Test func whatCameBackIsNotDeleted() async throws {
        let old = UserSession.fake(1, user: user, status: .archived, updatedAt: 100)
        store.state.withLock { $0.sessions[old.id] = old }
        var back = old
        (back.status, back.updatedAt) = (.active, Timestamp(milliseconds: 999_999))
        hot.state.withLock { [back] in $0.sessions[old.id] = back }
        try await sweep(deleteAfter: 100).sweep()
        #expect(hot.state.withLock { $0.deleted.isEmpty })
    }

    @Test func anArchivedSessionGoesWithItsMissionHotOrNot() async throws {
        let (cold, hot) = (try FakePlan(number: 1).tree(), try FakePlan(number: 2).tree())
        var old = sessions(1...2, status: .archived, updatedAt: 100)
        (old[0].missionID, old[1].missionID) = (cold.id, hot.id)
        for session in old { store.state.withLock { $0.sessions[session.id] = session } }
        store.state.withLock { $0.missions[cold.id] = DurableMission(tree: cold, contents: [:]) }
        self.hot.state.withLock { $0.missions.trees[hot.id] = hot }
        try await sweep(deleteAfter: 100).sweep()
        self.hot.state.withLock { state in
            #expect(Set(state.deleted.map(\.id)) == Set(old.map(\.id)))
            #expect(state.missions.hydrated == [cold.id])
            #expect(state.missions.trees.isEmpty)
        }
    }

    @Test func aSessionWhoseMissionIsNowhereIsDeletedAllTheSame() async throws {
        var old = sessions(1...2, status: .archived, updatedAt: 100)
        old[0].missionID = FakePlan.id(7)
        for session in old { store.state.withLock { $0.sessions[session.id] = session } }
        try await sweep(deleteAfter: 100).sweep()
        #expect(Set(hot.state.withLock { $0.deleted.map(\.id) }) == Set(old.map(\.id)))
    }

    /// Linked to another one since SQLite heard of it: its next change is the next sweep's.
    @Test func aSessionThatIsLinkedOtherwiseIsLeft() async throws {
        let mission = try FakePlan().tree()
        var old = UserSession.fake(1, user: user, status: .archived, updatedAt: 100)
        store.state.withLock { [old] in $0.sessions[old.id] = old }
        old.missionID = mission.id
        hot.state.withLock { [old] in
            $0.sessions[old.id] = old
            $0.missions.trees[mission.id] = mission
        }
        try await sweep(deleteAfter: 100).sweep()
        #expect(hot.state.withLock { $0.deleted.isEmpty && $0.missions.trees.count == 1 })
    }

    // MARK: held

    private var warning: String? { readiness.report().first { $0.dependency == "sweep 0" }?.warning }

    /// Sessions that each of the three rules would move.
    private func fill() {
        let due = sessions(1...50, status: .active).map(\.id)
        let abandoned = sessions(101...150, status: .abandoned)
        for session in sessions(201...250, status: .archived, updatedAt: 100) {
            store.state.withLock { $0.sessions[session.id] = session }
        }
        hot.state.withLock {
            $0.overdueActive = due
            $0.overdueAbandoned = abandoned.map(\.id)
            for session in abandoned { $0.sessions[session.id] = session }
        }
    }

    private func moved() -> [Int] {
        hot.state.withLock { [$0.abandoned.count, $0.retired.count, $0.deleted.count] }
    }

    @Test func whileItIsHeldNothingIsMovedAndReadinessSaysSo() async throws {
        let sweep = sweep(deleteAfter: 100)
        try await sweep.sweep()
        #expect(warning == nil)
        fill()
        // It is an hour later from one moment to the next.
        hot.state.withLock { $0.now = $0.now.adding(milliseconds: 3_600_000) }
        for _ in 0..<3 { try await sweep.sweep() }
        #expect(moved() == [0, 0, 0])
        #expect(warning?.contains("Redis' clock was set by +3600 s") == true)
        #expect(readiness.isReady)
        // An operator agrees.
        hot.state.withLock { $0.agreedAt = $0.now }
        try await sweep.sweep()
        #expect(moved() == [50, 50, 50])
        #expect(warning == nil)
    }

    /// Whenever the clock is set: what is found due after that is not moved.
    @Test(arguments: 1...4) func aClockThatIsSetInMidSweepHoldsIt(looks: Int) async throws {
        fill()
        let step: @Sendable (inout FakeHotStore.State) -> Void = { $0.now = $0.now.adding(milliseconds: 3_600_000) }
        hot.state.withLock { $0.afterCensuses = Array(repeating: { _ in }, count: looks - 1) + [step] }
        let sweep = sweep(deleteAfter: 100)
        try await sweep.sweep()
        #expect(moved() == (0..<3).map { $0 < looks - 1 ? 50 : 0 })
        #expect((warning == nil) == (looks == 4))
    }

    @Test func aCrowdWaitsForASecondLook() async throws {
        let due = sessions(1...1001, status: .active).map(\.id)
        hot.state.withLock { $0.overdueActive = due }
        try await sweep().sweep()
        #expect(hot.state.withLock { $0.abandoned.isEmpty })
        #expect(warning?.contains("1001 of 1001 active sessions are due at once") == true)
        let patient = sweep(secondLook: 0)
        try await patient.sweep()
        #expect(hot.state.withLock { $0.abandoned.isEmpty })
        try await patient.sweep()
        #expect(hot.state.withLock { $0.abandoned } == due)
    }

    @Test func hintsAreFollowedOnlyWhereTheSweepWouldGoOn() async throws {
        let ids = sessions(1...3, status: .active).map(\.id)
        let hints = ExpiryHints(
            hot: hot, watches: [watch()], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let following = Task { try await hints.run() }
        hints.expired(ids[0])
        try await eventually("the first is followed") { hot.state.withLock { $0.abandoned } == [ids[0]] }
        // The clock is set, and events come of it before any sweep.
        hot.state.withLock { $0.now = $0.now.adding(milliseconds: 3_600_000) }
        hints.expired(ids[1])
        try await eventually("the second is not") { warning != nil }
        hot.state.withLock { $0.agreedAt = $0.now }
        hints.expired(ids[2])
        try await eventually("the third is followed") { hot.state.withLock { $0.abandoned } == [ids[0], ids[2]] }
        following.cancel()
        _ = await following.result
    }
}
