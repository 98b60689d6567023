import SessionModel

/// A session as its owner may see it: `metadata` is the opened `session_metadata`, a JSON object as it was written.
public struct OpenSession: Sendable, Equatable {
    public var session: UserSession
    public var metadata: [UInt8]

    public init(session: UserSession, metadata: [UInt8]) {
        self.session = session
        self.metadata = metadata
    }
}

/// Where an answer came from, for `Cache-Status`.
public enum AnswerSource: Sendable, Equatable {
    case hot
    /// Not hot: loaded from SQLite.
    case loaded
    /// Read straight from SQLite, because the hot tier can't be reached.
    case bypass
}

/// The whole of a session: its newest messages, oldest first, and its mission.
public struct SessionView: Sendable {
    public var session: OpenSession
    public var messages: MessagePage
    public var mission: OpenMission?
    public var source: AnswerSource
    /// Whether nothing in the mission was changed since the session's version came to be: only then does the version tell
    /// whether a client has all of this.
    public var isToldByVersion: Bool
}

public struct MessagesView: Sendable {
    public var page: MessagePage
    public var source: AnswerSource
}

public struct SessionPage: Sendable {
    public var sessions: [OpenSession]
    public var total: Int
    /// Where the next page begins; nil on the last.
    public var next: SessionActivity?
    /// Hot when every session shown was.
    public var source: AnswerSource
}

/// Which page of a list.
public enum PageRequest<Kind>: Sendable, Equatable {
    /// Pages from 1.
    case numbered(page: Int, size: Int)
    case following(Place<Kind>?, limit: Int)
}

/// What a write came to, and its name for later questions.
public struct Written<Value: Sendable>: Sendable {
    public var value: Value
    public var write: WriteID
    /// The idempotency key was used before: this is the first answer again.
    public var isReplay: Bool
    public var source: AnswerSource
}

/// What of a mission a lifecycle's refusal is about.
public enum PlanPart: String, Sendable {
    case mission, hop
    case toolStep = "tool step"
    case asset
}

/// Why a use case was refused. Everything but `outcomeUnknown` and `failed` changed nothing.
public enum SessionError: Error, Sendable, Equatable {
    /// No such thing, or another user's: the two are one.
    case notFound
    /// The lifecycle doesn't allow it in this status.
    case status(SessionStatus)
    /// The lifecycle of a part of a mission doesn't allow it in this status.
    case planStatus(PlanPart, String)
    /// Another hop of the mission is open; it has this status.
    case hopIsOpen(String)
    /// The mission belongs to another session.
    case missionTaken
    /// A mission's bound is reached. What it is, is for people.
    case full(String)
    /// The mission's documents would come to more than ``MissionLimits/treeBytes``.
    case missionTooLarge
    /// A value of the body doesn't fit to what there is.
    case invalid(pointer: String, String)
    /// If-Match doesn't hold; this version does.
    case version(Int64)
    /// The idempotency key was used with another body.
    case keyReused
    /// What a merge would come to is larger, or deeper, than metadata may be.
    case metadataTooLarge
    /// Used up; worth another try after so many seconds.
    case overQuota(Quota, retryAfter: Int)
    /// Try again after so many seconds. `reason` is for people, and says nothing of a dependency's insides.
    case unavailable(reason: String, retryAfter: Int)
    /// As `unavailable`, because the hot tier can't be reached or doesn't agree with SQLite yet.
    case hotTierAway(reason: String, retryAfter: Int)
    /// Sent, and never heard of again.
    case outcomeUnknown
    /// A fault of ours. What it was is in the log.
    case failed
}
