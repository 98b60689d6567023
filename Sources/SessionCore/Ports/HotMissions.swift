import SessionModel

/// The hot tier's missions. A change is worked out over what ``look(at:of:idempotency:)`` saw, and written by
/// ``amend(_:)`` only if nothing was changed since: no change is lost, and Lua knows nothing of plans.
public protocol HotMissions: Sendable {
    /// What must be known before something is created: the tier's time, and whether the idempotency key was used.
    func prepare(for user: UserID, idempotency: Idempotency?) async throws(HotError) -> HotReply<MissionLook<Void>>
    /// The mission, then the tier's time, then whether the idempotency key was used, in one exchange: a key that was used by
    /// the time of the look is seen.
    func look(at mission: MissionID, of user: UserID, idempotency: Idempotency?) async throws(HotError)
        -> HotReply<MissionLook<MissionTree>>
    func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome>
    func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome>
    /// The mission goes, with everything in it, and is no longer its session's.
    func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID>

    /// - Parameter using: whether this is use that keeps a mission of no session hot. As part of its session it isn't.
    func mission(_ id: MissionID, of user: UserID, using: Bool) async throws(HotError) -> HotReply<MissionTree>
    /// An asset's content, as far as the hot tier or its log has it.
    func content(of asset: AssetID, in mission: MissionID, of user: UserID) async throws(HotError)
        -> HotReply<AssetContent>
    /// The user's missions for which SQLite alone can't answer: changed or deleted, and not yet flushed.
    func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>]
    /// Those of `missions` that are hot, in the same order; nil for the others, deleted ones among them.
    func missions(_ missions: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?]

    /// Fills a miss, as ``HotStore/hydrate(_:readAt:)`` does.
    func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration
}

public struct MissionLook<Found: Sendable>: Sendable {
    public var found: Found
    public var now: Timestamp
    /// What came of the idempotency key's first use: then nothing is to be done again.
    public var first: MissionOutcome?
    /// Whether that key's first use may have been lost here: SQLite is to be asked before anything is made of the look.
    public var isKeyUnknown: Bool

    public init(found: Found, now: Timestamp, first: MissionOutcome?, isKeyUnknown: Bool = false) {
        self.found = found
        self.now = now
        self.first = first
        self.isKeyUnknown = isKeyUnknown
    }
}

public struct MissionCreation: Sendable {
    public var id: MissionID
    public var userID: UserID
    public var at: Timestamp
    public var parts: [MissionPart: [UInt8]]
    /// The session it is linked to in the same atom.
    public var session: SessionID?
    /// Needed after ``HotRefusal/linked(_:)``.
    public var linked: KnownLink?
    public var idempotency: Idempotency?
    /// Kept with the idempotency key: what the answer can't be rebuilt without.
    public var details: String

    public init(
        id: MissionID, userID: UserID, at: Timestamp, parts: [MissionPart: [UInt8]], session: SessionID?,
        idempotency: Idempotency?, details: String
    ) {
        self.id = id
        self.userID = userID
        self.at = at
        self.parts = parts
        self.session = session
        self.idempotency = idempotency
        self.details = details
    }
}

/// One change of a mission's tree, all parts of it in one atom.
public struct MissionAmendment: Sendable {
    public var id: MissionID
    public var userID: UserID
    /// What it was worked out upon; ``HotRefusal/version(_:)`` where that is no longer so.
    public var versionBefore: Int64
    public var at: Timestamp
    /// Empty: the part is gone.
    public var parts: [MissionPart: [UInt8]]
    public var idempotency: Idempotency?
    public var details: String
    /// The session that hears of it.
    public var session: SessionID?

    public init(
        id: MissionID, userID: UserID, versionBefore: Int64, at: Timestamp, parts: [MissionPart: [UInt8]],
        idempotency: Idempotency?, details: String, session: SessionID?
    ) {
        self.session = session
        self.id = id
        self.userID = userID
        self.versionBefore = versionBefore
        self.at = at
        self.parts = parts
        self.idempotency = idempotency
        self.details = details
    }
}

public struct MissionDeletion: Sendable {
    public var id: MissionID
    public var userID: UserID
    public var condition: VersionCondition
    /// The session it is linked to, as far as it is known; ``HotRefusal/linkMoved`` where it is another.
    public var session: SessionID?

    public init(id: MissionID, userID: UserID, condition: VersionCondition, session: SessionID?) {
        self.id = id
        self.userID = userID
        self.condition = condition
        self.session = session
    }
}

/// What a write to a mission came to.
public struct MissionOutcome: Sendable, Equatable {
    public var id: MissionID
    public var logID: LogID
    public var at: Timestamp
    /// The mission's version afterwards.
    public var version: Int64
    public var details: String

    public init(id: MissionID, logID: LogID, at: Timestamp, version: Int64, details: String) {
        self.id = id
        self.logID = logID
        self.at = at
        self.version = version
        self.details = details
    }
}

/// A mission without its parts, as lists have it.
public struct MissionSummary: Sendable {
    public var id: MissionID
    public var version: Int64
    public var mission: Mission

    public init(id: MissionID, version: Int64, mission: Mission) {
        self.id = id
        self.version = version
        self.mission = mission
    }

    public var place: Place<MissionKind> { Place(id: id, time: mission.updatedAt) }
}

/// Where an asset's content is: one JSON value.
public enum AssetContent: Sendable, Equatable {
    case none
    case here([UInt8])
    /// SQLite has it: it is larger than ``MissionLimits/hotContentBytes``, and flushed.
    case cold
}
