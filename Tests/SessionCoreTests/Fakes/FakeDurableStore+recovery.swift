import SessionCore
import SessionModel

extension FakeDurableStore {
    func lose(after: LogID, until: LogID, term: Term?, in shard: Shard) async throws(DurableError) {
        state.withLock { $0.lost.append((after, until)) }
    }

    func isLost(_ id: LogID, in shard: Shard) async throws(DurableError) -> Bool {
        state.withLock { state in state.lost.contains { $0.after < id && id <= $0.until } }
    }

    func line(of shard: Shard) async throws(DurableError) -> HotLine? { state.withLock { $0.line } }

    func admit(_ line: HotLine, term: Term?, in shard: Shard) async throws(DurableError) {
        state.withLock { $0.line = line }
    }

    func heads(of missions: [MissionID], in shard: Shard) async throws(DurableError) -> [MissionID: MissionHead] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: Set(missions).compactMap { id in
                    state.missions[id].map { mission in
                        let tree = mission.tree
                        let head = MissionHead(
                            id: id, userID: tree.userID, version: tree.version, logID: tree.logID)
                        return (id, head)
                    }
                })
        }
    }

    func heads(of sessions: [SessionID], in shard: Shard) async throws(DurableError) -> [SessionID: SessionHead] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: sessions.compactMap { id in state.sessions[id].map { (id, SessionHead($0)) } })
        }
    }

    func liveHeads(of shard: Shard, after: SessionID?, limit: Int) async throws(DurableError) -> [SessionHead] {
        state.withLock { state in
            let live = state.sessions.values.filter { $0.status == .active || $0.status == .abandoned }
            let rest = live.filter { session in after.map { $0.description < session.id.description } ?? true }
            return rest.sorted { $0.id.description < $1.id.description }.prefix(limit).map(SessionHead.init)
        }
    }

    func deadLetters(of shard: Shard) async throws(DurableError) -> Int { state.withLock { $0.quarantined.count } }

    func quarantined(of shard: Shard, limit: Int) async throws(DurableError) -> [Subject] {
        state.withLock { Array($0.quarantined.prefix(limit)) }
    }

    func rewrite(
        _ copies: [Subject: HotCopy?], of shard: Shard, at cursor: LogID, seen: LogID, term: Term?
    ) async throws(DurableError) -> Rewriting {
        let outcome: Result<Rewriting, DurableError> = state.withLock { state in
            guard state.cursor == cursor else { return .failure(.cursorMoved) }
            let refused = copies.keys.filter { state.refused.contains($0) }
            for (subject, copy) in copies where !refused.contains(subject) {
                guard let copy else {
                    state.quarantined.removeAll { $0 == subject }
                    continue
                }
                state.rewritten[subject] = .some(copy)
                if case .session(let session, _) = copy {
                    state.sessions[session.id] = session
                    state.newestCopy = max(state.newestCopy, session.logID)
                }
            }
            return .success(Rewriting(refused: refused))
        }
        return try outcome.get()
    }

    func outcome(of keyHash: String, user: UserID) async throws(DurableError) -> KeptOutcome? {
        state.withLock { $0.outcomes[keyHash] }
    }

    func forgetKeys(of shard: Shard, expiredBefore time: Timestamp, limit: Int) async throws(DurableError) -> Int { 0 }
}

extension SessionHead {
    init(_ session: UserSession) {
        self.init(
            id: session.id, userID: session.userID, version: session.version, logID: session.logID,
            status: session.status, lastActivityAt: session.lastActivityAt)
    }
}
