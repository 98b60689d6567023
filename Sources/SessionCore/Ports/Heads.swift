import SessionModel

/// What tells two copies of a session apart, in either tier.
public struct SessionHead: Sendable, Equatable {
    public var id: SessionID
    public var userID: UserID
    public var version: Int64
    /// Of its last change.
    public var logID: LogID
    public var status: SessionStatus
    public var lastActivityAt: Timestamp

    public init(
        id: SessionID, userID: UserID, version: Int64, logID: LogID, status: SessionStatus, lastActivityAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.version = version
        self.logID = logID
        self.status = status
        self.lastActivityAt = lastActivityAt
    }
}

/// What tells two copies of a mission apart, in either tier. Its version is that of its parts: `logID` may be that of a
/// change of its link, which only its session's version counts.
public struct MissionHead: Sendable, Equatable {
    public var id: MissionID
    public var userID: UserID
    public var version: Int64
    public var logID: LogID

    public init(id: MissionID, userID: UserID, version: Int64, logID: LogID) {
        self.id = id
        self.userID = userID
        self.version = version
        self.logID = logID
    }
}

/// A session or mission as the hot tier has it, whole: to be written out over whatever SQLite has of it.
public enum HotCopy: Sendable {
    /// `messages` are the newest of its chat, oldest first.
    case session(UserSession, messages: [[UInt8]])
    case mission(DurableMission)
    /// Deleted: its tombstone is there.
    case deletedSession(SessionID, UserID, LogID)
    case deletedMission(MissionID, UserID, LogID)

    /// The newest change that is in it.
    public var newest: LogID {
        switch self {
        case .session(let session, _): session.logID
        case .mission(let mission): mission.tree.logID
        case .deletedSession(_, _, let logID), .deletedMission(_, _, let logID): logID
        }
    }

    /// A session's activity behind its last change came by no entry: it is for ``DurableStore/record(_:term:in:)`` to write,
    /// whose mark tells a hot tier that lost it since.
    /// - Parameter durable: what SQLite has of it.
    public static func writable(_ session: UserSession, over durable: UserSession?) -> UserSession {
        var session = session
        let known = max(session.updatedAt, durable?.lastActivityAt ?? session.updatedAt)
        session.lastActivityAt = min(session.lastActivityAt, known)
        return session
    }

    /// Whether it is a deletion that must wait for the log, which was seen up to `seen`: the entries before it would find
    /// nothing to change.
    public func waits(seen: LogID) -> Bool {
        switch self {
        case .session, .mission: false
        case .deletedSession, .deletedMission: newest > seen
        }
    }
}

/// Whose entries wait in `dead_letters` because one of them could not be applied.
public enum Subject: Sendable, Hashable {
    case session(SessionID)
    case mission(MissionID)

    /// Its id.
    public var text: String {
        switch self {
        case .session(let id): id.description
        case .mission(let id): id.description
        }
    }

    public var kind: String {
        switch self {
        case .session: "session"
        case .mission: "mission"
        }
    }

    public var shard: Shard {
        switch self {
        case .session(let id): id.shard
        case .mission(let id): id.shard
        }
    }
}

/// What an idempotency key's first use came to, as SQLite keeps it: its text is the hot tier's own.
public struct KeptOutcome: Sendable, Equatable {
    public var keyHash: String
    public var bodyHash: String
    public var outcome: String
    public var expiresAt: Timestamp

    public init(keyHash: String, bodyHash: String, outcome: String, expiresAt: Timestamp) {
        self.keyHash = keyHash
        self.bodyHash = bodyHash
        self.outcome = outcome
        self.expiresAt = expiresAt
    }
}
