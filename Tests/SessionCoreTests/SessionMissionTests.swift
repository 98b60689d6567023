import SessionModel
import Testing

@testable import SessionCore

/// A session and its mission are two looks, and one answer.
@Suite struct SessionMissionTests {
    private let bench: MissionBench
    private let session: UserSession

    init() throws {
        bench = try MissionBench()
        var session = UserSession.fake(1, user: bench.user, lastActivityAt: 5)
        session.missionID = bench.id
        session.logID = LogID(milliseconds: 5, sequence: 5)
        self.session = session
        bench.hot.state.withLock { [session] in $0.sessions[session.id] = session }
    }

    private func load() async throws(SessionError) -> SessionView {
        try await bench.sessions.load(session.id, user: session.userID, messages: 10, touching: true)
    }

    @Test func aSessionIsReadWithItsMission() async throws {
        bench.makeHot()
        let view = try await load()
        #expect(view.mission?.id == bench.id)
        #expect(view.mission?.hops.first?.steps.map(\.id) == bench.steps)
        #expect(view.source == .hot)
    }

    @Test func aMissionThatIsNotHotIsLoaded() async throws {
        bench.makeCold()
        let view = try await load()
        #expect(view.mission?.id == bench.id)
        #expect(view.source == .loaded)
        #expect(try await load().source == .hot)
        #expect(bench.hot.state.withLock { $0.missions.hydrated } == [bench.id])
    }

    @Test func aMissionThatWasDeletedInBetweenIsNoLongerTheSessions() async throws {
        let (id, session) = (bench.id, session.id)
        bench.makeHot()
        bench.hot.state.withLock {
            $0.afterLoads = [
                {
                    $0.missions.trees[id] = nil
                    $0.sessions[session]?.missionID = nil
                    $0.sessions[session]?.version = 2
                }
            ]
        }
        let view = try await load()
        #expect(view.mission == nil && view.session.session.missionID == nil)
        #expect(view.session.session.version == 2, "it was looked at again")
        #expect(view.isToldByVersion)
    }

    @Test func aMissionThatTookItsPlaceIsFound() async throws {
        let (id, session) = (bench.id, session.id)
        let other = try FakePlan(.awaitingApproval, number: 2).tree()
        bench.makeHot()
        bench.hot.state.withLock {
            $0.afterLoads = [
                {
                    $0.missions.trees = [other.id: other]
                    $0.sessions[session]?.missionID = other.id
                }
            ]
        }
        #expect(try await load().mission?.id == other.id)
        #expect(id != other.id)
    }

    /// What else there is of the session is shown, and nobody looks for ever.
    @Test func aSessionOutlivesAMissionThatIsNowhere() async throws {
        #expect(try await load().mission == nil)
        #expect(bench.store.state.withLock { $0.missionReads } == 2)
    }

    @Test func aSessionThatWasDeletedInBetweenIsNotFound() async throws {
        let session = session.id
        bench.hot.state.withLock { $0.afterLoads = [{ $0.sessions[session] = nil }] }
        await #expect(throws: SessionError.notFound) { try await load() }
    }

    @Test func aVersionTellsOfAMissionOnlyUntilTheMissionChanges() async throws {
        bench.makeHot()
        for (log, isTold) in [
            (LogID(milliseconds: 5, sequence: 4), true), (LogID(milliseconds: 5, sequence: 5), true),
            (LogID(milliseconds: 5, sequence: 6), false), (LogID(milliseconds: 6, sequence: 0), false),
        ] {
            bench.hot.state.withLock { [id = bench.id] in $0.missions.trees[id]?.logID = log }
            #expect(try await load().isToldByVersion == isTold)
        }
        let session = session.id
        bench.hot.state.withLock { $0.sessions[session]?.missionID = nil }
        #expect(try await load().isToldByVersion, "without a mission it tells all")
    }

    @Test func aSessionIsDeletedWithItsMissionWhereverThatIs() async throws {
        for isCold in [true, false] {
            bench.hot.state.withLock { [session] in ($0.sessions[session.id], $0.deleted) = (session, []) }
            if isCold { bench.makeCold() } else { bench.store.state.withLock { $0.missions = [:] } }
            _ = try await bench.sessions.delete(session.id, user: session.userID, condition: .any)
            #expect(bench.hot.state.withLock { $0.deleted.map(\.id) } == [session.id])
            #expect(bench.hot.state.withLock { $0.missions.trees.isEmpty })
        }
        #expect(bench.hot.state.withLock { $0.missions.hydrated } == [bench.id])
    }
}
