import SessionModel

/// Where the durable tier lies and how far it may go.
public struct DurableConfiguration: Sendable {
    /// Holds one file per shard, `shard-<n>.sqlite`, and nothing that anybody else may read. Made with mode 0700 where it
    /// is missing; refused where its group or others have any right to it.
    public var folder: String
    /// As the data was created with. A file that was made for another number is refused.
    public var shards: ShardCount
    public var limits: DurableLimits

    public init(folder: String, shards: ShardCount, limits: DurableLimits = DurableLimits()) {
        self.folder = folder
        self.shards = shards
        self.limits = limits
    }

    /// The shard's file.
    public func path(of shard: Shard) -> String { "\(folder)/shard-\(shard.number).sqlite" }
}

/// Every bound of the durable tier.
public struct DurableLimits: Sendable {
    /// Milliseconds. How long the writer waits for another process's write transaction before it reports a transient
    /// error: longer than any batch takes, shorter than a flusher's lease.
    public var writerBusyMilliseconds = 2_000
    /// Milliseconds. Readers wait only while the write-ahead log is being recovered.
    public var readerBusyMilliseconds = 500
    /// Milliseconds. No read may last longer, because while it does the write-ahead log can't be reused and grows.
    public var readMilliseconds = 1_000
    /// Connections per shard that read at the same time; each has a thread while it reads. Made as they are needed.
    public var readers = 4
    /// KiB. Measured with 64 MiB: batches keep their pace as the file outgrows the cache.
    public var writerCacheKiB = 65_536
    /// KiB for each reader.
    public var readerCacheKiB = 4_096
    /// Bytes. A write-ahead log that is larger at a checkpoint is emptied and not only copied.
    public var truncateAboveBytes = 64 * 1_024 * 1_024
    /// Milliseconds. How long emptying waits for readers: as long as one may last, and a little more.
    public var truncateBusyMilliseconds = 1_100
    /// Bytes. A file that was not closed in order is checked at the start up to this size: some two seconds.
    public var quickCheckBytes = 1 << 30
    /// Sessions or missions that one listing may leave out: what a user may have unsettled in the hot tier, bounded so that
    /// a page stays within milliseconds.
    public var excludedRows = 10_000

    public init() {}
}
