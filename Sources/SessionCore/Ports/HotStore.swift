import SessionModel

/// The hot tier, as the use cases see it: each mutation is one atomic step that either happens whole, with its entry in
/// the write-behind log, or not at all.
///
/// An instance belongs to one event loop; what it answers is decided by the tier's own clock.
public protocol HotStore: HotMissions {
    func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession>
    func append(_ messages: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages>
    /// Moves the last activity of an active session to now. Not logged: it only marks the session as touched.
    func touch(_ session: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession>
    func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession>
    func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID>
    /// Abandons a session that is active and whose time is up: no liveness key, and no activity for `abandon_after`.
    /// Whoever calls it, it happens once.
    func abandon(_ session: SessionID) async throws(HotError) -> HotReply<LogID>
    /// Archives a session that was abandoned `archive_after` ago.
    func retire(_ session: SessionID) async throws(HotError) -> HotReply<LogID>

    /// One snapshot of the session with its newest messages, at most `messages`; nil when it is not hot.
    /// With `touching`, reading an active session counts as activity, in the same atom.
    func load(_ session: SessionID, of user: UserID, messages: Int, touching: Bool) async throws(HotError)
        -> HotReply<LoadedSession>
    /// The messages of the hot window in the given range, oldest first.
    func messages(_ range: MessageRange, of session: SessionID, user: UserID) async throws(HotError)
        -> HotReply<HotMessages>
    /// The user's sessions for which SQLite alone can't answer: active, or with changes not yet flushed, or deleted
    /// and not yet flushed.
    /// - Parameters:
    ///   - after: places behind this one are told of.
    ///   - limit: the first so many of them, or more.
    func unsettledSessions(of user: UserID, after: SessionActivity?, limit: Int) async throws(HotError)
        -> UnsettledSessions
    /// The places of the first of them that are not deleted.
    func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity]
    /// Those of `sessions` that are hot, in the same order; nil for the others.
    func sessions(_ sessions: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?]

    /// Puts back what an idempotency key came to, unless the tier knows it.
    func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError)
    /// The tier's clock, for the age of what is read from SQLite to fill a miss.
    func time(of shard: Shard) async throws(HotError) -> Timestamp
    /// Fills a miss. Only ever creates: it gives up on a session that is there, on a tombstone, on a read older than
    /// 2 s.
    func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration
}

/// What a step of the hot tier came to. Everything but `done` and `replayed` changed nothing.
public enum HotReply<Value: Sendable>: Sendable {
    case done(Value)
    /// The idempotency key was used before with the same body: this is what came of it then.
    case replayed(Value)
    case refused(HotRefusal)
}

public enum HotRefusal: Sendable, Equatable {
    /// Not in the hot tier; it may be in SQLite.
    case miss
    /// A mission that the write concerns is not in the hot tier; it may be in SQLite.
    case missionMiss(MissionID)
    /// The session is linked to this mission, which the write must name.
    case linked(MissionID)
    /// The mission belongs to another session.
    case missionTaken
    /// The mission's session is not the one that the write names.
    case linkMoved
    /// Deleted, or another user's.
    case absent
    /// The mission that the write names is deleted, or another user's.
    case missionAbsent
    /// Active by its status, but its time is up: it is to be abandoned first.
    case due
    /// The lifecycle doesn't allow the write while the session is in this status.
    case status(SessionStatus)
    /// The version asked for doesn't hold; this one does.
    case version(Int64)
    /// The idempotency key was used before with another body.
    case keyReused
    /// The highest number of the user's names `Session N` must be read from SQLite first.
    case numberUnknown
    /// The chat has as many messages as its user's quota allows.
    case chatFull
    /// The log is at its bound.
    case backlogFull
    /// The hot tier lost idempotency keys, and doesn't know this one: SQLite may.
    case keyUnknown
    /// What was to be sealed anew has changed since it was read.
    case moved
    /// For ``HotStore/abandon(_:)`` and ``HotStore/retire(_:)``: its time is not up, or it is done already.
    case notDue
}

/// Why a step's outcome is not known or didn't happen: the hot tier's own trouble, never the request's.
public enum HotError: Error, Sendable {
    /// Certainly nothing was written.
    case unavailable(String)
    /// What the hot tier holds is not known to agree with SQLite: nothing was read or written.
    case unreconciled
    /// The connection broke, or the deadline passed, after the step was sent: it happened whole or not at all.
    case outcomeUnknown(String)
    /// An answer that makes no sense; a step may have been carried out partly. Alarm.
    case broken(String)
}

public struct Idempotency: Sendable, Equatable {
    /// Lower-case hexadecimal SHA-256 of the client's key.
    public var keyHash: String
    /// Lower-case hexadecimal SHA-256 of what was asked: method, path and body.
    public var bodyHash: String
    /// SQLite was asked, and doesn't know the key; needed after ``HotRefusal/keyUnknown``.
    public var isNew = false

    public init(keyHash: String, bodyHash: String) {
        self.keyHash = keyHash
        self.bodyHash = bodyHash
    }
}

/// What a write demands of the version it meets (RFC 9110, If-Match).
public enum VersionCondition: Sendable, Equatable {
    case any
    /// One of these. Empty means that none can hold.
    case oneOf([Int64])
}

public struct SessionCreation: Sendable {
    public var id: SessionID
    public var userID: UserID
    /// Nil: `Session N` by the user's own count.
    public var name: String?
    public var sealedMetadata: [UInt8]?
    public var idempotency: Idempotency?
    /// The highest N that SQLite knows of the user's names `Session N`; needed after ``HotRefusal/numberUnknown``.
    public var highestNumber: Int64?

    public init(
        id: SessionID, userID: UserID, name: String?, sealedMetadata: [UInt8]?, idempotency: Idempotency?,
        highestNumber: Int64? = nil
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.sealedMetadata = sealedMetadata
        self.idempotency = idempotency
        self.highestNumber = highestNumber
    }
}

public struct CreatedSession: Sendable, Equatable {
    public var id: SessionID
    public var name: String
    public var createdAt: Timestamp
    public var abandonsAt: Timestamp
    public var logID: LogID

    public init(id: SessionID, name: String, createdAt: Timestamp, abandonsAt: Timestamp, logID: LogID) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.abandonsAt = abandonsAt
        self.logID = logID
    }
}

/// A message on its way in. Its sequence number and time are given by the hot tier.
public struct NewMessage: Sendable {
    public var id: MessageID
    public var role: MessageRole
    public var content: String
    /// A JSON object, as the client wrote it.
    public var metadata: [UInt8]

    public init(id: MessageID, role: MessageRole, content: String, metadata: [UInt8]) {
        self.id = id
        self.role = role
        self.content = content
        self.metadata = metadata
    }
}

public struct MessageAppend: Sendable {
    public var session: SessionID
    public var userID: UserID
    /// 1 to 100, all or none.
    public var messages: [NewMessage]
    public var condition: VersionCondition
    public var idempotency: Idempotency?

    public init(
        session: SessionID, userID: UserID, messages: [NewMessage], condition: VersionCondition,
        idempotency: Idempotency?
    ) {
        self.session = session
        self.userID = userID
        self.messages = messages
        self.condition = condition
        self.idempotency = idempotency
    }
}

public struct AppendedMessages: Sendable, Equatable {
    public var ids: [MessageID]
    public var firstSequence: Int64
    public var createdAt: Timestamp
    /// The session's version afterwards.
    public var version: Int64
    public var logID: LogID

    public init(ids: [MessageID], firstSequence: Int64, createdAt: Timestamp, version: Int64, logID: LogID) {
        self.ids = ids
        self.firstSequence = firstSequence
        self.createdAt = createdAt
        self.version = version
        self.logID = logID
    }
}

public struct TouchedSession: Sendable, Equatable {
    public var lastActivityAt: Timestamp
    public var abandonsAt: Timestamp

    public init(lastActivityAt: Timestamp, abandonsAt: Timestamp) {
        self.lastActivityAt = lastActivityAt
        self.abandonsAt = abandonsAt
    }
}

/// A change of a session's own fields, or of its status, or both: one atom.
public struct SessionUpdate: Sendable {
    public enum MissionLink: Sendable, Equatable {
        case keep
        case unlink
        case link(MissionID)
    }

    public var session: SessionID
    public var userID: UserID
    /// Why: names the log entry and the event. Decides with `from` and `to` what happens to the status.
    public var move: SessionMove
    /// The statuses it may start from; for a change of fields along with a move, those that both allow.
    public var from: [SessionStatus]
    public var to: SessionStatus
    public var name: String?
    /// Nil keeps what is there; an empty envelope stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var mission: MissionLink
    public var condition: VersionCondition
    public var highestNumber: Int64?
    /// Needed after ``HotRefusal/linked(_:)``.
    public var linked: KnownLink?

    public init(
        session: SessionID, userID: UserID, move: SessionMove, from: [SessionStatus]? = nil, name: String? = nil,
        sealedMetadata: [UInt8]? = nil, mission: MissionLink = .keep, condition: VersionCondition = .any,
        highestNumber: Int64? = nil
    ) {
        self.session = session
        self.userID = userID
        self.move = move
        self.from = from ?? move.from
        self.to = move.to
        self.name = name
        self.sealedMetadata = sealedMetadata
        self.mission = mission
        self.condition = condition
        self.highestNumber = highestNumber
    }
}

/// The mission that a session is linked to, as far as it is known: when it is to be unlinked, it must be hot, so that it
/// can't be read from SQLite as still linked.
public struct KnownLink: Sendable, Equatable {
    public var mission: MissionID
    /// It is in neither tier.
    public var isLost: Bool

    public init(mission: MissionID, isLost: Bool = false) {
        self.mission = mission
        self.isLost = isLost
    }
}

public struct SessionDeletion: Sendable {
    public var session: SessionID
    public var userID: UserID
    public var condition: VersionCondition
    /// Set by the retention rule: only if it is archived and was last changed before this.
    public var unchangedSince: Timestamp?
    /// Needed after ``HotRefusal/linked(_:)``.
    public var linked: KnownLink?

    public init(session: SessionID, userID: UserID, condition: VersionCondition, unchangedSince: Timestamp? = nil) {
        self.session = session
        self.userID = userID
        self.condition = condition
        self.unchangedSince = unchangedSince
    }
}

public struct LoadedSession: Sendable {
    public var session: UserSession
    public var messages: MessagePage
    /// The session's mission, where it came along: of the same moment.
    public var mission: MissionTree?

    public init(session: UserSession, messages: MessagePage, mission: MissionTree? = nil) {
        self.session = session
        self.messages = messages
        self.mission = mission
    }
}

/// Which messages: counted from either end by sequence number.
public enum MessageRange: Sendable, Equatable {
    case newest(limit: Int)
    case before(Int64, limit: Int)
    case after(Int64, limit: Int)
}

public struct HotMessages: Sendable {
    /// The sequence number of the newest message; 0 for an empty chat.
    public var lastSequence: Int64
    /// The sequence number of the oldest message in the hot window; `lastSequence + 1` when the window is empty.
    public var windowStart: Int64
    /// What of the range lies in the window.
    public var page: MessagePage

    public init(lastSequence: Int64, windowStart: Int64, page: MessagePage) {
        self.lastSequence = lastSequence
        self.windowStart = windowStart
        self.page = page
    }
}

/// When a session was last active.
public typealias SessionActivity = Place<SessionKind>

/// A user's sessions for which SQLite alone can't answer.
public struct UnsettledSessions: Sendable, Equatable {
    /// All of them: most recently active first, and then those that are deleted, which SQLite has still.
    public var ids: [SessionID]
    /// How many are deleted.
    public var deleted: Int
    /// Of those that are not, as far as was asked for; most recently active first.
    public var places: [SessionActivity]

    public init(ids: [SessionID] = [], deleted: Int = 0, places: [SessionActivity] = []) {
        self.ids = ids
        self.deleted = deleted
        self.places = places
    }

    public var present: ArraySlice<SessionID> { ids.dropLast(deleted) }
}

extension Place where Kind == SessionKind {
    public var session: SessionID { id }
    public var lastActivityAt: Timestamp { time }

    public init(session: SessionID, lastActivityAt: Timestamp) { self.init(id: session, time: lastActivityAt) }
}

public enum Hydration: Sendable, Equatable {
    case created
    /// Somebody else did it first.
    case present
    case deleted
    /// The read is older than 2 s: read again.
    case stale
}
