import Logging
import SessionCore
import SessionModel
import Testing

@Suite(.timeLimit(.minutes(1))) struct SweepTests {
    private let hot = FakeHotStore()
    private let store = FakeDurableStore()
    private let user: UserID

    init() throws { user = try #require(UserID("u")) }

    private func sweep(deleteAfter: Int64? = nil) -> Sweep {
        var policy = LifecyclePolicy()
        policy.deleteAfter = deleteAfter
        return Sweep(
            shard: Shard(number: 0), index: hot, hot: hot, durable: store, policy: policy,
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
}
