/// The durations and bounds of a session's life. All in milliseconds, so that tests can run years in seconds.
public struct LifecyclePolicy: Sendable, Equatable {
    /// Without activity for so long, a session is abandoned.
    public var abandonAfter: Int64 = 24 * 3_600_000
    /// An abandoned session is archived after this.
    public var archiveAfter: Int64 = 7 * 24 * 3_600_000
    /// An archived session that was not changed for so long is deleted; nil: never.
    public var deleteAfter: Int64?
    /// How often the indexes are looked through for sessions whose time is up.
    public var sweepInterval: Int64 = 30_000
    /// How far Redis' clock may stand from this process', and move otherwise than time passes, before sweeps are held.
    /// Replies come late by a second or so, and clocks kept by NTP agree within one: a minute is neither.
    public var clockTolerance: Int64 = 60_000
    /// Share of the active sessions, 0 to 1, that may be due at once; never under ``leastSweepBound`` sessions. In half a
    /// minute a day's worth of sessions gives a three-thousandth, in an hour a twentieth: a fifth is an outage's, or a fault's.
    public var sweepBound = 0.2
    /// Milliseconds after which a held sweep that finds the same again goes on.
    public var secondLook: Int64 = 10 * 60_000
    /// How long a session that is not active stays hot once it is flushed. Never under ``shortestLinger``.
    public var hotLinger: Int64 = 15 * 60_000
    /// Messages of a chat that stay hot: as many as a session is ever loaded with.
    public var hotWindow = 200
    /// Whether expired-key events are listened to. They only make abandonment prompt; the sweep alone is enough.
    public var listensToExpiredEvents = true

    /// Of a few sessions any share may be due.
    public static let leastSweepBound = 1000
    /// How long an operator's agreement to a held sweep waits for it.
    public static let sweepAgreement: Int64 = 10 * 60_000
    /// What leaves the hot tier after a flush must stay longer than any read from SQLite that began before it.
    public static let shortestLinger: Int64 = 60_000
    /// The oldest a read from SQLite may be that fills a miss; also how long a flushed tombstone stays, five times over.
    public static let oldestHydration: Int64 = 2_000
    public static let flushedTombstone: Int64 = 10_000
    /// How long an idempotency key answers for.
    public static let idempotency: Int64 = 24 * 3_600_000
    /// How long the highest number of a user's names `Session N` stays hot; after that it is read from SQLite again.
    public static let sessionNumber: Int64 = 24 * 3_600_000

    public init() {}
}

/// The bounds of the write-behind log and its flusher.
public struct WriteBehindPolicy: Sendable, Equatable {
    /// Entries of one transaction: enough for an fsync to cost nothing per entry.
    public var batch = 1000
    /// Milliseconds the oldest entry may wait for company; entries that a writer waits on don't wait.
    public var linger: Int64 = 50
    /// Milliseconds between two writings of the newest activity.
    public var activityFlush: Int64 = 5_000
    /// Entries of a shard's log at which writes are refused.
    public var maxBacklog = 1_000_000
    /// Share of Redis' `maxmemory` that a shard's log may take before writes are refused, 0 to 1.
    public var maxBacklogShare = 0.5
    /// Milliseconds after which a flusher that was not heard of loses its shard to another.
    public var lease: Int64 = 10_000

    /// Bytes of a batch: what one `XREAD` may bring into memory.
    public static let batchBytes = 16 << 20

    public init() {}
}
