import SessionModel

/// SQLite, as the use cases and the flusher see it. Never called on an event loop's time: it has threads of its own.
public protocol DurableStore: Sendable {
    // MARK: the flusher's side

    /// Begins a term: what a flusher of an earlier one still has in hand, it can't write any more. That may have been read
    /// from a hot tier that lost it since. Of the methods that take a term, each throws ``DurableError/cursorMoved`` and
    /// changes nothing where it is not the last that began; nil stands for whichever that is.
    func takeOver(_ shard: Shard) async throws(DurableError) -> DurableState
    /// The last log entry that was applied; ``LogID/zero`` when none ever was.
    func cursor(of shard: Shard) async throws(DurableError) -> LogID
    /// Notes that entries with ids behind `after`, up to `until`, were lost with a hot tier: that SQLite is further doesn't
    /// mean that it has them.
    func lose(after: LogID, until: LogID, term: Term?, in shard: Shard) async throws(DurableError)
    func isLost(_ id: LogID, in shard: Shard) async throws(DurableError) -> Bool
    /// The last admission of a hot tier, of all that ever were; nil before the first.
    func line(of shard: Shard) async throws(DurableError) -> HotLine?
    func admit(_ line: HotLine, term: Term?, in shard: Shard) async throws(DurableError)
    /// Applies `entries` in order and moves the cursor from `cursor` to the last one's id, in one transaction. Entries
    /// that no retry can apply are set aside in `dead_letters` in the same transaction, and so is, from then on, every
    /// further entry about the same session or mission: it is in quarantine. An entry that is not newer than what is there
    /// is in it already, and is passed over.
    /// Throws ``DurableError/cursorMoved`` and changes nothing when the cursor is not `cursor`.
    func apply(
        _ entries: [LogEntry], after cursor: LogID, term: Term?, in shard: Shard
    ) async throws(DurableError) -> AppliedBatch
    /// Moves `last_activity_at` forward where it is behind. Returns the sessions that SQLite doesn't have (yet), and the
    /// mark of this writing.
    func record(
        _ activity: [SessionActivity], term: Term?, in shard: Shard
    ) async throws(DurableError) -> RecordedActivity
    /// Those of `missions` that SQLite has, whoever's they are. One that can't be understood has version 0.
    func heads(of missions: [MissionID], in shard: Shard) async throws(DurableError) -> [MissionID: MissionHead]
    /// Those of `sessions` that SQLite has, whoever's they are. One that can't be understood has version 0.
    func heads(of sessions: [SessionID], in shard: Shard) async throws(DurableError) -> [SessionID: SessionHead]
    /// Active and abandoned sessions in the order of their ids, beginning behind `after`; without those that can't be
    /// understood.
    func liveHeads(of shard: Shard, after: SessionID?, limit: Int) async throws(DurableError) -> [SessionHead]
    /// Those of `sessions` that SQLite has, whoever's they are, each with its newest messages, at most `messages`. Fails where
    /// one of them can't be read.
    func sessions(
        _ sessions: [SessionID], in shard: Shard, messages: Int
    ) async throws(DurableError) -> [DurableSession]
    /// Entries in `dead_letters` that nothing has made up for.
    func deadLetters(of shard: Shard) async throws(DurableError) -> Int
    /// Whose entries wait in `dead_letters`, the longest first.
    func quarantined(of shard: Shard, limit: Int) async throws(DurableError) -> [Subject]
    /// Writes hot copies out whole over what is there, in one transaction. Messages that
    /// neither SQLite nor the copy has are stood in for by a note, so that the chat stays without gaps. What was
    /// written out waits no longer, but is among the ``quarantined(of:limit:)`` until a nil copy ends that: it is to be settled
    /// in the hot tier first, or nobody would know that it wasn't. Throws ``DurableError/cursorMoved`` and changes nothing when
    /// the cursor is not `cursor`.
    /// - Parameter seen: up to where the log brings nothing any more, at least the cursor. What ``HotCopy/waits(seen:)``
    ///   stays as it is.
    func rewrite(
        _ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID, seen: LogID, term: Term?
    ) async throws(DurableError) -> Rewriting
    /// What the user's idempotency key came to, if it is known and has not expired.
    func outcome(of keyHash: String, user: UserID) async throws(DurableError) -> KeptOutcome?
    /// Deletes idempotency keys that expired before `time`, the oldest first, at most `limit`. Returns how many.
    func forgetKeys(of shard: Shard, expiredBefore time: Timestamp, limit: Int) async throws(DurableError) -> Int
    /// Writes what the write-ahead log of SQLite holds into the database file, as far as no reader is in the way.
    func checkpoint(_ shard: Shard) async throws(DurableError)

    // MARK: reads; the owner is part of the question

    /// The session with its newest messages, at most `messages`; nil when there is none of that owner (any owner's when
    /// `user` is nil).
    func session(_ id: SessionID, of user: UserID?, messages: Int) async throws(DurableError) -> DurableSession?
    /// Messages of a chat, oldest first. `hasMore` tells whether SQLite holds further ones beyond the limit in the
    /// range's direction. Empty when there is no such session of that owner.
    func messages(_ range: MessageRange, of session: SessionID, user: UserID) async throws(DurableError) -> MessagePage
    func sessions(_ query: SessionListQuery) async throws(DurableError) -> DurableSessionList
    /// The highest N that a name `Session N` of this user ever had; 0 when none had.
    func highestSessionNumber(of user: UserID) async throws(DurableError) -> Int64
    func mission(_ id: MissionID, of user: UserID) async throws(DurableError) -> DurableMission?
    /// An asset's content, one JSON value; nil when it has none, or when there is no such asset of that owner.
    func content(of asset: AssetID, in mission: MissionID, user: UserID) async throws(DurableError) -> [UInt8]?
    func missions(_ query: MissionListQuery) async throws(DurableError) -> DurableMissionList

    // MARK: lifecycle and rebuilding

    /// A name that was made with the shard's file and never changes: tells whether a hot tier belongs to it.
    func datasetID(of shard: Shard) async throws(DurableError) -> String
    /// Archived sessions last changed before `time`, oldest first.
    func archivedSessions(of shard: Shard, unchangedSince time: Timestamp, limit: Int) async throws(DurableError)
        -> [SessionID]
}

/// The time that one flusher leads a shard: each take-over begins another, with a number that was never used.
public struct Term: Sendable, Equatable {
    public var number: Int64
    public init(number: Int64) { self.number = number }
}

/// What SQLite knows of the log, in one moment.
public struct DurableState: Sendable, Equatable {
    public var term: Term
    /// As ``DurableStore/cursor(of:)``.
    public var cursor: LogID
    /// The newest change in any copy that ``DurableStore/rewrite(_:of:at:seen:term:)`` wrote out: it may be behind the cursor,
    /// where the log had not brought it yet. ``LogID/zero`` when none ever was.
    public var newestCopy: LogID
    /// Counts the writings of activity.
    public var activityMark: Int64
    /// As ``DurableStore/line(of:)``.
    public var line: HotLine?

    public init(term: Term, cursor: LogID, newestCopy: LogID = .zero, activityMark: Int64 = 0, line: HotLine? = nil) {
        self.term = term
        self.cursor = cursor
        self.newestCopy = newestCopy
        self.activityMark = activityMark
        self.line = line
    }
}

public enum DurableError: Error, Sendable, Equatable {
    /// Another flusher has moved the cursor: this one is presumed dead, and must read the cursor again.
    case cursorMoved
    /// Worth another try: busy, locked, full, I/O, read-only, out of memory. Says SQLite's own result code.
    case transient(String)
    /// The file is damaged or not a database. Nothing may be written until an operator has looked.
    case corrupt(String)
    /// Anything else. Says SQLite's own result code.
    case failed(String)
}

public struct DurableSession: Sendable {
    public var session: UserSession
    /// The newest messages.
    public var messages: [[UInt8]]

    public init(session: UserSession, messages: [[UInt8]]) {
        self.session = session
        self.messages = messages
    }
}

public struct RecordedActivity: Sendable, Equatable {
    public var missing: [SessionID]
    public var mark: Int64

    public init(missing: [SessionID], mark: Int64) {
        self.missing = missing
        self.mark = mark
    }
}

/// What ``DurableStore/rewrite(_:of:at:seen:term:)`` came to.
public struct Rewriting: Sendable, Equatable {
    /// SQLite refuses these copies too, and always will: they stay in quarantine.
    public var refused: [Subject]
    /// Messages that were lost, and are stood in for.
    public var lostMessages: Int
    /// Contents of assets that neither tier has: those assets have none now.
    public var lostContents = 0

    public init(refused: [Subject] = [], lostMessages: Int = 0) {
        self.refused = refused
        self.lostMessages = lostMessages
    }
}

/// What a batch left behind, for the step after the commit.
public struct AppliedBatch: Sendable {
    public struct Session: Sendable, Equatable {
        public var id: SessionID
        public var userID: UserID
        /// Messages of its chat that are now in SQLite.
        public var messageCount: Int64
        /// Nil when it was deleted.
        public var status: SessionStatus?
        public var missionID: MissionID?
        /// As SQLite has it; nil when it was deleted.
        public var version: Int64?

        public init(
            id: SessionID, userID: UserID, messageCount: Int64, status: SessionStatus?, missionID: MissionID? = nil,
            version: Int64?
        ) {
            self.version = version
            self.id = id
            self.userID = userID
            self.messageCount = messageCount
            self.status = status
            self.missionID = missionID
        }
    }

    /// The cursor after the batch.
    public var cursor: LogID
    /// The cursor before it; nil: what the hot tier has settled may end anywhere.
    public var after: LogID?
    /// Each session that the batch changed, once, in its state after the batch.
    public var sessions: [Session]
    public var deadLetters: Int
    /// Whether what is set aside is to be looked at: the batch set something aside that isn't made up for, or carried out an
    /// operator's order.
    public var hasQuarantine: Bool

    public init(cursor: LogID, sessions: [Session], deadLetters: Int, hasQuarantine: Bool = false) {
        self.hasQuarantine = hasQuarantine
        self.cursor = cursor
        self.sessions = sessions
        self.deadLetters = deadLetters
    }
}

/// One page of a user's sessions or missions as SQLite has them, in the order of ``Place``.
public struct ListQuery<Kind, Status: Sendable>: Sendable {
    public var userID: UserID
    public var status: Status?
    /// Those that the hot tier answers for: left out, and out of the count.
    public var excluding: [Identifier<Kind>]
    /// Only what comes behind this place in the order.
    public var after: Place<Kind>?
    /// Only what isn't older.
    public var notBefore: Timestamp?
    public var limit: Int

    public init(
        userID: UserID, status: Status?, excluding: [Identifier<Kind>], after: Place<Kind>?,
        notBefore: Timestamp? = nil, limit: Int
    ) {
        self.userID = userID
        self.status = status
        self.excluding = excluding
        self.after = after
        self.notBefore = notBefore
        self.limit = limit
    }
}

public typealias SessionListQuery = ListQuery<SessionKind, SessionStatus>
public typealias MissionListQuery = ListQuery<MissionKind, MissionStatus>

public struct DurableSessionList: Sendable {
    public var sessions: [UserSession]
    /// All that match, shown or not.
    public var total: Int

    public init(sessions: [UserSession], total: Int) {
        self.sessions = sessions
        self.total = total
    }
}

public struct DurableMissionList: Sendable {
    public var missions: [MissionSummary]
    /// All that match, shown or not.
    public var total: Int

    public init(missions: [MissionSummary], total: Int) {
        self.missions = missions
        self.total = total
    }
}

/// A mission with what of its contents belongs into the hot tier.
public struct DurableMission: Sendable {
    public var tree: MissionTree
    /// ``AssetContent/here(_:)`` for those that are small enough to be hot. Assets without content are left out.
    public var contents: [AssetID: AssetContent]

    public init(tree: MissionTree, contents: [AssetID: AssetContent]) {
        self.tree = tree
        self.contents = contents
    }
}
