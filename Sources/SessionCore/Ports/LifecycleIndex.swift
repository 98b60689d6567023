import SessionModel

/// What the sweep reads: the hot tier's sessions by when their time is up, and hints that one's just was.
public protocol LifecycleIndex: Sendable {
    /// Active sessions without activity for `abandon_after`, longest first, `limit` of them behind the first `offset`.
    func overdueActive(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID]
    /// Sessions abandoned `archive_after` ago, longest first.
    func overdueAbandoned(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID]
    func time(of shard: Shard) async throws(HotError) -> Timestamp
}
