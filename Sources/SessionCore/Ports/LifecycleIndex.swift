import SessionModel

/// What the sweep reads: the hot tier's sessions by when their time is up, and hints that one's just was.
public protocol LifecycleIndex: Sendable {
    /// Active sessions without activity for `abandon_after`, longest first, `limit` of them behind the first `offset`.
    func overdueActive(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID]
    /// Sessions abandoned `archive_after` ago, longest first.
    func overdueAbandoned(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID]
    func time(of shard: Shard) async throws(HotError) -> Timestamp
    /// How many sessions there are to be abandoned, if `now` is the tier's time.
    func census(of shard: Shard, at now: Timestamp) async throws(HotError) -> SweepCensus
}

public struct SweepCensus: Sendable, Equatable {
    public var active: Int
    /// Of the active ones, those without activity for `abandon_after`.
    public var due: Int
    /// When an operator last agreed to a sweep that was held, by the tier's clock.
    public var agreedAt: Timestamp?

    public init(active: Int, due: Int, agreedAt: Timestamp? = nil) {
        self.active = active
        self.due = due
        self.agreedAt = agreedAt
    }
}
