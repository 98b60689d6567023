import SessionCore
import SessionModel

/// What must hold when everything has come to rest.
extension World {
    func checkAtRest(_ when: String) {
        do throws(DurableError) { try look(when) } catch { violated("\(when): \(error)") }
    }

    private func look(_ when: String) throws(DurableError) {
        func demand(_ isSo: Bool, _ what: @autoclosure () -> String) {
            if !isSo { violated("\(when): \(what())") }
        }
        _ = redis.expire()
        demand(redis.run == run, "the hot tier is not reconciled")
        demand(redis.log?.entries.isEmpty == true, "\(redis.log?.entries.count ?? -1) entries are left in the log")
        demand(try sqlite.quarantined(limit: 10).isEmpty, "something is left in quarantine")
        demand(redis.touched.isEmpty, "activity of \(redis.touched.count) sessions is not written")

        let rows = try sqlite.everything()
        var states: [SessionID: Int] = [:]
        for row in rows {
            let (session, id) = (row.session, row.session.id)
            let number = SimRedis.node(of: session)
            guard history.nodes.indices.contains(number), history.nodes[number].session.id == id else {
                demand(false, "the row of \(id.short) is of no change that was made")
                continue
            }
            states[id] = number
            let node = history.nodes[number]
            demand(
                session.version == node.session.version && session.logID == node.session.logID
                    && session.status == node.session.status && session.messageCount == node.session.messageCount,
                "the row of \(id.short) is not as n\(number) left it: \(brief(session)), \(brief(node.session))")
            check(row.messages, of: session, as: history.messages(number), demand)
            check(session, demand)
        }
        for (id, one) in redis.hot where states[id] == nil {
            demand(false, "\(id.short) is hot, \(brief(one.session)), and not in SQLite")
        }
        for id in Set(history.nodes.map(\.session.id)).sorted(by: { $0 < $1 }) { check(id, states[id], demand) }
        checkIndexes(rows.map(\.session), demand)
        checkKeys(states, demand)
    }

    private typealias Demand = (Bool, @autoclosure () -> String) -> Void

    /// No gap, nothing twice, nothing of a branch that was lost.
    private func check(_ stored: [[UInt8]], of session: UserSession, as wanted: [[UInt8]], _ demand: Demand) {
        let isSame =
            stored.count == wanted.count
            && zip(stored, wanted).allSatisfy { stored, wanted in
                stored == wanted || (wasRestored && stored == lostMessage)
            }
        demand(
            isSame,
            """
            the chat of \(session.id.short) is \(stored.map { String(decoding: $0, as: UTF8.self) }), \
            not \(wanted.map { String(decoding: $0, as: UTF8.self) })
            """)
    }

    /// Of one session: its hot copy is its row.
    private func check(_ row: UserSession, _ demand: Demand) {
        let id = row.id
        guard let one = redis.hot[id] else {
            // A backup brings back what was deleted since; its tombstone, for as long as that lasts, keeps it from being hot.
            let isBack = wasRestored && history.nodes.contains { $0.session.id == id && $0.kind == .delete }
            demand(row.status != .active || isBack, "\(id.short) is active, and not hot")
            return
        }
        let hot = one.session
        demand(
            hot.version == row.version && hot.logID == row.logID && hot.status == row.status
                && hot.messageCount == row.messageCount && hot.name == row.name,
            "\(id.short) is \(brief(hot)) in Redis and \(brief(row)) in SQLite")
        demand(
            hot.lastActivityAt >= row.lastActivityAt,
            "SQLite knows of later activity in \(id.short) than Redis")
        demand(wasRestored || hot.lastActivityAt == row.lastActivityAt, "activity in \(id.short) is not in SQLite")
        let window = history.messages(SimRedis.node(of: hot)).suffix(one.messages.count)
        demand(
            zip(one.messages, window).allSatisfy { $0 == $1 || (wasRestored && $0 == lostMessage) }
                && one.messages.count == window.count,
            "the window of \(id.short) is not the end of its chat")
        demand(
            one.messages.count >= min(policy.hotWindow, Int(hot.messageCount)),
            "the window of \(id.short) has \(one.messages.count) messages of \(hot.messageCount)")
        let isTimed = hot.status == .active ? one.expires == nil : one.expires != nil || lostSettling
        demand(isTimed, "\(id.short), \(hot.status), has the wrong TTL")
    }

    /// Every change that a client was told of is in the state that its session came to.
    private func check(_ id: SessionID, _ state: Int?, _ demand: Demand) {
        let promised = promised(of: id)
        if let state {
            for number in promised where !history.holds(state, number) {
                demand(false, "n\(number) \(history.nodes[number].kind) of \(id.short) is lost: it is n\(state)")
            }
        } else {
            let deletions = history.nodes.indices.filter {
                history.nodes[$0].session.id == id && history.nodes[$0].kind == .delete
            }
            demand(
                promised.isEmpty || deletions.contains { last in promised.allSatisfy { history.holds(last, $0) } },
                "\(id.short) is gone, with \(promised.map { "n\($0)" })")
        }
        if let tombstone = redis.gone[id] {
            demand(tombstone.expires != nil || lostSettling, "the tombstone of \(id.short) stays for ever")
            demand(state == nil || wasRestored, "\(id.short) has a tombstone, and a row")
        }
    }

    /// Of what was settled when its quarantine ended, the log tells nothing. Where Redis loses that it stays as it is, until
    /// the tiers are compared again.
    private var lostSettling: Bool { counts["dead letters"] != nil && lostSomething }

    private func checkIndexes(_ rows: [UserSession], _ demand: Demand) {
        func ids(_ sessions: some Sequence<SessionID>) -> [String] { sessions.map(\.short).sorted() }
        let active = ids(redis.hot.values.filter { $0.session.status == .active }.map(\.session.id))
        demand(
            ids(redis.activity.keys) == active,
            "the index of active sessions is \(ids(redis.activity.keys)), not \(active)")
        let unsettled = ids(
            redis.unsettled.keys.filter {
                redis.gone[$0] == nil && (!lostSettling || redis.hot[$0]?.session.status == .active)
            })
        demand(unsettled == active, "the user's index is \(unsettled), not \(active)")
        let abandoned = ids(rows.filter { $0.status == .abandoned }.map(\.id))
        // One of a time that was lost, of a session that isn't hot, is tidied away when it is due.
        let known = Set(rows.filter { $0.status == .abandoned }.map(\.id))
        let indexed = ids(redis.abandoned.keys.filter { known.contains($0) || redis.hot[$0] != nil })
        demand(indexed == abandoned, "the index of abandoned sessions is \(indexed), not \(abandoned)")
    }

    /// What came of an idempotency key came once. Where both tiers lost something, it may be known to none.
    private func checkKeys(_ states: [SessionID: Int], _ demand: Demand) {
        guard !wasRestored, !wasTampered else { return }
        var seen: [String: Int] = [:]
        for state in states.values {
            for number in history.chain(state) {
                guard let key = history.nodes[number].key else { continue }
                if let other = seen.updateValue(number, forKey: key) {
                    demand(false, "the key \(key) led to n\(min(other, number)) and n\(max(other, number))")
                }
            }
        }
    }

    private func brief(_ session: UserSession) -> String {
        "\(session.name) v\(session.version) \(session.logID) \(session.status) with \(session.messageCount)"
    }
}
