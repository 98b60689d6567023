import SessionModel

/// The write-behind log of a shard and what the flusher does to the hot tier around it.
public protocol WriteBehindLog: Sendable {
    /// Takes the shard's lease, or keeps it. False while another owner holds it.
    func lease(_ shard: Shard, owner: String, milliseconds: Int64) async throws(HotError) -> Bool
    /// Who has the lease; nil when nobody does.
    func leaseHolder(of shard: Shard) async throws(HotError) -> String?
    /// Gives the lease back, if `owner` has it.
    func release(_ shard: Shard, owner: String) async throws(HotError)

    func state(of shard: Shard) async throws(HotError) -> LogState
    /// Entries behind `cursor`, oldest first, at most `limit`. Throws ``HotError/unreconciled`` where the log is not known
    /// to go on where SQLite ends.
    func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry]
    /// Entries up to `cursor` that are still there: their commit is known, what follows a commit was not finished.
    func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry]

    /// After a commit: the hot copies of its sessions and of `missions` give up what only unflushed changes need, the log
    /// ends behind the cursor, and who waits for it hears of it. A mission stays as long as its session does, and as long
    /// as SQLite doesn't have it as it is: a change that was set aside is in the hot tier alone. May be repeated. Throws ``HotError/unreconciled`` where
    /// the hot tier has lost what was settled before: then it is done again, by the entries that came back.
    /// - Returns: the tier's clock then; nil where it had ended the log further on already.
    @discardableResult
    func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) -> Timestamp?

    /// As ``settle(_:missions:in:)``, of copies that were written out whole: the log stays as it is.
    func settleCopies(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError)

    /// Sessions whose newest activity is not in SQLite: `limit` of them behind the first `offset`, the longest seen first.
    func touched(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionActivity]
    /// Takes away the marks of those that were written, unless they were seen again since, and keeps SQLite's `mark` of
    /// the writing: a hot tier that has it lost no activity that SQLite has. Throws ``HotError/unreconciled`` where it may
    /// have.
    func recorded(_ activity: [SessionActivity], mark: Int64, in shard: Shard) async throws(HotError)

    /// The tier's clock.
    func time(of shard: Shard) async throws(HotError) -> Timestamp
    /// The hot tier agrees with SQLite: the log is there, with its next id beyond the cursor, the manifest names the
    /// server's present run, and from now on the shard takes writes. Throws where `owner` has lost the lease.
    func admit(_ admission: Admission) async throws(HotError)
}

/// The admission of the hot tier that SQLite goes on from, and the log id that its entries are beyond.
public struct HotLine: Sendable, Equatable {
    /// Each admission's own. Letters, digits and `-`.
    public var admission: String
    public var since: LogID

    public init(admission: String, since: LogID) {
        self.admission = admission
        self.since = since
    }
}

public struct Admission: Sendable, Equatable {
    public var shard: Shard
    public var owner: String
    /// Of ``HotCopies/close(_:owner:)``.
    public var mark: String
    /// As SQLite has it.
    public var cursor: LogID
    /// The next id is beyond this, and beyond the cursor.
    public var after: LogID
    public var dataset: String
    public var activityMark: Int64
    /// Whether idempotency keys were lost that SQLite may know: for as long as they last it is asked.
    public var hasLostKeys: Bool
    /// What the hot tier is of the line of from now on: SQLite's last admission, and this one.
    public var line: [String] = []

    public init(
        shard: Shard, owner: String, mark: String, cursor: LogID, after: LogID, dataset: String, activityMark: Int64,
        hasLostKeys: Bool
    ) {
        self.shard = shard
        self.owner = owner
        self.mark = mark
        self.cursor = cursor
        self.after = after
        self.dataset = dataset
        self.activityMark = activityMark
        self.hasLostKeys = hasLostKeys
    }
}

/// A mission whose place in the hot tier a commit may have changed.
public struct CommittedMission: Sendable, Equatable {
    public var userID: UserID
    /// As SQLite has it now; nil: it has none.
    public var version: Int64?

    public init(userID: UserID, version: Int64?) {
        self.userID = userID
        self.version = version
    }
}

public struct LogState: Sendable, Equatable {
    /// Whether there is a log at all.
    public var exists: Bool
    public var entries: Int
    public var bytes: Int
    /// `maxmemory` of the server; 0 when it has none.
    public var memoryLimit: Int
    /// The name of the SQLite file that the hot tier belongs to; nil when it says none.
    public var dataset: String?
    public var shards: Int?
    /// Whether the manifest names the server's present run.
    public var isReconciled: Bool
    /// Milliseconds that the oldest entry has waited, by the tier's clock; 0 where none does.
    public var lag: Int64 = 0
    /// Which start of the server this is of.
    public var run = ""
    /// The admissions of its dataset, the last one last, as far back as they are kept; and those of the SQLite files that it
    /// was reconciled with.
    public var line: [String] = []
    /// The newest entry there ever was; ids only go up from there.
    public var lastID: LogID
    /// Up to where entries may have left the log; the greatest of all ids where somebody else took some away.
    public var trimmedTo: LogID
    /// The last ``WriteBehindLog/recorded(_:mark:in:)``.
    public var activityMark: Int64

    public init(
        exists: Bool, entries: Int, bytes: Int, memoryLimit: Int, dataset: String?, shards: Int?, isReconciled: Bool,
        lastID: LogID, trimmedTo: LogID, activityMark: Int64
    ) {
        self.isReconciled = isReconciled
        self.lastID = lastID
        self.trimmedTo = trimmedTo
        self.activityMark = activityMark
        self.exists = exists
        self.entries = entries
        self.bytes = bytes
        self.memoryLimit = memoryLimit
        self.dataset = dataset
        self.shards = shards
    }
}
