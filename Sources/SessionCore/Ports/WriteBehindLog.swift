import SessionModel

/// The write-behind log of a shard and what the flusher does to the hot tier around it.
public protocol WriteBehindLog: Sendable {
    /// Takes the shard's lease, or keeps it. False while another owner holds it.
    func lease(_ shard: Shard, owner: String, milliseconds: Int64) async throws(HotError) -> Bool
    /// Who has the lease; nil when nobody took it.
    func leaseHolder(of shard: Shard) async throws(HotError) -> String?
    /// Gives the lease back, if `owner` has it.
    func release(_ shard: Shard, owner: String) async throws(HotError)

    func state(of shard: Shard) async throws(HotError) -> LogState
    /// Entries behind `cursor`, oldest first, at most `limit`.
    func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry]
    /// Entries up to `cursor` that are still there: their commit is known, what follows a commit was not finished.
    func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry]

    /// After a commit: the hot copies of its sessions and of `missions` give up what only unflushed changes need, the log
    /// ends behind the cursor, and who waits for it hears of it. A mission stays as long as its session does, and as long
    /// as SQLite doesn't have it as it is: a change that was set aside is in the hot tier alone. May be repeated.
    func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError)

    /// Sessions whose newest activity is not in SQLite: `limit` of them behind the first `offset`, the longest seen first.
    func touched(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionActivity]
    /// Takes away the marks of those that were written, unless they were seen again since.
    func recorded(_ activity: [SessionActivity], in shard: Shard) async throws(HotError)

    /// The tier's clock.
    func time(of shard: Shard) async throws(HotError) -> Timestamp
    /// Puts sessions back into a hot tier that lost them. An active one gets its remaining time to live, though never less
    /// than `grace` milliseconds. False, and nothing more is put back, once there is a log: somebody else has rebuilt it.
    func restore(_ page: [DurableSession], of shard: Shard, readAt: Timestamp, grace: Int64) async throws(HotError)
        -> Bool
    /// Makes the log, empty, with its next id beyond `cursor`: from now on the shard takes writes.
    func begin(_ shard: Shard, after cursor: LogID, dataset: String) async throws(HotError)
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

    public init(exists: Bool, entries: Int, bytes: Int, memoryLimit: Int, dataset: String?, shards: Int?) {
        self.exists = exists
        self.entries = entries
        self.bytes = bytes
        self.memoryLimit = memoryLimit
        self.dataset = dataset
        self.shards = shards
    }
}
