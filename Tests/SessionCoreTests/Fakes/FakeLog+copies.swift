import SessionCore
import SessionModel

/// The hot copies around the log, as far as reconciliation looks at them.
extension FakeLog: HotCopies {
    func close(_ shard: Shard, owner: String) async throws(HotError) -> String {
        state.withLock { $0.isReconciled = false }
        return "mark"
    }

    func tombstones(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([Subject], ScanPlace?) { ([], nil) }

    func sessions(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([SessionHead], ScanPlace?) {
        let rest = state.withLock { state in
            state.hot.values.filter { $0.id.description > place?.cursor ?? "" }
                .sorted { $0.id.description < $1.id.description }
        }
        let page = rest.prefix(3)
        return (page.map(SessionHead.init), rest.count > 3 ? page.last.map { ScanPlace(cursor: "\($0.id)") } : nil)
    }

    func missions(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([MissionHead], ScanPlace?) {
        (state.withLock { Array($0.hotMissions.values) }, nil)
    }

    func heads(of sessions: [SessionID], in shard: Shard) async throws(HotError) -> [SessionID: SessionHead] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: sessions.compactMap { id in state.hot[id].map { (id, SessionHead($0)) } })
        }
    }

    func drop(_ sessions: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        state.withLock { state in
            for head in sessions {
                state.hot[head.id] = nil
                state.dropped.append(.session(head.id))
            }
        }
    }

    func drop(_ missions: [MissionHead], of shard: Shard, mark: String) async throws(HotError) {
        state.withLock { state in
            for head in missions {
                state.hotMissions[head.id] = nil
                state.dropped.append(.mission(head.id))
            }
        }
    }

    func dropNumbers(of shard: Shard, mark: String) async throws(HotError) { state.withLock { $0.droppedNumbers += 1 } }

    func copy(of subject: Subject) async throws(HotError) -> HotCopy? {
        state.withLock { state in
            guard case .session(let id) = subject else { return nil }
            if let session = state.hot[id] { return .session(session, messages: []) }
            return state.tombstones[id].map { .deletedSession(id, $0.user, $0.logID) }
        }
    }

    func raise(_ activity: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        state.withLock { state in
            for head in activity { state.hot[head.id]?.lastActivityAt = head.lastActivityAt }
            state.raised += activity
        }
    }

    func grant(_ milliseconds: Int64, toDueOf shard: Shard, mark: String) async throws(HotError) {
        state.withLock { $0.granted = milliseconds }
    }

    func restore(
        _ page: [DurableSession], of shard: Shard, mark: String, readAt: Timestamp, grace: Int64
    ) async throws(HotError) {
        state.withLock { state in
            state.restored += page.map(\.session.id)
            for one in page where state.tombstones[one.session.id] == nil { state.hot[one.session.id] = one.session }
            state.grace = grace
        }
    }
}
