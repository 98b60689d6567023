import SessionCore
import SessionModel

extension FakeHotStore {
    private static func first(_ key: Idempotency?, _ state: State) -> HotReply<MissionOutcome>? {
        guard let key, let known = state.outcomes[key.keyHash] else { return nil }
        return known.body == key.bodyHash ? .replayed(known.outcome) : .refused(.keyReused)
    }

    func prepare(
        for user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<Void>> {
        try with { state in
            switch Self.first(idempotency, state) {
            case .refused(let refusal): .refused(refusal)
            case .replayed(let outcome), .done(let outcome):
                .done(MissionLook(found: (), now: Self.now, first: outcome))
            case nil: .done(MissionLook(found: (), now: Self.now, first: nil))
            }
        }
    }

    func look(
        at mission: MissionID, of user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<MissionTree>> {
        try with { state in
            guard let tree = state.missions[mission], tree.userID == user else { return .refused(.miss) }
            switch Self.first(idempotency, state) {
            case .refused(let refusal): return .refused(refusal)
            case .replayed(let outcome), .done(let outcome):
                return .done(MissionLook(found: tree, now: Self.now, first: outcome))
            case nil: return .done(MissionLook(found: tree, now: Self.now, first: nil))
            }
        }
    }

    func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome> {
        try with { state in
            if let first = Self.first(creation.idempotency, state) { return first }
            if let session = creation.session {
                guard let found = state.sessions[session], found.userID == creation.userID else {
                    return .refused(.miss)
                }
                guard SessionMove.use.from.contains(found.status) else { return .refused(.status(found.status)) }
                state.sessions[session]?.missionID = creation.id
            }
            state.entry += 1
            let log = LogID(milliseconds: 1, sequence: state.entry)
            if let session = creation.session { state.sessions[session]?.logID = log }
            var tree = MissionTree(
                id: creation.id, userID: creation.userID, version: 1, logID: log, sessionID: creation.session,
                mission: [])
            Self.take(creation.parts, into: &tree, &state)
            state.missions[creation.id] = tree
            let outcome = MissionOutcome(
                id: creation.id, logID: log, at: creation.at, version: 1, details: creation.details)
            if let key = creation.idempotency { state.outcomes[key.keyHash] = (key.bodyHash, outcome) }
            return .done(outcome)
        }
    }

    func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome> {
        try with { state in
            if let first = Self.first(amendment.idempotency, state) { return first }
            guard var tree = state.missions[amendment.id], tree.userID == amendment.userID else {
                return .refused(.miss)
            }
            guard tree.version == amendment.versionBefore else { return .refused(.version(tree.version)) }
            state.entry += 1
            tree.version += 1
            tree.logID = LogID(milliseconds: 1, sequence: state.entry)
            Self.take(amendment.parts, into: &tree, &state)
            state.missions[tree.id] = tree
            let outcome = MissionOutcome(
                id: tree.id, logID: tree.logID, at: amendment.at, version: tree.version, details: amendment.details)
            if let key = amendment.idempotency { state.outcomes[key.keyHash] = (key.bodyHash, outcome) }
            return .done(outcome)
        }
    }

    private static func take(_ parts: [MissionPart: [UInt8]], into tree: inout MissionTree, _ state: inout State) {
        for (part, document) in parts {
            switch part {
            case .mission: tree.mission = document
            case .hop(let id):
                tree.hops.removeAll { $0.id == id }
                if let entry = try? MissionTree.HopEntry(document: document) { tree.hops.append(entry) }
            case .step(let id):
                tree.steps.removeAll { $0.id == id }
                if let entry = try? MissionTree.StepEntry(document: document) { tree.steps.append(entry) }
            case .asset(let id):
                tree.assets.removeAll { $0.id == id }
                if let entry = try? MissionTree.AssetEntry(document: document) { tree.assets.append(entry) }
            case .content(let id): state.contents[id] = document.isEmpty ? nil : document
            }
        }
        tree = MissionTree(
            id: tree.id, userID: tree.userID, version: tree.version, logID: tree.logID, sessionID: tree.sessionID,
            mission: tree.mission, hops: tree.hops, steps: tree.steps, assets: tree.assets)
    }

    func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID> {
        try with { state in
            guard let tree = state.missions[deletion.id], tree.userID == deletion.userID else {
                return .refused(.missionMiss(deletion.id))
            }
            if case .oneOf(let versions) = deletion.condition, !versions.contains(tree.version) {
                return .refused(.version(tree.version))
            }
            state.missions[deletion.id] = nil
            if let session = tree.sessionID { state.sessions[session]?.missionID = nil }
            state.entry += 1
            return .done(LogID(milliseconds: 1, sequence: state.entry))
        }
    }

    func mission(_ id: MissionID, of user: UserID, using: Bool) async throws(HotError) -> HotReply<MissionTree> {
        try with { state in
            guard let tree = state.missions[id], tree.userID == user else { return .refused(.miss) }
            return .done(tree)
        }
    }

    func content(
        of asset: AssetID, in mission: MissionID, of user: UserID
    ) async throws(HotError) -> HotReply<AssetContent> {
        try with { state in .done(state.contents[asset].map(AssetContent.here) ?? .none) }
    }

    func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>] {
        state.withLock { state in
            state.missions.values.filter { $0.userID == user }.map { Place(id: $0.id, time: Self.now) }
        }
    }

    func missions(_ missions: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?] {
        state.withLock { state in
            missions.map { id in
                guard let tree = state.missions[id], let mission = try? Mission(document: tree.mission) else {
                    return nil
                }
                return MissionSummary(id: id, version: tree.version, mission: mission)
            }
        }
    }

    func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration { .deleted }
}
