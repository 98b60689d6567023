import Logging
import SessionModel

extension Flusher {
    /// Subjects healed in one turn: the log waits meanwhile.
    private static let healed = 50

    /// ``heal(at:_:skipping:)`` until nothing is left that can be.
    /// - Returns: what remains.
    func healAll(at cursor: LogID, _ term: Term) async throws -> Set<Subject> {
        var left: Set<Subject> = []
        while true {
            let subjects = Set(try await durable.quarantined(of: shard, limit: left.count + Self.healed))
            guard subjects != left else { return left }
            _ = try await heal(at: cursor, term, skipping: left)
            left = Set(try await durable.quarantined(of: shard, limit: left.count + Self.healed))
        }
    }

    /// Writes out whole what is in quarantine, from its hot copy.
    /// - Returns: how many remain that SQLite refuses as they are.
    func heal(at cursor: LogID, _ term: Term, skipping skipped: Set<Subject> = []) async throws -> Int {
        let subjects = try await durable.quarantined(of: shard, limit: skipped.count + Self.healed)
            .filter { !skipped.contains($0) }
        guard !subjects.isEmpty else { return 0 }
        let (outcome, _, settled) = try await rewrite(subjects, at: cursor, seen: cursor, term)
        if !settled.isEmpty {
            let ended = Dictionary(uniqueKeysWithValues: settled.map { ($0, HotCopy?.none) })
            _ = try await durable.rewrite(ended, of: shard, at: cursor, seen: cursor, term: term)
        }
        let healed = subjects.count - outcome.refused.count
        if healed > 0 {
            SessionMetrics.healed.increment(by: healed)
            logger.notice("written out whole from the hot tier", metadata: ["count": "\(healed)"])
        }
        return outcome.refused.count
    }

    /// Writes the hot copies of `subjects` over what SQLite has of them, and lets the hot tier know.
    /// - Parameter seen: as ``DurableStore/rewrite(_:of:at:seen:term:)`` has it.
    /// - Returns: and the newest change that is in them, and those of which no more is to come.
    func rewrite(
        _ subjects: [Subject], at cursor: LogID, seen: LogID, _ term: Term
    ) async throws -> (outcome: Rewriting, newest: LogID, settled: [Subject]) {
        guard !subjects.isEmpty else { return (Rewriting(), .zero, []) }
        var copies: [Subject: HotCopy?] = [:]
        for subject in subjects { copies[subject] = .some(try await self.copies.copy(of: subject)) }
        let outcome = try await durable.rewrite(copies, of: shard, at: cursor, seen: seen, term: term)
        for subject in outcome.refused { copies[subject] = nil }
        let (newest, settled) = try await settle(copies.compactMapValues { $0 }, at: cursor, seen: seen)
        return (outcome, newest, settled)
    }

    private func settle(
        _ copies: [Subject: HotCopy], at cursor: LogID, seen: LogID
    ) async throws -> (newest: LogID, settled: [Subject]) {
        var batch = AppliedBatch(cursor: cursor, sessions: [], deadLetters: 0)
        var missions: [MissionID: CommittedMission] = [:]
        var settled: [Subject] = []
        for (subject, copy) in copies where !copy.waits(seen: seen) {
            switch copy {
            case .session(let session, _):
                batch.sessions.append(
                    AppliedBatch.Session(
                        id: session.id, userID: session.userID, messageCount: session.messageCount,
                        status: session.status, missionID: session.missionID, version: session.version))
            case .mission(let mission):
                missions[mission.tree.id] = CommittedMission(
                    userID: mission.tree.userID, version: mission.tree.version)
            case .deletedSession(let id, let user, _):
                batch.sessions.append(
                    AppliedBatch.Session(id: id, userID: user, messageCount: 0, status: nil, version: nil))
            case .deletedMission(let id, let user, _):
                missions[id] = CommittedMission(userID: user, version: nil)
            }
            batch.cursor = max(batch.cursor, copy.newest)
            settled.append(subject)
        }
        try await log.settleCopies(batch, missions: missions, in: shard)
        return (batch.cursor, settled)
    }
}
