import SessionCore
import SessionModel

/// What is looked at while a schedule runs.
extension World {
    // MARK: Redis

    /// A change was just made upon another.
    func checkMade(_ node: Node) {
        if case .move(.abandon) = node.kind { checkAbandoned(node) }
    }

    /// Nobody is abandoned who was there, or who could not be.
    private func checkAbandoned(_ node: Node) {
        count("abandoned")
        let id = node.session.id
        func demand(_ time: Int64, _ why: @autoclosure () -> String) {
            if now < time { violated("\(id.short) is abandoned \(time - now) ms too early: \(why())") }
        }
        for touch in history.touches where touch.session == id && touch.isAcknowledged {
            guard let lostAt = touch.lostAt else {
                demand(touch.at + policy.abandonAfter, "touched at \(touch.at - start)")
                continue
            }
            if lostAt < touch.at + policy.abandonAfter { demandGrace(id, since: lostAt, "a touch was lost") }
        }
        for one in history.nodes where one.session.id == id && one.isAcknowledged && one.kind.isActivity {
            guard let lostAt = one.lostAt else {
                demand(one.at + policy.abandonAfter, "changed at \(one.at - start)")
                continue
            }
            if lostAt < one.at + policy.abandonAfter { demandGrace(id, since: lostAt, "a change was lost") }
        }
        let due = node.session.lastActivityAt.milliseconds + policy.abandonAfter
        for outage in outages where outage.start <= due {
            guard let end = outage.end else { continue }
            if due <= end { demandGrace(id, since: outage.start, "its time ran out while nobody could be heard") }
        }
    }

    private func demandGrace(_ id: SessionID, since time: Int64, _ why: @autoclosure () -> String) {
        if now < time + policy.sweepInterval {
            violated("\(id.short) is abandoned \(now - time) ms after an outage began: \(why())")
        }
    }

    /// Invariant 2: what left by its TTL is in SQLite as it was.
    func checkExpired(_ gone: (sessions: [SimRedis.Hot], tombstones: [(SessionID, SimRedis.Tombstone)])) {
        for one in gone.sessions {
            let number = SimRedis.node(of: one.session)
            guard history.nodes.indices.contains(number), history.nodes[number].lostAt == nil else { continue }
            if !sqliteHolds(number) {
                violated("\(one.session.id.short) left Redis as n\(number), which SQLite doesn't have")
            }
        }
        for (id, tombstone) in gone.tombstones {
            guard let number = deletion(of: id, tombstone.logID), history.nodes[number].lostAt == nil else { continue }
            if durableState(of: id) != nil { violated("the tombstone of \(id.short) left before SQLite deleted it") }
        }
    }

    /// Only messages that SQLite has leave the window.
    func checkSettled(_ before: SimRedis.Hot, _ after: SimRedis.Hot) {
        guard after.messages.count < before.messages.count else { return }
        count("window trimmed")
        let number = SimRedis.node(of: after.session)
        guard history.nodes.indices.contains(number), history.nodes[number].lostAt == nil else { return }
        let trimmed = after.session.messageCount - Int64(after.messages.count)
        let row = (try? sqlite.session(after.session.id, of: nil, messages: 0)).flatMap { $0 }?.session
        if let row, row.messageCount < trimmed {
            violated("\(after.session.id.short): messages up to \(trimmed) left Redis, SQLite has \(row.messageCount)")
        }
    }

    /// Invariant 5: what reconciling drops, SQLite has, or it was lost before.
    func checkDropped(_ session: UserSession) {
        for number in history.chain(SimRedis.node(of: session)) {
            let node = history.nodes[number]
            guard node.isAcknowledged, node.lostAt == nil, !sqliteHolds(number) else { continue }
            // Of two older copies neither is known to have come later.
            guard !wasRestored || !wasSetBack else {
                history.nodes[number].lostAt = now
                continue
            }
            violated("reconciling dropped \(session.id.short), whose n\(number) SQLite doesn't have")
        }
    }

    func closed() { beginOutage() }

    func beginOutage() {
        if outages.last.map({ $0.end != nil }) ?? true { outages.append((now, nil)) }
    }

    func admitted() {
        count("admitted")
        guard let last = outages.indices.last, outages[last].end == nil else { return }
        outages[last].end = now
    }

    // MARK: SQLite

    /// Invariant 1: entries are applied once, in order.
    func checkApplied(_ entries: [LogEntry], after cursor: LogID) {
        if cursor != self.cursor { violated("a batch behind \(cursor) was applied, the cursor was \(self.cursor)") }
        self.cursor = entries.last?.id ?? cursor
        for entry in entries where entry.fields.first?.value == Array("delete".utf8) {
            guard let text = entry.fields.first(where: { $0.name == "sid" })?.value, let id = SessionID(text) else {
                continue
            }
            deleted(id, entry.id)
        }
    }

    /// SQLite has deleted a session, or found it gone.
    func deleted(_ id: SessionID, _ logID: LogID) {
        guard durableState(of: id) == nil, let number = deletion(of: id, logID) else { return }
        durableDeletions.insert(number)
    }

    // MARK: clients

    /// What is answered with an error that is known changed nothing.
    func checkRefused(_ operation: Int, _ error: SessionError) {
        for node in history.nodes where node.operation == operation && node.kind != .move(.abandon) {
            violated("a client was told \(error), and n\(node.number) was written")
        }
    }

    /// A read shows every change that anybody was told of before.
    func checkRead(_ session: UserSession, _ known: [Int]) {
        let state = SimRedis.node(of: session)
        for number in known where history.nodes[number].lostAt == nil && !history.holds(state, number) {
            violated("a read of \(session.id.short) shows n\(state), without n\(number)")
        }
    }

    func checkNotFound(_ session: SessionID, _ known: [Int]) {
        let isDeleted = history.nodes.contains { $0.session.id == session && $0.kind == .delete }
        guard !isDeleted, known.contains(where: { history.nodes[$0].lostAt == nil }) else { return }
        violated("\(session.short) is not found, and nobody deleted it")
    }
}
