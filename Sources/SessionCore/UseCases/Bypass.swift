import SessionModel

/// What SQLite alone answers while the hot tier can't be reached or is not reconciled: reads, as the hot tier would answer
/// them if nothing had been written since the last flush. Nothing is written, and reading is not activity.
struct Bypass: HotStore {
    let durable: any DurableStore
    let reads: ColdReads
    let lifecycle: LifecyclePolicy

    func load(
        _ session: SessionID, of user: UserID, messages: Int, touching: Bool
    ) async throws(HotError) -> HotReply<LoadedSession> {
        guard let found = try await reads.session(session, of: user, messages: messages, durable) else {
            return .refused(.absent)
        }
        let count = found.session.messageCount
        var page = MessagePage(firstSequence: count - Int64(found.messages.count) + 1)
        page.append(found.messages)
        page.hasMore = count > page.count && (page.count == 0 || page.firstSequence > 1)
        return .done(LoadedSession(session: found.session.asOf(.now, lifecycle), messages: page))
    }

    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(HotError) -> HotReply<HotMessages> {
        guard let found = try await reads.session(session, of: user, messages: 0, durable) else {
            return .refused(.absent)
        }
        let page = try await asking { () throws(DurableError) in
            try await durable.messages(range, of: session, user: user)
        }
        let last = found.session.messageCount
        return .done(HotMessages(lastSequence: last, windowStart: range.bounds(last: last).lowerBound, page: page))
    }

    func unsettledSessions(
        of user: UserID, after: SessionActivity?, limit: Int
    ) async throws(HotError) -> UnsettledSessions { UnsettledSessions() }

    func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity] { [] }

    func sessions(_ sessions: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?] {
        sessions.map { _ in nil }
    }

    func mission(_ id: MissionID, of user: UserID, using: Bool) async throws(HotError) -> HotReply<MissionTree> {
        guard let found = try await reads.mission(id, of: user, durable) else { return .refused(.absent) }
        return .done(found.tree)
    }

    func content(
        of asset: AssetID, in mission: MissionID, of user: UserID
    ) async throws(HotError) -> HotReply<AssetContent> { .done(.cold) }

    func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>] { [] }

    func missions(_ missions: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?] {
        missions.map { _ in nil }
    }

    func time(of shard: Shard) async throws(HotError) -> Timestamp { .now }

    private func asking<Value>(
        _ ask: () async throws(DurableError) -> Value
    ) async throws(HotError) -> Value {
        do { return try await ask() } catch { throw .unavailable("\(error)") }
    }
}

/// Nobody who writes comes here: writes are refused before.
extension Bypass {
    private var away: HotError { .unavailable("the hot tier is passed by") }

    func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession> { throw away }
    func append(_ messages: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages> { throw away }
    func touch(_ session: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession> { throw away }
    func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession> { throw away }
    func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID> { throw away }
    func abandon(_ session: SessionID) async throws(HotError) -> HotReply<LogID> { throw away }
    func retire(_ session: SessionID) async throws(HotError) -> HotReply<LogID> { throw away }
    func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration { throw away }
    func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError) { throw away }
    func prepare(
        for user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<Void>> { throw away }
    func look(
        at mission: MissionID, of user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<MissionTree>> { throw away }
    func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome> { throw away }
    func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome> { throw away }
    func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID> { throw away }
    func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration { throw away }
}

extension MessagePage {
    /// Encoded messages, behind those that are there.
    fileprivate mutating func append(_ messages: [[UInt8]]) {
        for message in messages {
            if count > 0 { json.append(UInt8(ascii: ",")) }
            json += message
            count += 1
        }
    }
}
