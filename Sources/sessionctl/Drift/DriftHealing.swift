import DurableTier
import HotTier
import SessionCore
import SessionModel

/// Puts right what a ``DriftWalk`` found, while the service runs: SQLite is written by the flusher alone, by order through
/// the log, and the hot tier by scripts that look again whether it is as it was found.
struct DriftHealing {
    let installation: Installation
    let tools: HotTools
    let readers: [Shard: ShardReader]
    /// Users' indexes that have what isn't hot, as the walk found them.
    let members: [Subject: String]

    /// Milliseconds between two looks whether it has come right, and looks.
    private static let pause: Int64 = 200
    private static let looks = 100

    /// - Returns: what is still different.
    func heal(_ differences: [Difference], _ walk: inout DriftWalk) async throws -> [Difference] {
        var done: Set<Subject> = []
        // Of several about one subject the first is the gravest; the others are looked at again behind it.
        for difference in differences where done.insert(difference.subject).inserted { try await carryOut(difference) }
        var left = done
        for _ in 0..<Self.looks where !left.isEmpty {
            try await Task.sleep(for: .milliseconds(Self.pause))
            for subject in left {
                let found = try await walk.look(subject)
                if found.isEmpty {
                    if !walk.onTheirWay.contains(subject) { left.remove(subject) }
                } else if let next = found.first, !differences.contains(next) {
                    try await carryOut(next)
                }
            }
        }
        var remaining: [Difference] = []
        for subject in left { remaining += try await walk.look(subject) }
        return remaining
    }

    private func carryOut(_ difference: Difference) async throws {
        switch (difference.remedy, difference.subject) {
        case (.rewrite, let subject): _ = try await tools.order(.rewrite(subject), of: subject.shard)
        case (.reload, .session(let id)): try await reload(id)
        case (.reload, .mission(let id)):
            let hot = try await tools.inspector.mission(id)
            guard let tree = hot.tree else { break }
            _ = try await tools.store.evict(id, of: tree.userID, version: tree.version, logID: tree.logID)
        case (.index, .session(let id)):
            let hot = try await tools.inspector.session(id)
            let stored = try readers[id.shard].map { reader in
                try sqlite { () throws(DurableError) in try reader.session(id) }
            }
            let user = (hot.text("user_id") ?? stored?.text("user_id")).flatMap(UserID.init)
            try await tools.store.tidy(
                id, of: user ?? walkUser(id), isAbandoned: stored?.text("status") == SessionStatus.abandoned.rawValue)
        case (.settle, .session(let id)): try await settle(id)
        case (.index, .mission), (.settle, .mission): break
        }
    }

    /// Whose index has the session, where neither tier says whose it is.
    private func walkUser(_ id: SessionID) -> UserID? {
        members[.session(id)].flatMap { KeyName($0, prefix: installation.settings.redis.prefix)?.user }
    }

    private func reload(_ id: SessionID) async throws {
        guard let reader = readers[id.shard] else { return }
        let hot = try await tools.inspector.session(id)
        if !hot.fields.isEmpty {
            let isGone = try await tools.store.evict(
                id, of: hot.text("user_id").flatMap(UserID.init), version: hot.text("version") ?? "",
                logID: hot.text("log_id") ?? "")
            guard isGone else { return }
        }
        _ = try await tools.load(id, of: nil, reader)
    }

    /// As after a commit.
    private func settle(_ id: SessionID) async throws {
        guard let reader = readers[id.shard] else { return }
        let cursor = try sqlite { () throws(DurableError) in try reader.identity().cursor }
        let hot = try await tools.inspector.session(id)
        guard let user = hot.text("user_id").flatMap(UserID.init) ?? hot.tombstone?.user else { return }
        let stored = try sqlite { () throws(DurableError) in try reader.durableSession(id, messages: 0) }?.session
        try await tools.log.settleCopies(
            AppliedBatch(
                cursor: cursor,
                sessions: [
                    AppliedBatch.Session(
                        id: id, userID: user, messageCount: stored?.messageCount ?? 0, status: stored?.status,
                        missionID: stored?.missionID, version: stored?.version)
                ], deadLetters: 0), missions: [:], in: id.shard)
    }
}
