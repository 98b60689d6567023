import SessionCore
import SessionModel
import Synchronization

/// A hot tier in memory, as far as lists, sweeps and missions look at it.
final class FakeHotStore: HotStore, LifecycleIndex {
    struct State {
        var now = Timestamp(milliseconds: 1_000_000)
        var sessions: [SessionID: UserSession] = [:]
        /// In the order of the user's index: whom SQLite can't answer for.
        var unsettled: [SessionActivity] = []
        var gone: Set<SessionID> = []
        /// Due sessions by index, longest first.
        var overdueActive: [SessionID] = []
        var overdueAbandoned: [SessionID] = []
        /// Active sessions, beside those that are due.
        var otherActive = 0
        var agreedAt: Timestamp?
        /// What becomes of the tier after each further census, in turn.
        var afterCensuses: [@Sendable (inout State) -> Void] = []
        /// In an index, and not to be moved.
        var notDue: Set<SessionID> = []
        var abandoned: [SessionID] = []
        var retired: [SessionID] = []
        var hydrated: [SessionID] = []
        var deleted: [(id: SessionID, unchangedSince: Timestamp?)] = []
        /// What each further `load` answers, in turn, before it answers for real.
        var refusals: [HotRefusal] = []
        /// What others do after each further `load`, in turn.
        var afterLoads: [@Sendable (inout State) -> Void] = []
        var missions = Missions()
        var remembered: [KeptOutcome] = []
    }

    let state = Mutex(State())

    var missing: HotError { .broken("this fake doesn't know how") }

    func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession> { throw missing }
    func append(_ messages: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages> { throw missing }
    func touch(_ session: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession> {
        throw missing
    }
    func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession> { throw missing }
    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(HotError) -> HotReply<HotMessages> { throw missing }
    func load(
        _ session: SessionID, of user: UserID, messages: Int, touching: Bool
    ) async throws(HotError) -> HotReply<LoadedSession> {
        state.withLock { state in
            if !state.refusals.isEmpty { return .refused(state.refusals.removeFirst()) }
            guard let found = state.sessions[session] else { return .refused(.miss) }
            guard found.userID == user else { return .refused(.absent) }
            if !state.afterLoads.isEmpty { state.afterLoads.removeFirst()(&state) }
            return .done(LoadedSession(session: found, messages: MessagePage()))
        }
    }

    func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID> {
        state.withLock { state in
            guard let session = state.sessions[deletion.session] else { return .refused(.miss) }
            if let limit = deletion.unchangedSince, session.status != .archived || session.updatedAt >= limit {
                return .refused(.notDue)
            }
            if let mission = session.missionID {
                guard let link = deletion.linked, link.mission == mission else { return .refused(.linked(mission)) }
                guard state.missions.trees.removeValue(forKey: mission) != nil || link.isLost else {
                    return .refused(.missionMiss(mission))
                }
            }
            state.sessions[deletion.session] = nil
            state.deleted.append((deletion.session, deletion.unchangedSince))
            return .done(LogID(milliseconds: 1, sequence: 0))
        }
    }

    func abandon(_ session: SessionID) async throws(HotError) -> HotReply<LogID> {
        state.withLock { state in
            guard !state.notDue.contains(session) else { return .refused(.notDue) }
            state.overdueActive.removeAll { $0 == session }
            state.abandoned.append(session)
            return .done(LogID(milliseconds: 1, sequence: 0))
        }
    }

    func retire(_ session: SessionID) async throws(HotError) -> HotReply<LogID> {
        state.withLock { state in
            guard state.sessions[session] != nil else { return .refused(.miss) }
            guard !state.notDue.contains(session) else { return .refused(.notDue) }
            state.overdueAbandoned.removeAll { $0 == session }
            state.retired.append(session)
            return .done(LogID(milliseconds: 1, sequence: 0))
        }
    }

    func unsettledSessions(
        of user: UserID, after: SessionActivity?, limit: Int
    ) async throws(HotError) -> UnsettledSessions {
        state.withLock { state in
            let places = state.unsettled.filter { !state.gone.contains($0.session) }
                .sorted { $0.comesBefore($1) }
            let deleted = state.unsettled.map(\.session).filter(state.gone.contains)
            return UnsettledSessions(
                ids: places.map(\.session) + deleted, deleted: deleted.count,
                places: Array(places.filter { $0.isBehind(after) }.prefix(limit)))
        }
    }

    func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity] {
        try await unsettledSessions(of: user, after: nil, limit: limit).places
    }

    func sessions(_ sessions: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?] {
        state.withLock { state in sessions.map { state.sessions[$0] } }
    }

    func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError) {
        state.withLock { $0.remembered.append(outcome) }
    }

    func time(of shard: Shard) async throws(HotError) -> Timestamp { state.withLock { $0.now } }

    func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration {
        state.withLock { state in
            guard state.sessions[session.session.id] == nil else { return .present }
            state.sessions[session.session.id] = session.session
            state.hydrated.append(session.session.id)
            return .created
        }
    }

    func overdueActive(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        state.withLock { Array($0.overdueActive.dropFirst(offset).prefix(limit)) }
    }

    func overdueAbandoned(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        state.withLock { Array($0.overdueAbandoned.dropFirst(offset).prefix(limit)) }
    }

    func census(of shard: Shard, at now: Timestamp) async throws(HotError) -> SweepCensus {
        state.withLock { state in
            defer { if !state.afterCensuses.isEmpty { state.afterCensuses.removeFirst()(&state) } }
            return SweepCensus(
                active: state.otherActive + state.overdueActive.count, due: state.overdueActive.count,
                agreedAt: state.agreedAt)
        }
    }
}
