import SessionCore
import SessionModel

/// What clients were told, and what may be taken from them.
extension World {
    func beginOperation() -> Int {
        operations += 1
        return operations
    }

    /// The change that an answer names. The newest, where a lost one had the same id.
    func acknowledged(_ session: SessionID, _ logID: LogID, _ key: Idempotency?) {
        guard
            let index = history.nodes.lastIndex(where: {
                $0.session.id == session && $0.session.logID == logID && (key == nil || $0.key == key?.keyHash)
            })
        else { return violated("a client was told of \(logID) of \(session.short), which never was") }
        history.nodes[index].isAcknowledged = true
    }

    func touched(_ session: SessionID, _ at: Int64) {
        history.touches.append(Touch(session: session, at: at, effect: effects + 1))
    }

    func acknowledgedTouch(_ session: SessionID, _ at: Int64) {
        guard let index = history.touches.lastIndex(where: { $0.session == session && $0.at == at }) else { return }
        history.touches[index].isAcknowledged = true
    }

    /// The changes of a session that nothing may take away.
    func promised(of session: SessionID) -> [Int] {
        history.nodes.indices.filter { index in
            let node = history.nodes[index]
            return node.session.id == session && node.isAcknowledged && node.lostAt == nil
        }
    }

    // MARK: what the tiers hold

    /// The change that SQLite's row of a session is named after.
    func durableState(of session: SessionID) -> Int? {
        (try? sqlite.session(session, of: nil, messages: 0)).flatMap { $0 }.map { SimRedis.node(of: $0.session) }
    }

    func deletion(of session: SessionID, _ logID: LogID) -> Int? {
        history.nodes.lastIndex {
            $0.session.id == session && $0.kind == .delete && $0.session.logID == logID
        }
    }

    /// Whether SQLite has the change: in a row, or because it has deleted what it had.
    func sqliteHolds(_ number: Int) -> Bool {
        let session = history.nodes[number].session.id
        if let state = durableState(of: session) { return history.holds(state, number) }
        return durableDeletions.contains { history.holds($0, number) }
    }

    /// - Parameter forGood: whether what has a TTL counts.
    func redisHolds(_ number: Int, forGood: Bool) -> Bool {
        let session = history.nodes[number].session.id
        if let one = redis.hot[session] {
            return (one.expires == nil || !forGood) && history.holds(SimRedis.node(of: one.session), number)
        }
        guard let tombstone = redis.gone[session], tombstone.expires == nil || !forGood,
            let deletion = deletion(of: session, tombstone.logID)
        else { return false }
        return history.holds(deletion, number)
    }

    /// Redis has just lost something: what only it had may be gone.
    func redisLost() {
        lostSomething = true
        lose { redisHolds($0, forGood: false) }
        for index in history.touches.indices where history.touches[index].lostAt == nil {
            let touch = history.touches[index]
            let hot = redis.hot[touch.session]?.session.lastActivityAt.milliseconds ?? 0
            let durable = (try? sqlite.session(touch.session, of: nil, messages: 0)).flatMap { $0 }
            if max(hot, durable?.session.lastActivityAt.milliseconds ?? 0) < touch.at {
                history.touches[index].lostAt = now
            }
        }
    }

    /// SQLite is an older one now: what Redis has given up meanwhile may be gone.
    func sqliteLost() {
        lose { redisHolds($0, forGood: true) }
        wasRestored = true
    }

    private func lose(unless isHeld: (Int) -> Bool) {
        for number in history.nodes.indices where history.nodes[number].lostAt == nil {
            guard !sqliteHolds(number), !isHeld(number) else { continue }
            history.nodes[number].lostAt = now
            if history.nodes[number].isAcknowledged { count("acknowledged and lost with its tier") }
        }
    }
}
