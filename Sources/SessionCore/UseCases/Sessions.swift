import Logging
import SessionModel

/// What a person can do with sessions. One value for each event loop; every method may be called only there, and what
/// it awaits comes back there.
///
/// Each write is one step of the hot tier, taken again at most ``attempts`` times when the step asks for something first:
///
/// | the step says | then |
/// |---|---|
/// | miss | the session is read from SQLite and put into the hot tier (which only ever creates) |
/// | due | the session is abandoned, as the sweep would have done it |
/// | number unknown | the highest `Session N` is read from SQLite |
/// | mission miss | as miss, for the mission |
/// | linked | it is told that the session's mission is known |
/// | key unknown | what SQLite knows of the idempotency key is put into the hot tier |
public struct Sessions: Sendable {
    let hot: any HotStore
    let durable: any DurableStore
    let seal: MetadataSeal
    let shards: ShardCount
    let lifecycle: LifecyclePolicy
    /// Bytes of `session_metadata` after a merge.
    let longestMetadata: Int
    let reads: ColdReads
    /// What `hot` is: the hot tier, or what passes it by.
    let tier: AnswerSource
    let logger: Logger
    public let missions: Missions

    /// Steps that one request may take: each reason to repeat one comes up once, and twice by bad luck.
    static let attempts = 8
    /// Merges of one PATCH: each is lost to another write to the same session.
    static let merges = 16
    /// The field that a session's seal is bound to.
    static let metadataField = "session_metadata"

    public init(
        hot: any HotStore, durable: any DurableStore, seal: MetadataSeal, shards: ShardCount,
        lifecycle: LifecyclePolicy, longestMetadata: Int, reads: ColdReads, tier: AnswerSource = .hot, logger: Logger
    ) {
        self.hot = hot
        self.durable = durable
        self.seal = seal
        self.shards = shards
        self.lifecycle = lifecycle
        self.longestMetadata = longestMetadata
        self.reads = reads
        self.tier = tier
        self.logger = logger
        self.missions = Missions(
            hot: hot, durable: durable, seal: seal, shards: shards, lifecycle: lifecycle, reads: reads, tier: tier,
            logger: logger)
    }

    // MARK: writes

    /// - Parameter metadata: a JSON object; nil for `{}`.
    public func create(
        name: String?, metadata: [UInt8]?, user: UserID, idempotency: Idempotency?
    ) async throws(SessionError) -> Written<OpenSession> {
        var generator = SystemRandomNumberGenerator()
        let id = SessionID.random(in: shards.shard(of: user), at: .now, using: &generator)
        var creation = SessionCreation(
            id: id, userID: user, name: name, sealedMetadata: try sealed(metadata, of: id), idempotency: idempotency)
        let written = try await step(on: nil, user, idempotency) { (hints) throws(HotError) in
            creation.highestNumber = hints.highestNumber
            creation.idempotency = hints.idempotency
            return try await hot.create(creation)
        }
        let made = written.value
        let session = UserSession(
            id: made.id, userID: user, name: made.name, status: .active, version: 1, logID: made.logID,
            messageCount: 0, createdAt: made.createdAt, updatedAt: made.createdAt, lastActivityAt: made.createdAt,
            abandonsAt: made.abandonsAt)
        return written.answer(OpenSession(session: session, metadata: metadata ?? Array("{}".utf8)), made.logID, id)
    }

    /// An id for a message whose writer gave it none.
    public func newMessageID(for session: SessionID) -> MessageID {
        var generator = SystemRandomNumberGenerator()
        return MessageID.random(in: session.shard, at: .now, using: &generator)
    }

    public func append(_ append: MessageAppend) async throws(SessionError) -> Written<AppendedMessages> {
        var append = append
        let written = try await step(on: append.session, append.userID, append.idempotency) {
            (hints) throws(HotError) in
            append.idempotency = hints.idempotency
            return try await hot.append(append)
        }
        return written.answer(written.value, written.value.logID, append.session)
    }

    /// - Returns: with a write when the activity brought an abandoned session back.
    public func touch(_ id: SessionID, user: UserID) async throws(SessionError) -> (
        activity: TouchedSession, write: WriteID?, source: AnswerSource
    ) {
        do {
            let written = try await step(on: id, user) { (_) throws(HotError) in try await hot.touch(id, of: user) }
            return (written.value, nil, written.source)
        } catch .status(.abandoned) {
            let back = try await update(SessionUpdate(session: id, userID: user, move: .use))
            let session = back.value.session
            let activity = TouchedSession(
                lastActivityAt: session.lastActivityAt, abandonsAt: session.abandonsAt ?? session.lastActivityAt)
            return (activity, back.write, back.source)
        }
    }

    public func move(
        _ id: SessionID, user: UserID, _ move: SessionMove, condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        try await update(SessionUpdate(session: id, userID: user, move: move, condition: condition))
    }

    public func link(
        _ id: SessionID, mission: MissionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        try await update(
            SessionUpdate(session: id, userID: user, move: .use, mission: .link(mission), condition: condition))
    }

    public func delete(
        _ id: SessionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> Written<Void> {
        var deletion = SessionDeletion(session: id, userID: user, condition: condition)
        let written = try await step(on: id, user) { (hints) throws(HotError) in
            deletion.linked = hints.linked
            return try await hot.delete(deletion)
        }
        return written.answer((), written.value, id)
    }

    /// - Parameter metadata: what was sealed for it, if anything was: it need not be opened again.
    func update(
        _ wanted: SessionUpdate, metadata: [UInt8]? = nil
    ) async throws(SessionError) -> Written<OpenSession> {
        var update = wanted
        let written = try await step(on: update.session, update.userID) { (hints) throws(HotError) in
            update.highestNumber = hints.highestNumber
            update.linked = hints.linked
            return try await hot.update(update)
        }
        let session = written.value
        let open =
            if let metadata { OpenSession(session: session, metadata: metadata) } else { try opened(session) }
        return written.answer(open, session.logID, session.id)
    }

    // MARK: metadata

    func sealed(_ metadata: [UInt8]?, of id: SessionID) throws(SessionError) -> [UInt8]? {
        guard let metadata else { return nil }
        do { return try seal.seal(metadata, of: id, field: Self.metadataField) } catch { throw alarm(error, id) }
    }

    func opened(_ session: UserSession) throws(SessionError) -> OpenSession {
        guard let envelope = session.sealedMetadata else {
            return OpenSession(session: session, metadata: Array("{}".utf8))
        }
        do {
            let metadata = try seal.open(envelope, of: session.id, field: Self.metadataField)
            return OpenSession(session: session, metadata: metadata)
        } catch { throw alarm(error, session.id) }
    }

    private func alarm(_ error: SealError, _ id: SessionID) -> SessionError {
        logger.critical("metadata can't be sealed or opened", metadata: ["session": "\(id)", "reason": "\(error)"])
        return .failed
    }
}
