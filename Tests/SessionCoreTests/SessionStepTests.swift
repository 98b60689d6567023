import Logging
import SessionModel
import Testing

@testable import SessionCore

/// What a step asks for first is done, and the step taken again.
@Suite struct SessionStepTests {
    private let hot = FakeHotStore()
    private let store = FakeDurableStore()
    private let sessions: Sessions
    private let session: UserSession

    init() throws {
        let user = try #require(UserID("u"))
        session = .fake(1, user: user, lastActivityAt: 5)
        sessions = Sessions(
            hot: hot, durable: store, seal: MetadataSeal(try KeyRing(KeyRing.newText())),
            shards: try #require(ShardCount(1)), lifecycle: LifecyclePolicy(), longestMetadata: 1000,
            reads: ColdReads(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func load(as user: UserID? = nil) async throws(SessionError) -> SessionView {
        try await sessions.load(session.id, user: user ?? session.userID, messages: 10, touching: true)
    }

    @Test func aMissIsFilledFromSQLite() async throws {
        store.state.withLock { $0.sessions[session.id] = session }
        let view = try await load()
        #expect(view.session.session == session)
        #expect(view.source == .loaded)
        #expect(hot.state.withLock { $0.hydrated } == [session.id])
        #expect(try await load().source == .hot)
    }

    @Test func whatNeitherTierHasIsNotFound() async throws {
        await #expect(throws: SessionError.notFound) { try await load() }
    }

    @Test func anothersSessionIsNotFoundHotOrCold() async throws {
        let stranger = try #require(UserID("stranger"))
        store.state.withLock { $0.sessions[session.id] = session }
        await #expect(throws: SessionError.notFound) { try await load(as: stranger) }
        #expect(hot.state.withLock { $0.hydrated.isEmpty }, "nothing of it becomes hot for a stranger")
        _ = try await load()
        await #expect(throws: SessionError.notFound) { try await load(as: stranger) }
    }

    @Test func aSessionWhoseTimeIsUpIsAbandonedFirst() async throws {
        hot.state.withLock { ($0.sessions[session.id], $0.refusals) = (session, [.due]) }
        _ = try await load()
        #expect(hot.state.withLock { $0.abandoned } == [session.id])
    }

    @Test(arguments: [
        (HotRefusal.absent, SessionError.notFound), (.missionAbsent, .notFound),
        (.status(.archived), .status(.archived)),
        (.version(7), .version(7)), (.keyReused, .keyReused), (.notDue, .failed),
    ])
    func aRefusalIsTheRequests(_ refusal: HotRefusal, _ error: SessionError) async throws {
        hot.state.withLock { $0.refusals = [refusal] }
        await #expect(throws: error) { try await load() }
    }

    @Test func whatPassesIsToBeTriedLater() async {
        hot.state.withLock { $0.refusals = [.backlogFull] }
        do {
            _ = try await load()
            Issue.record("it was answered")
        } catch .unavailable(_, let seconds) { #expect(seconds > 0) } catch { Issue.record("\(error)") }
    }

    @Test func aStepIsNotTakenForEver() async {
        store.state.withLock { $0.sessions[session.id] = session }
        hot.state.withLock { $0.refusals = Array(repeating: .miss, count: 100) }
        await #expect(throws: SessionError.self) { try await load() }
        #expect(hot.state.withLock { $0.refusals.count } == 100 - Sessions.attempts)
    }
}
