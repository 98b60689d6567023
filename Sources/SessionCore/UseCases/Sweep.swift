import Logging
import ServiceLifecycle
import SessionModel

/// Finds the sessions of a shard whose time is up. Expired-key events come late or never; this is the truth.
///
/// Every `sweep_interval`, and at start:
/// - active sessions without activity for `abandon_after` are abandoned;
/// - sessions abandoned `archive_after` ago are archived;
/// - archived ones unchanged for `delete_after`, where that is configured, are deleted.
///
/// Each is one step of the hot tier that looks again whether it is so: sweeps of several processes may meet, and meet
/// events and requests, and each session is moved once.
///
/// What was found due is moved only once ``SweepWatch`` has looked at the clocks after it was found.
public struct Sweep: Service {
    let watch: SweepWatch
    let index: any LifecycleIndex
    let hot: any HotStore
    let durable: any DurableStore
    let policy: LifecyclePolicy
    let logger: Logger

    private var shard: Shard { watch.shard }

    /// Sessions read from an index at a time.
    private static let page = 200
    /// Pages of one index in one sweep: a sweep ends, and the next goes on.
    private static let pages = 1000

    public init(
        watch: SweepWatch, index: any LifecycleIndex, hot: any HotStore, durable: any DurableStore,
        policy: LifecyclePolicy, logger: Logger
    ) {
        self.watch = watch
        self.index = index
        self.hot = hot
        self.durable = durable
        self.policy = policy
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await keepSweeping() }
    }

    private func keepSweeping() async {
        var failures = 0
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            var pause = policy.sweepInterval
            do {
                try await sweep()
                failures = 0
                backoff.reset()
            } catch {
                failures += 1
                // The first one is not worth a word: while the service starts, nothing is connected yet.
                if failures == 2 {
                    logger.warning("sweeps are cut short; trying again", metadata: ["reason": "\(error)"])
                }
                pause = min(pause, backoff.next(using: &generator))
            }
            try? await Task.sleep(for: .milliseconds(pause))
        }
    }

    /// One sweep of the shard.
    public func sweep() async throws {
        guard try await watch.mayGoOn() else { return }
        try await drain(index.overdueActive) { id in
            guard case .done = try await hot.abandon(id) else { return false }
            SessionMetrics.abandoned.increment()
            return true
        }
        try await drain(index.overdueAbandoned) { id in
            guard try await retire(id) else { return false }
            SessionMetrics.archived.increment()
            return true
        }
        if let deleteAfter = policy.deleteAfter { try await deleteArchived(after: deleteAfter) }
    }

    /// Works through an index from its front. What was moved is gone from it; what was not is stepped over.
    private func drain(
        _ overdue: (Shard, Int, Int) async throws(HotError) -> [SessionID], _ move: (SessionID) async throws -> Bool
    ) async throws {
        var left = 0
        for _ in 0..<Self.pages {
            let ids = try await overdue(shard, left, Self.page)
            guard !ids.isEmpty, try await watch.mayGoOn() else { return }
            for id in ids where try await !move(id) { left += 1 }
            guard ids.count == Self.page else { return }
        }
    }

    private func retire(_ id: SessionID) async throws -> Bool {
        for _ in 0..<2 {
            switch try await hot.retire(id) {
            case .done: return true
            case .refused(.miss):
                guard try await hydrate(id) != nil else { return false }
            case .refused, .replayed: return false
            }
        }
        return false
    }

    private func deleteArchived(after milliseconds: Int64) async throws {
        let limit = try await index.time(of: shard).adding(milliseconds: -milliseconds)
        // SQLite shows them until the deletions are flushed, so one page a sweep: the rest is for the next.
        let ids = try await durable.archivedSessions(of: shard, unchangedSince: limit, limit: Self.page)
        guard !ids.isEmpty, try await watch.mayGoOn() else { return }
        for id in ids {
            guard let session = try await hydrate(id) else { continue }
            guard try await delete(session, unchangedSince: limit) else { continue }
            SessionMetrics.deletedByRule.increment()
        }
    }

    private func delete(_ session: UserSession, unchangedSince limit: Timestamp) async throws -> Bool {
        var deletion = SessionDeletion(
            session: session.id, userID: session.userID, condition: .any, unchangedSince: limit)
        deletion.linked = session.missionID.map { KnownLink(mission: $0) }
        for _ in 0..<2 {
            switch try await hot.delete(deletion) {
            case .done: return true
            case .refused(.missionMiss(let mission)):
                let readAt = try await index.time(of: shard)
                if let found = try await durable.mission(mission, of: session.userID) {
                    _ = try await hot.hydrate(found, readAt: readAt)
                } else {
                    deletion.linked?.isLost = true
                }
            // Its next change is the next sweep's.
            case .refused, .replayed: return false
            }
        }
        return false
    }

    /// Makes a session hot that is not, whoever's it is.
    private func hydrate(_ id: SessionID) async throws -> UserSession? {
        let readAt = try await index.time(of: shard)
        guard let session = try await durable.session(id, of: nil, messages: policy.hotWindow) else { return nil }
        _ = try await hot.hydrate(session, readAt: readAt)
        return session.session
    }
}
