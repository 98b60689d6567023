import Logging
import SessionModel

/// What a person can do with missions. As ``Sessions``, one value for each event loop; what concerns a session as well
/// (making a mission for one, deleting a linked one) is there.
public struct Missions: Sendable {
    let hot: any HotStore
    let durable: any DurableStore
    let seal: MetadataSeal
    let shards: ShardCount
    let lifecycle: LifecyclePolicy
    let reads: ColdReads
    /// What `hot` is: the hot tier, or what passes it by.
    let tier: AnswerSource
    let logger: Logger

    /// As ``Sessions/reading(_:)``.
    func reading<Value>(
        _ read: (Missions) async throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        let away: SessionError
        do { return try await read(self) } catch {
            guard case .hotTierAway = error, tier != .bypass else { throw error }
            away = error
        }
        let bypassing = Missions(
            hot: Bypass(durable: durable, reads: reads, lifecycle: lifecycle), durable: durable, seal: seal,
            shards: shards, lifecycle: lifecycle, reads: reads, tier: .bypass, logger: logger)
        do { return try await read(bypassing) } catch { throw error == .notFound ? away : error }
    }

    // MARK: reads

    /// - Parameter using: whether this is use of the mission itself, and not of its session.
    public func load(
        _ id: MissionID, user: UserID, using: Bool = true
    ) async throws(SessionError) -> MissionView<OpenMission> {
        let (tree, source) = try await readTree(id, user, using: using)
        return MissionView(value: try opened(tree), version: tree.version, source: source)
    }

    private func readTree(
        _ id: MissionID, _ user: UserID, using: Bool = true
    ) async throws(SessionError) -> (MissionTree, AnswerSource) {
        try await reading { (missions) throws(SessionError) in try await missions.tree(id, user, using: using) }
    }

    /// As it is stored.
    func tree(
        _ id: MissionID, _ user: UserID, using: Bool
    ) async throws(SessionError) -> (MissionTree, AnswerSource) {
        let found = try await find(id, user) { () throws(HotError) in
            try await hot.mission(id, of: user, using: using)
        }
        return (found.value, found.source)
    }

    public func hop(
        _ id: HopID, of mission: MissionID, user: UserID
    ) async throws(SessionError) -> MissionView<OpenHop> {
        let (tree, source) = try await readTree(mission, user)
        return MissionView(value: try openedHop(id, of: tree), version: tree.version, source: source)
    }

    public func step(
        _ id: ToolStepID, of hop: HopID, in mission: MissionID, user: UserID
    ) async throws(SessionError) -> MissionView<MissionTree.StepEntry> {
        let (tree, source) = try await readTree(mission, user)
        guard let step = tree.steps.first(where: { $0.id == id && $0.hop == hop }) else { throw .notFound }
        return MissionView(value: step, version: tree.version, source: source)
    }

    /// With its content, from wherever that is.
    public func asset(
        _ id: AssetID, of mission: MissionID, user: UserID
    ) async throws(SessionError) -> MissionView<WholeAsset> {
        let (tree, source) = try await readTree(mission, user)
        let asset = try openedAsset(id, of: tree)
        let (content, contentSource) = try await reading { (missions) throws(SessionError) in
            try await missions.content(of: id, in: mission, user)
        }
        return MissionView(
            value: WholeAsset(asset: asset, content: content), version: tree.version,
            source: source == .hot ? contentSource : source)
    }

    func content(
        of id: AssetID, in mission: MissionID, _ user: UserID
    ) async throws(SessionError) -> ([UInt8]?, AnswerSource) {
        let found = try await find(mission, user) { () throws(HotError) in
            try await hot.content(of: id, in: mission, of: user)
        }
        switch found.value {
        case .none: return (nil, found.source)
        case .here(let content): return (content, found.source)
        case .cold:
            do {
                let content = try await durable.content(of: id, in: mission, user: user)
                return (content, tier == .bypass ? tier : .loaded)
            } catch {
                throw SessionError(error, logger)
            }
        }
    }

    // MARK: misses

    struct Found<Value: Sendable> {
        var value: Value
        var source: AnswerSource
    }

    /// Asks the hot tier, and fills a miss from SQLite before it asks again.
    func find<Value>(
        _ id: MissionID, _ user: UserID, _ ask: () async throws(HotError) -> HotReply<Value>
    ) async throws(SessionError) -> Found<Value> {
        var source = tier
        for _ in 0..<Sessions.attempts {
            let reply: HotReply<Value>
            do { reply = try await ask() } catch { throw SessionError(error, logger) }
            switch reply {
            case .done(let value), .replayed(let value): return Found(value: value, source: source)
            case .refused(.miss):
                try await hydrate(id, user)
                source = .loaded
            case .refused(let refusal): throw SessionError(refusal)
            }
        }
        throw .unavailable(reason: "the mission is changing too fast", retryAfter: 1)
    }

    /// Reads a mission that is not hot from SQLite and makes it hot.
    func hydrate(_ id: MissionID, _ user: UserID) async throws(SessionError) {
        guard shards.shard(of: user) == id.shard else { throw .notFound }
        let (hot, durable) = (hot, durable)
        let outcome = await reads.missionHydrations.run(ColdReads.MissionReading(id: id, user: user)) {
            await Result {
                let readAt = try await hot.time(of: id.shard)
                let found = try await durable.mission(id, of: user)
                SessionMetrics.coldReads.increment()
                guard let found, try await hot.hydrate(found, readAt: readAt) != .deleted else {
                    throw SessionError.notFound
                }
            }
        }
        try SessionError.pass(outcome, logger)
    }

    /// What SQLite knows of an idempotency key that the hot tier may have lost is put back there; if it knows nothing, that
    /// is noted.
    func recalled(_ idempotency: Idempotency?, _ user: UserID) async throws(SessionError) -> Idempotency? {
        guard var idempotency else { throw .failed }
        let kept: KeptOutcome?
        do { kept = try await durable.outcome(of: idempotency.keyHash, user: user) } catch {
            throw SessionError(error, logger)
        }
        if let kept {
            do { try await hot.remember(kept, of: user) } catch { throw SessionError(error, logger) }
        } else {
            idempotency.isNew = true
        }
        return idempotency
    }
}

extension SessionError {
    /// What a refusal comes to for who asked, where there is nothing more to be done about it.
    init(_ refusal: HotRefusal) {
        switch refusal {
        case .absent, .missionAbsent: self = .notFound
        case .status(let status): self = .status(status)
        case .version(let version): self = .version(version)
        case .missionTaken: self = .missionTaken
        case .keyReused: self = .keyReused
        case .chatFull:
            SessionMetrics.overQuota(.messages).increment()
            self = .overQuota(.messages, retryAfter: QuotaPolicy.fullChat)
        case .backlogFull: self = .unavailable(reason: "the write-behind backlog is full", retryAfter: 5)
        case .miss, .missionMiss, .linked, .linkMoved, .due, .numberUnknown, .keyUnknown, .moved, .notDue:
            self = .failed
        }
    }
}
