import SessionCore
import SessionModel

// MARK: what sweeps need

extension RedisPort: LifecycleIndex {
    func overdueActive(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        try await overdue(\.activity, after: world.policy.abandonAfter, offset, limit)
    }

    func overdueAbandoned(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        try await overdue(\.abandoned, after: world.policy.archiveAfter, offset, limit)
    }

    func census(of shard: Shard, at now: Timestamp) async throws(HotError) -> SweepCensus {
        try await read("census") { (redis, _) in
            let end = now.milliseconds - world.policy.abandonAfter
            return SweepCensus(active: redis.activity.count, due: redis.activity.values.count { $0 <= end })
        }
    }

    func overdue(
        _ index: KeyPath<SimRedis, [SessionID: Int64]>, after milliseconds: Int64, _ offset: Int, _ limit: Int
    ) async throws(HotError) -> [SessionID] {
        let end = try await time(of: World.shard).milliseconds - milliseconds
        return try await read("overdue") { (redis, _) in
            let due = redis[keyPath: index].filter { $0.value <= end }
            return due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.dropFirst(offset).prefix(limit).map(\.key)
        }
    }
}

// MARK: what clients need

extension RedisPort: HotStore {
    func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession> {
        try await command("create") { (redis, run) throws(HotError) in
            try redis.create(creation, run: run, policy: world.policy)
        }
    }

    func append(_ append: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages> {
        try await command("append") { (redis, run) throws(HotError) in
            try redis.append(append, run: run, policy: world.policy)
        }
    }

    func touch(_ id: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession> {
        try await command("touch") { (redis, run) throws(HotError) in
            let reply = try redis.touch(id, of: user, run: run, policy: world.policy)
            if case .done(let touched) = reply { world.touched(id, touched.lastActivityAt.milliseconds) }
            return reply
        }
    }

    func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession> {
        try await command("update") { (redis, run) throws(HotError) in
            try redis.update(update, run: run, policy: world.policy)
        }
    }

    func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID> {
        try await command("delete") { (redis, run) throws(HotError) in try redis.delete(deletion, run: run) }
    }

    func abandon(_ id: SessionID) async throws(HotError) -> HotReply<LogID> {
        let user = try await read("owner") { (redis, _) in redis.hot[id]?.session.userID }
        return try await command("abandon") { (redis, run) throws(HotError) in
            try redis.abandon(id, of: user, run: run, policy: world.policy)
        }
    }

    func retire(_ id: SessionID) async throws(HotError) -> HotReply<LogID> {
        guard let user = try await read("owner", { (redis, _) in redis.hot[id]?.session.userID }) else {
            return .refused(.miss)
        }
        return try await command("retire") { (redis, run) throws(HotError) in
            try redis.retire(id, of: user, run: run, policy: world.policy)
        }
    }

    func load(
        _ id: SessionID, of user: UserID, messages: Int, touching: Bool
    ) async throws(HotError) -> HotReply<LoadedSession> {
        let reply = try await command("load", isScript: false, isWrite: touching) {
            (redis, run) throws(HotError) -> HotReply<LoadedSession> in
            if touching {
                switch try redis.touch(id, of: user, run: run, policy: world.policy) {
                case .done(let touched), .replayed(let touched):
                    world.touched(id, touched.lastActivityAt.milliseconds)
                case .refused(.status): break
                case .refused(let refusal): return .refused(refusal)
                }
            }
            try redis.demandReconciled(run)
            guard let one = redis.hot[id] else {
                return .refused(!touching && redis.gone[id] != nil ? .absent : .miss)
            }
            guard one.session.userID == user else { return .refused(.miss) }
            var session = one.session
            if session.status == .active { session.abandonsAt = redis.alive[id].map { Timestamp(milliseconds: $0) } }
            let newest = one.messages.suffix(messages)
            var page = MessagePage(firstSequence: session.messageCount - Int64(newest.count) + 1)
            for message in newest {
                if page.count > 0 { page.json.append(UInt8(ascii: ",")) }
                page.json += message
                page.count += 1
            }
            return .done(LoadedSession(session: session, messages: page))
        }
        guard case .done(var loaded) = reply, loaded.session.status == .active, loaded.session.abandonsAt == nil else {
            return reply
        }
        let ends = loaded.session.lastActivityAt.adding(milliseconds: world.policy.abandonAfter)
        if try await time(of: World.shard) >= ends { return .refused(.due) }
        loaded.session.abandonsAt = ends
        return .done(loaded)
    }

    func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError) {
        try await command("remember", isScript: false) { (redis, _) in redis.remember(outcome, of: user) }
    }

    func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration {
        let ends = session.session.lastActivityAt.adding(milliseconds: world.policy.abandonAfter)
        let outcome = try await command("hydrate", isScript: false) { (redis, run) throws(HotError) in
            try redis.hydrate(
                session, readAt: readAt.milliseconds, oldest: LifecyclePolicy.oldestHydration,
                abandonsAt: session.session.status == .active ? ends.milliseconds : nil, fence: .admitted(run),
                policy: world.policy)
        }
        world.count("hydration \(outcome)")
        return outcome
    }

    // Nobody here asks for these.

    private var unasked: HotError { .broken("not simulated") }

    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(HotError) -> HotReply<HotMessages> { throw unasked }
    func unsettledSessions(
        of user: UserID, after: SessionActivity?, limit: Int
    ) async throws(HotError) -> UnsettledSessions { throw unasked }

    func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity] { throw unasked }
    func sessions(_ sessions: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?] { throw unasked }
    func prepare(
        for user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<Void>> { throw unasked }
    func look(
        at mission: MissionID, of user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<MissionTree>> { throw unasked }
    func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome> { throw unasked }
    func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome> { throw unasked }
    func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID> { throw unasked }
    func mission(
        _ id: MissionID, of user: UserID, using: Bool
    ) async throws(HotError) -> HotReply<MissionTree> { throw unasked }
    func content(
        of asset: AssetID, in mission: MissionID, of user: UserID
    ) async throws(HotError) -> HotReply<AssetContent> { throw unasked }
    func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>] { throw unasked }
    func missions(_ missions: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?] {
        throw unasked
    }
    func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration { throw unasked }
}
