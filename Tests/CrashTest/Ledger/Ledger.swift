import Synchronization

/// What the clients know: everything that was acknowledged, and everything that may have happened.
final class Ledger: Sendable {
    struct Counts: Sendable {
        var acknowledged = 0
        var durable = 0
    }

    private struct State {
        var records: [String: Record] = [:]
        /// Names under which something was created and acknowledged.
        var created: Set<String> = []
        /// Names under which something was asked to be created: unique, so that one that is there twice was made twice.
        var tried: Set<String> = []
        /// Answers that belong to no record.
        var refusals: [String] = []
        var counts = Counts()
        var watch: (since: Instant, taken: Instant?)?
    }

    private let state = Mutex(State())

    func tries(_ name: String) { state.withLock { _ = $0.tried.insert(name) } }

    /// A session or a mission was made.
    func created(_ id: String, _ kind: Record.Kind, name: String, user: String, _ write: Write, isReplay: Bool) {
        state.withLock { state in
            state.created.insert(name)
            state.records[id, default: Record(id: id, user: user, kind: kind)].writes.append(write)
            Self.count(write, isReplay, &state)
        }
    }

    func acknowledged(_ id: String, _ write: Write, isReplay: Bool) {
        state.withLock { state in
            state.records[id]?.writes.append(write)
            Self.count(write, isReplay, &state)
        }
    }

    /// The same write in a second record, which it changed too.
    func also(_ id: String, _ write: Write) { state.withLock { $0.records[id]?.writes.append(write) } }

    func deletionTried(_ id: String) { state.withLock { $0.records[id]?.isDeletionTried = true } }

    func deleted(_ id: String, _ write: Write) {
        state.withLock { state in
            state.records[id]?.deletion = write
            Self.count(write, false, &state)
        }
    }

    /// Requests were sent whose outcome nobody knows.
    func unknown(_ id: String, _ effects: [Effect], requests: Int) {
        guard requests > 0 else { return }
        state.withLock { state in
            state.records[id]?.unknown += requests
            state.records[id]?.maybe += effects
        }
    }

    func refused(_ id: String?, _ text: String) {
        state.withLock { state in
            if let id, state.records[id] != nil {
                state.records[id]?.refusals.append(text)
            } else {
                state.refusals.append(text)
            }
        }
    }

    private static func count(_ write: Write, _ isReplay: Bool, _ state: inout State) {
        state.counts.acknowledged += 1
        if write.isDurable { state.counts.durable += 1 }
        if let watch = state.watch, watch.taken == nil, write.sent >= watch.since, !isReplay {
            state.watch?.taken = write.answered
        }
    }
}

extension Ledger {
    var counts: Counts { state.withLock { $0.counts } }

    /// From now on the first write is noted that is sent after `instant` and taken.
    func watch(since instant: Instant) { state.withLock { $0.watch = (instant, nil) } }
    /// When it was answered.
    var taken: Instant? { state.withLock { $0.watch?.taken } }

    var records: [Record] { state.withLock { Array($0.records.values) } }
    func isCreated(_ name: String) -> Bool { state.withLock { $0.created.contains(name) } }
    func isTried(_ name: String) -> Bool { state.withLock { $0.tried.contains(name) } }

    /// Whether clients may go on with these; nil is not looked at, unless it is all there is.
    func isUsable(_ ids: [String?]) -> Bool {
        let ids = ids.compactMap { $0 }
        return !ids.isEmpty && state.withLock { state in ids.allSatisfy { state.records[$0]?.isStale == false } }
    }

    /// What was found is what is known from now on; nil: there is no such thing any more.
    func settle(_ id: String, as content: Content?, isStale: Bool) {
        state.withLock { state in
            guard let record = state.records[id] else { return }
            guard let content else {
                state.records[id] = nil
                return
            }
            var settled = Record(id: id, user: record.user, kind: record.kind, base: content)
            settled.isStale = isStale || record.isStale
            state.records[id] = settled
        }
    }

    /// Of answers that belong to no record, and of counts: what came since the last time.
    func takeRound() -> (counts: Counts, refusals: [String]) {
        state.withLock { state in
            defer { (state.counts, state.refusals, state.watch) = (Counts(), [], nil) }
            return (state.counts, state.refusals)
        }
    }
}
