import Logging
import SessionModel

/// What a flusher does once, when it gets the lease: find out where SQLite is, make sure that the hot tier is the one that
/// belongs to it, finish what the last flusher left unfinished, and reconcile the tiers where they may not agree.
struct Takeover {
    let flusher: Flusher

    /// Entries read at a time that were committed already: even the largest (some 4 MiB, a mission with all its assets) fit
    /// into one reply.
    private static let handful = 16

    /// - Returns: the cursor, and the term that began.
    func prepare() async throws -> (cursor: LogID, term: Term) {
        let durable = try await flusher.durable.takeOver(flusher.shard)
        let (cursor, term) = (durable.cursor, durable.term)
        let dataset = try await flusher.durable.datasetID(of: flusher.shard)
        let state = try await flusher.log.state(of: flusher.shard)
        if let other = state.dataset, other != dataset {
            throw TakeoverError("the hot tier belongs to another database (dataset \(other), here \(dataset))")
        }
        if let count = state.shards, count != flusher.shards.value {
            throw TakeoverError("the hot tier is cut into \(count) shards, this service into \(flusher.shards.value)")
        }
        if state.exists { try await finish(upTo: cursor) }
        let standing = Standing(durable, log: state)
        if !state.isReconciled || !standing.isAgreed {
            // What waits in quarantine is in the hot tier alone, if it is the one that it came to be in.
            let refused = standing.partedAt == nil ? try await flusher.healAll(at: cursor, term) : []
            try await Reconciliation(
                flusher: flusher, standing: standing, dataset: dataset, durable: durable, state: state, refused: refused
            ).run()
        }
        flusher.durability.committed(cursor, in: flusher.shard)
        flusher.logger.info("flushing", metadata: ["cursor": "\(cursor)"])
        return (cursor, term)
    }

    /// Entries that are committed and still in the log: the flusher that applied them didn't come to settle them.
    private func finish(upTo cursor: LogID) async throws {
        while true {
            let left = try await flusher.log.committedEntries(of: flusher.shard, upTo: cursor, limit: Self.handful)
            guard let last = left.last else { return }
            var sessions: [SessionID: AppliedBatch.Session] = [:]
            for case .some(let (id, user)) in left.map(\.session) {
                let durable: UserSession?
                do { durable = try await flusher.durable.session(id, of: nil, messages: 0)?.session } catch {
                    guard case .failed = error else { throw error }
                    // Its row can't be understood: it stays hot as it is.
                    continue
                }
                sessions[id] = AppliedBatch.Session(
                    id: id, userID: user, messageCount: durable?.messageCount ?? 0, status: durable?.status,
                    missionID: durable?.missionID, version: durable?.version)
            }
            // The cursor of the last entry read: it is behind SQLite's own, and more may follow.
            let batch = AppliedBatch(cursor: last.id, sessions: Array(sessions.values), deadLetters: 0)
            try await flusher.settle(batch, left)
        }
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
