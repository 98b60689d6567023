import SessionCore
import SessionModel

/// Missions in memory: a change is written by version, keys remember their first outcome.
extension FakeHotStore {
    struct Missions {
        var trees: [MissionID: MissionTree] = [:]
        var contents: [AssetID: AssetContent] = [:]
        /// In the order of the user's index: those that SQLite can't answer for.
        var unsettled: [Place<MissionKind>] = []
        var keys: [String: MissionOutcome] = [:]
        var creations: [MissionCreation] = []
        var deletions: [MissionDeletion] = []
        /// What each further deletion answers, in turn, before it is done for real.
        var refusals: [HotRefusal] = []
        /// Every try to write.
        var amendments: [MissionAmendment] = []
        var hydrated: [MissionID] = []
        var looks = 0
        /// What others do before each further write, in turn.
        var interference: [@Sendable (inout State) throws -> Void] = []
        /// What others do before each write.
        var everyTime: (@Sendable (inout State) throws -> Void)?
        /// What each further write answers, in turn, before it is done for real.
        var answers: [Result<HotReply<MissionOutcome>, HotError>] = []
    }

    func prepare(for user: UserID, idempotency: Idempotency?) async throws(HotError) -> HotReply<MissionLook<Void>> {
        state.withLock { state in
            .done(
                MissionLook(found: (), now: state.now, first: idempotency.flatMap { state.missions.keys[$0.keyHash] }))
        }
    }

    func look(
        at mission: MissionID, of user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<MissionTree>> {
        state.withLock { state in
            state.missions.looks += 1
            guard let tree = state.missions.trees[mission] else { return .refused(.miss) }
            guard tree.userID == user else { return .refused(.absent) }
            let first = idempotency.flatMap { state.missions.keys[$0.keyHash] }
            return .done(MissionLook(found: tree, now: state.now, first: first))
        }
    }

    func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome> {
        let result: Result<HotReply<MissionOutcome>, HotError> = state.withLock { state in
            do { return .success(try Self.write(creation, &state)) } catch { return .failure(.broken("\(error)")) }
        }
        return try result.get()
    }

    private static func write(_ creation: MissionCreation, _ state: inout State) throws -> HotReply<MissionOutcome> {
        if let first = creation.idempotency.flatMap({ state.missions.keys[$0.keyHash] }) { return .replayed(first) }
        if let session = creation.session {
            guard state.sessions[session] != nil else { return .refused(.miss) }
            state.sessions[session]?.missionID = creation.id
        }
        state.missions.creations.append(creation)
        let bare = MissionTree(
            id: creation.id, userID: creation.userID, version: 1, logID: .zero, sessionID: creation.session, mission: []
        )
        let log = LogID(milliseconds: 1, sequence: 1)
        state.missions.trees[creation.id] = try bare.writing(creation.parts, version: 1, log: log)
        let outcome = MissionOutcome(
            id: creation.id, logID: log, at: creation.at, version: 1, details: creation.details)
        if let key = creation.idempotency { state.missions.keys[key.keyHash] = outcome }
        return .done(outcome)
    }

    func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome> {
        let result: Result<HotReply<MissionOutcome>, HotError> = state.withLock { state in
            do {
                if !state.missions.interference.isEmpty { try state.missions.interference.removeFirst()(&state) }
                try state.missions.everyTime?(&state)
                state.missions.amendments.append(amendment)
                if !state.missions.answers.isEmpty { return state.missions.answers.removeFirst() }
                return .success(try Self.write(amendment, &state))
            } catch { return .failure(.broken("\(error)")) }
        }
        return try result.get()
    }

    private static func write(
        _ amendment: MissionAmendment, _ state: inout State
    ) throws -> HotReply<MissionOutcome> {
        guard let tree = state.missions.trees[amendment.id] else { return .refused(.miss) }
        if let first = amendment.idempotency.flatMap({ state.missions.keys[$0.keyHash] }) { return .replayed(first) }
        guard tree.version == amendment.versionBefore else { return .refused(.version(tree.version)) }
        let log = LogID(milliseconds: 1, sequence: tree.logID.sequence + 1)
        state.missions.trees[amendment.id] = try tree.writing(amendment.parts, version: tree.version + 1, log: log)
        for case (.content(let asset), let content) in amendment.parts {
            state.missions.contents[asset] = content.isEmpty ? nil : .here(content)
        }
        let outcome = MissionOutcome(
            id: amendment.id, logID: log, at: amendment.at, version: tree.version + 1, details: amendment.details)
        if let key = amendment.idempotency { state.missions.keys[key.keyHash] = outcome }
        return .done(outcome)
    }

    func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID> {
        state.withLock { state in
            state.missions.deletions.append(deletion)
            if !state.missions.refusals.isEmpty { return .refused(state.missions.refusals.removeFirst()) }
            guard let tree = state.missions.trees[deletion.id] else { return .refused(.missionMiss(deletion.id)) }
            guard tree.sessionID == deletion.session else { return .refused(.linkMoved) }
            if let session = tree.sessionID {
                guard state.sessions[session] != nil else { return .refused(.miss) }
                state.sessions[session]?.missionID = nil
            }
            state.missions.trees[deletion.id] = nil
            return .done(LogID(milliseconds: 1, sequence: 0))
        }
    }

    func mission(_ id: MissionID, of user: UserID, using: Bool) async throws(HotError) -> HotReply<MissionTree> {
        state.withLock { state in
            guard let tree = state.missions.trees[id] else { return .refused(.miss) }
            return tree.userID == user ? .done(tree) : .refused(.absent)
        }
    }

    func content(
        of asset: AssetID, in mission: MissionID, of user: UserID
    ) async throws(HotError) -> HotReply<AssetContent> {
        state.withLock { state in
            state.missions.trees[mission] == nil
                ? .refused(.miss) : .done(state.missions.contents[asset] ?? AssetContent.none)
        }
    }

    func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>] {
        state.withLock { $0.missions.unsettled }
    }

    func missions(_ missions: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?] {
        state.withLock { state in
            missions.map { id in
                state.missions.trees[id].flatMap { tree in
                    (try? Mission(document: tree.mission)).map {
                        MissionSummary(id: id, version: tree.version, mission: $0)
                    }
                }
            }
        }
    }

    func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration {
        state.withLock { state in
            guard state.missions.trees[mission.tree.id] == nil else { return .present }
            state.missions.trees[mission.tree.id] = mission.tree
            state.missions.contents.merge(mission.contents) { $1 }
            state.missions.hydrated.append(mission.tree.id)
            return .created
        }
    }
}
