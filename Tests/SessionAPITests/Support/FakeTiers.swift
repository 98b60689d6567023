import SessionCore
import SessionModel
import Synchronization

/// A hot tier that holds one person's session and does what the contract of ``HotStore`` says of it, as far as the
/// endpoints can tell. It is not a model of Redis.
final class FakeHotStore: HotStore {
    struct State: Sendable {
        var sessions: [SessionID: UserSession] = [:]
        var messages: [SessionID: [NewMessage]] = [:]
        var missions: [MissionID: MissionTree] = [:]
        var contents: [AssetID: [UInt8]] = [:]
        var outcomes: [String: (body: String, outcome: MissionOutcome)] = [:]
        var keys: [String: (body: String, created: CreatedSession?, appended: AppendedMessages?)] = [:]
        var failure: HotError?
        var lastAppend: MessageAppend?
        var lastUpdate: SessionUpdate?
        var lastLoad: (messages: Int, touching: Bool)?
        var entry: UInt64 = 0
    }

    static let now = Timestamp(milliseconds: 1_795_427_115_123)
    let state = Mutex(State())

    func with<Value>(_ work: (inout State) throws(HotError) -> HotReply<Value>) throws(HotError)
        -> HotReply<Value>
    {
        try state.withLock { (state) throws(HotError) in
            if let failure = state.failure { throw failure }
            return try work(&state)
        }
    }

    func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession> {
        try with { state in
            if let key = creation.idempotency, let known = state.keys[key.keyHash] {
                guard known.body == key.bodyHash, let created = known.created else { return .refused(.keyReused) }
                return .replayed(created)
            }
            state.entry += 1
            let created = CreatedSession(
                id: creation.id, name: creation.name ?? "Session 1", createdAt: Self.now,
                abandonsAt: Self.now.adding(milliseconds: 86_400_000),
                logID: LogID(milliseconds: 1, sequence: state.entry))
            state.sessions[creation.id] = UserSession(
                id: creation.id, userID: creation.userID, name: created.name, status: .active,
                sealedMetadata: creation.sealedMetadata, version: 1, logID: created.logID, messageCount: 0,
                createdAt: Self.now, updatedAt: Self.now, lastActivityAt: Self.now, abandonsAt: created.abandonsAt)
            if let key = creation.idempotency { state.keys[key.keyHash] = (key.bodyHash, created, nil) }
            return .done(created)
        }
    }

    private func owned<Value>(
        _ id: SessionID, _ user: UserID, _ state: inout State,
        _ work: (inout UserSession, inout State) -> HotReply<Value>
    ) -> HotReply<Value> {
        guard var session = state.sessions[id] else { return .refused(.miss) }
        guard session.userID == user else { return .refused(.absent) }
        let reply = work(&session, &state)
        if state.sessions[id] != nil { state.sessions[id] = session }
        return reply
    }

    private func refusal(_ condition: VersionCondition, _ session: UserSession) -> HotRefusal? {
        guard case .oneOf(let versions) = condition, !versions.contains(session.version) else { return nil }
        return .version(session.version)
    }

    func append(_ append: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages> {
        try with { state in
            state.lastAppend = append
            return owned(append.session, append.userID, &state) { session, state in
                if let key = append.idempotency, let known = state.keys[key.keyHash] {
                    guard known.body == key.bodyHash, let appended = known.appended else { return .refused(.keyReused) }
                    return .replayed(appended)
                }
                if let refusal = refusal(append.condition, session) { return .refused(refusal) }
                guard SessionMove.use.from.contains(session.status) else { return .refused(.status(session.status)) }
                let first = session.messageCount + 1
                session.messageCount += Int64(append.messages.count)
                session.version += 1
                state.messages[session.id, default: []] += append.messages
                state.entry += 1
                let appended = AppendedMessages(
                    ids: append.messages.map(\.id), firstSequence: first, createdAt: Self.now,
                    version: session.version, logID: LogID(milliseconds: 1, sequence: state.entry))
                if let key = append.idempotency { state.keys[key.keyHash] = (key.bodyHash, nil, appended) }
                return .done(appended)
            }
        }
    }

    func touch(_ session: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession> {
        try with { state in
            owned(session, user, &state) { session, _ in
                guard session.status == .active else { return .refused(.status(session.status)) }
                return .done(
                    TouchedSession(lastActivityAt: Self.now, abandonsAt: Self.now.adding(milliseconds: 86_400_000)))
            }
        }
    }

    func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession> {
        try with { state in
            state.lastUpdate = update
            return owned(update.session, update.userID, &state) { session, state in
                guard update.from.contains(session.status) else { return .refused(.status(session.status)) }
                if let refusal = refusal(update.condition, session) { return .refused(refusal) }
                if case .link(let mission) = update.mission {
                    guard state.missions[mission]?.userID == update.userID else { return .refused(.missionAbsent) }
                    session.missionID = mission
                }
                if update.mission == .unlink { session.missionID = nil }
                if let name = update.name { session.name = name }
                if let sealed = update.sealedMetadata { session.sealedMetadata = sealed.isEmpty ? nil : sealed }
                session.status = update.to
                session.abandonsAt = update.to == .active ? Self.now : nil
                session.version += 1
                state.entry += 1
                session.logID = LogID(milliseconds: 1, sequence: state.entry)
                return .done(session)
            }
        }
    }

    func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID> {
        try with { state in
            owned(deletion.session, deletion.userID, &state) { session, state in
                if let refusal = refusal(deletion.condition, session) { return .refused(refusal) }
                state.sessions[session.id] = nil
                state.entry += 1
                return .done(LogID(milliseconds: 1, sequence: state.entry))
            }
        }
    }

    func abandon(_ session: SessionID) async throws(HotError) -> HotReply<LogID> { .refused(.notDue) }
    func retire(_ session: SessionID) async throws(HotError) -> HotReply<LogID> { .refused(.notDue) }

    func load(
        _ session: SessionID, of user: UserID, messages: Int, touching: Bool
    ) async throws(HotError) -> HotReply<LoadedSession> {
        try with { state in
            state.lastLoad = (messages, touching)
            return owned(session, user, &state) { session, state in
                .done(LoadedSession(session: session, messages: page(session, .newest(limit: messages), state)))
            }
        }
    }

    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(HotError) -> HotReply<HotMessages> {
        try with { state in
            owned(session, user, &state) { session, state in
                .done(
                    HotMessages(
                        lastSequence: session.messageCount, windowStart: 1, page: page(session, range, state)))
            }
        }
    }

    private func page(_ session: UserSession, _ range: MessageRange, _ state: State) -> MessagePage {
        let all = (state.messages[session.id] ?? []).enumerated().map { (Int64($0.offset) + 1, $0.element) }
        let picked: [(Int64, NewMessage)]
        switch range {
        case .newest(let limit): picked = all.suffix(limit)
        case .before(let sequence, let limit): picked = all.filter { $0.0 < sequence }.suffix(limit)
        case .after(let sequence, let limit): picked = Array(all.filter { $0.0 > sequence }.prefix(limit))
        }
        let texts = picked.map { sequence, message in
            MessageJSON.document(
                id: message.id, chat: session.id.chat, sequence: sequence, at: Self.now, role: message.role,
                content: message.content, metadata: message.metadata)
        }
        return MessagePage(
            json: Array(texts.joined(separator: [UInt8(ascii: ",")])), count: texts.count,
            firstSequence: picked.first?.0 ?? 1, hasMore: (picked.first?.0 ?? 1) > 1)
    }

    func unsettledSessions(
        of user: UserID, after: SessionActivity?, limit: Int
    ) async throws(HotError) -> UnsettledSessions {
        state.withLock { state in
            let all = state.sessions.values.filter { $0.userID == user }
                .map { SessionActivity(session: $0.id, lastActivityAt: $0.lastActivityAt) }
                .sorted { $0.comesBefore($1) }
            let places = all.filter { $0.isBehind(after) }.prefix(limit)
            return UnsettledSessions(ids: all.map(\.session), places: Array(places))
        }
    }

    func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity] {
        try await unsettledSessions(of: user, after: nil, limit: limit).places
    }

    func sessions(_ sessions: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?] {
        state.withLock { state in sessions.map { state.sessions[$0] } }
    }

    func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError) {}
    func time(of shard: Shard) async throws(HotError) -> Timestamp { Self.now }
    func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration { .deleted }
}

/// A SQLite that is empty.
struct EmptyDurableStore: DurableStore {
    func cursor(of shard: Shard) async throws(DurableError) -> LogID { .zero }
    func takeOver(_ shard: Shard) async throws(DurableError) -> DurableState { throw .failed("not here") }
    func apply(
        _ entries: [LogEntry], after cursor: LogID, term: Term?, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch {
        throw .failed("not here")
    }
    func record(
        _ activity: [SessionActivity], term: Term?, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity {
        RecordedActivity(missing: [], mark: 0)
    }
    func heads(of missions: [MissionID], in shard: Shard) async throws(DurableError) -> [MissionID: MissionHead] { [:] }
    func heads(of sessions: [SessionID], in shard: Shard) async throws(DurableError) -> [SessionID: SessionHead] { [:] }
    func liveHeads(of shard: Shard, after: SessionID?, limit: Int) async throws(DurableError) -> [SessionHead] { [] }
    func lose(after: LogID, until: LogID, term: Term?, in shard: Shard) async throws(DurableError) {}
    func isLost(_ id: LogID, in shard: Shard) async throws(DurableError) -> Bool { false }
    func deadLetters(of shard: Shard) async throws(DurableError) -> Int { 0 }
    func quarantined(of shard: Shard, limit: Int) async throws(DurableError) -> [Subject] { [] }
    func rewrite(
        _ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID, seen: LogID, term: Term?
    ) async throws(DurableError) -> Rewriting { throw .failed("not here") }
    func outcome(of keyHash: String, user: UserID) async throws(DurableError) -> KeptOutcome? { nil }
    func forgetKeys(of shard: Shard, expiredBefore time: Timestamp, limit: Int) async throws(DurableError) -> Int { 0 }
    func checkpoint(_ shard: Shard) async throws(DurableError) {}
    func session(_ id: SessionID, of user: UserID?, messages: Int) async throws(DurableError) -> DurableSession? { nil }
    func messages(
        _ range: MessageRange, of session: SessionID, user: UserID
    ) async throws(DurableError) -> MessagePage { MessagePage() }
    func sessions(
        _ sessions: [SessionID], in shard: Shard, messages: Int
    ) async throws(DurableError) -> [DurableSession] { [] }
    func sessions(_ query: SessionListQuery) async throws(DurableError) -> DurableSessionList {
        DurableSessionList(sessions: [], total: 0)
    }
    func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64 { 0 }
    func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> DurableMission? { nil }
    func content(of asset: AssetID, in mission: MissionID, user: UserID) async throws(DurableError) -> [UInt8]? { nil }
    func missions(_ query: MissionListQuery) async throws(DurableError) -> DurableMissionList {
        DurableMissionList(missions: [], total: 0)
    }
    func line(of shard: Shard) async throws(DurableError) -> HotLine? { nil }
    func admit(_ line: HotLine, term: Term?, in shard: Shard) async throws(DurableError) {}
    func datasetID(of shard: Shard) async throws(DurableError) -> String { "test" }
    func archivedSessions(
        of shard: Shard, unchangedSince time: Timestamp, limit: Int
    ) async throws(DurableError) -> [SessionID] { [] }
}
