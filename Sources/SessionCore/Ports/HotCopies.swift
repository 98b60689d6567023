import SessionModel

/// What the hot tier holds, looked through and put right while it takes no writes. Only for whoever has the shard's lease:
/// every change is made only while the tier has the mark that ``close(_:owner:)`` gave, so that one which stood still while
/// another took over changes nothing.
public protocol HotCopies: Sendable {
    /// Returns a mark for that admission: it is gone if the server loses its data meanwhile, or is started anew. Lets the
    /// shard take no writes until ``WriteBehindLog/admit(_:)``, if `owner` has the lease.
    func close(_ shard: Shard, owner: String) async throws(HotError) -> String

    /// A part of all hot sessions. A session may come twice; none that stays is left out.
    /// - Parameter place: nil at first; then what the last part gave, until that is nil.
    func sessions(of shard: Shard, from place: ScanPlace?) async throws(HotError) -> ([SessionHead], ScanPlace?)
    func missions(of shard: Shard, from place: ScanPlace?) async throws(HotError) -> ([MissionHead], ScanPlace?)
    /// A part of what is deleted and has no end set to its tombstone. Whether one is a session's or a mission's, it doesn't
    /// say: it comes as both.
    func tombstones(of shard: Shard, from place: ScanPlace?) async throws(HotError) -> ([Subject], ScanPlace?)
    /// Those of `sessions` that are hot.
    func heads(of sessions: [SessionID], in shard: Shard) async throws(HotError) -> [SessionID: SessionHead]

    /// Takes them out of the tier, with everything that belongs to them, where they are still as given.
    func drop(_ sessions: [SessionHead], of shard: Shard, mark: String) async throws(HotError)
    func drop(_ missions: [MissionHead], of shard: Shard, mark: String) async throws(HotError)
    /// Forgets the highest numbers of users' names `Session N`: SQLite knows them.
    func dropNumbers(of shard: Shard, mark: String) async throws(HotError)

    /// As it is now, with all that the hot tier has of it; nil where it has neither it nor its tombstone.
    func copy(of subject: Subject) async throws(HotError) -> HotCopy?

    /// Moves the last activity of active sessions forward where it is behind.
    func raise(_ activity: [SessionHead], of shard: Shard, mark: String) async throws(HotError)
    /// Gives every session that has less time left so much from now on to be heard of: an outage abandons nobody.
    func grant(_ milliseconds: Int64, toDueOf shard: Shard, mark: String) async throws(HotError)

    /// Puts sessions back. An active one gets its remaining time to live, though never less than `grace` milliseconds.
    func restore(
        _ page: [DurableSession], of shard: Shard, mark: String, readAt: Timestamp, grace: Int64
    ) async throws(HotError)
}

/// Where a look through the keyspace goes on (SCAN).
public struct ScanPlace: Sendable, Equatable {
    public var cursor: String

    public init(cursor: String) { self.cursor = cursor }
}
