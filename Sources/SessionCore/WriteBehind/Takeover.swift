import Logging
import SessionModel

/// What a flusher does once, when it gets the lease: find out where SQLite is, make sure that the hot tier is the one that
/// belongs to it, finish what the last flusher left unfinished, and rebuild a hot tier that was lost.
struct Takeover {
    let flusher: Flusher

    /// Sessions read from SQLite at a time while rebuilding.
    private static let page = 100
    /// Entries read at a time that were committed already: even the largest (some 4 MiB, a mission with all its assets) fit
    /// into one reply.
    private static let handful = 16

    /// - Returns: the cursor.
    func prepare() async throws -> LogID {
        let cursor = try await flusher.durable.cursor(of: flusher.shard)
        let dataset = try await flusher.durable.datasetID(of: flusher.shard)
        let state = try await flusher.log.state(of: flusher.shard)
        if let other = state.dataset, state.exists, other != dataset {
            throw TakeoverError("the hot tier belongs to another database (dataset \(other), here \(dataset))")
        }
        if let count = state.shards, state.exists, count != flusher.shards.value {
            throw TakeoverError("the hot tier is cut into \(count) shards, this service into \(flusher.shards.value)")
        }
        if state.exists {
            try await finish(upTo: cursor)
        } else {
            try await rebuild()
        }
        if !state.exists || state.dataset == nil {
            try await flusher.log.begin(flusher.shard, after: cursor, dataset: dataset)
        }
        flusher.durability.committed(cursor, in: flusher.shard)
        flusher.logger.info("flushing", metadata: ["cursor": "\(cursor)"])
        return cursor
    }

    /// Entries that are committed and still in the log: the flusher that applied them didn't come to settle them.
    private func finish(upTo cursor: LogID) async throws {
        while true {
            let left = try await flusher.log.committedEntries(of: flusher.shard, upTo: cursor, limit: Self.handful)
            guard let last = left.last else { return }
            var sessions: [SessionID: AppliedBatch.Session] = [:]
            for case .some(let (id, user)) in left.map(\.session) {
                let durable = try await flusher.durable.session(id, of: nil, messages: 0)?.session
                sessions[id] = AppliedBatch.Session(
                    id: id, userID: user, messageCount: durable?.messageCount ?? 0, status: durable?.status,
                    missionID: durable?.missionID)
            }
            // The cursor of the last entry read: it is behind SQLite's own, and more may follow.
            let batch = AppliedBatch(cursor: last.id, sessions: Array(sessions.values), deadLetters: 0)
            try await flusher.settle(batch, left)
        }
    }

    /// The hot tier was lost: every active session is loaded again, with its remaining time to live, and every abandoned one
    /// is put where archiving finds it. Then the log is made, and writes are taken.
    private func rebuild() async throws {
        flusher.logger.notice("the hot tier has no log: loading it from SQLite")
        var after: SessionID?
        var loaded = 0
        while true {
            let readAt = try await flusher.log.time(of: flusher.shard)
            let page = try await live(after: after)
            guard
                try await flusher.log.restore(
                    page, of: flusher.shard, readAt: readAt, grace: flusher.lifecycle.sweepInterval),
                try await flusher.log.lease(flusher.shard, owner: flusher.owner, milliseconds: flusher.policy.lease)
            else { throw TakeoverError("another flusher took over while rebuilding") }
            loaded += page.count
            flusher.readiness.set(
                Flusher.dependency(flusher.shard), isReady: false, "rebuilding the hot tier; \(loaded) sessions loaded")
            guard let last = page.last else { break }
            after = last.session.id
        }
        flusher.logger.notice("the hot tier is rebuilt", metadata: ["sessions": "\(loaded)"])
    }
}

extension Takeover {
    /// Sessions behind `after`. Chats may be so long that a read takes longer than it may: then fewer at a time.
    private func live(after: SessionID?) async throws -> [DurableSession] {
        var limit = Self.page
        while limit > 1 {
            let page = try? await flusher.durable.liveSessions(
                of: flusher.shard, after: after, limit: limit, messages: flusher.lifecycle.hotWindow)
            if let page { return page }
            limit /= 4
        }
        return try await flusher.durable.liveSessions(
            of: flusher.shard, after: after, limit: 1, messages: flusher.lifecycle.hotWindow)
    }
}

struct TakeoverError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension LogEntry {
    /// The session that the entry is about.
    fileprivate var session: (SessionID, UserID)? {
        func text(_ name: String) -> String? {
            fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        guard let id = text("sid").flatMap({ SessionID($0) }), let user = text("user_id").flatMap(UserID.init) else {
            return nil
        }
        return (id, user)
    }
}
