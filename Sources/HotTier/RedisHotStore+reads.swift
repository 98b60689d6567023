import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    public func load(
        _ id: SessionID, of user: UserID, messages: Int, touching: Bool
    ) async throws(HotError) -> HotReply<LoadedSession> {
        guard let keys = keys(id, user) else { return .refused(.absent) }
        if let refusal = try await refusal(id, user, keys) { return .refused(refusal) }
        var commands = touching ? [touchCommand(id, user, keys)] : [RedisCommand("EXISTS", keys.gone(id))]
        commands.append(SessionFields.command(keys.session(id)))
        commands.append(RedisCommand("PEXPIRETIME", keys.alive(id)))
        commands.append(RedisCommand("ZSCORE", keys.abandoned, id.description))
        commands.append(runCommand(keys))
        if messages > 0 {
            var range = RedisCommand("LRANGE", keys.messages(id))
            range.append(-messages)
            range.append(-1)
            commands.append(range)
        }
        let hinted = messages > 0 ? hints[id] : nil
        let known = hinted.flatMap { trees[$0] }
        if let hinted {
            let key: String = keys.mission(hinted)
            commands.append(known == nil ? RedisCommand("HGETALL", key) : RedisCommand("HGET", key, "log_id"))
        }
        let reply: [RedisReply]
        do throws(RedisError) {
            reply = try await snapshot(commands, of: keys.session(id))
            if let refusal = reply[0].refusal { throw .refused(refusal) }
        } catch {
            // Where Redis takes no writes, its memory or its disk being full, a read is a read that is not activity.
            guard touching, case .refused(let refusal) = error, refusal.effect == .nothing else {
                throw HotError(error).ofRead
            }
            return try await load(id, of: user, messages: messages, touching: false)
        }
        try demandReconciled(reply[4])
        let (head, fields) = (reply[0], reply[1])
        if touching {
            switch try touched(ScriptReply(head)) {
            case .done, .replayed, .refused(.status): break
            case .refused(let refusal): return .refused(refusal)
            }
        }
        guard fields[0]?.isNull == false else {
            return .refused(!touching && head.integer == 1 ? .absent : .miss)
        }
        guard var session = SessionFields.session(id, fields) else { throw unreadable }
        // Another's: as if there were none, and after the same way to SQLite.
        guard session.userID == user else { return .refused(.miss) }
        try place(&session, ends: reply[2], abandoned: reply[3])
        if session.status == .active, session.abandonsAt == nil {
            // Its liveness key is gone. If that is because its time is up, it is to be abandoned before it is shown.
            if try await time(of: id.shard) >= session.lastActivityAt.adding(milliseconds: lifecycle.abandonAfter) {
                return .refused(.due)
            }
            session.abandonsAt = session.lastActivityAt.adding(milliseconds: lifecycle.abandonAfter)
        }
        var page = MessagePage()
        if messages > 0 { page = MessagePage(reply[5], last: session.messageCount) }
        page.hasMore = session.messageCount > page.count && (page.count == 0 || page.firstSequence > 1)
        var loaded = LoadedSession(session: session, messages: page)
        if messages > 0 { hints[id] = session.missionID }
        if let hinted, hinted == session.missionID, let reply = reply.last {
            loaded.mission = mission(hinted, of: user, known, reply)
        }
        return .done(loaded)
    }

    /// Out of what the load of its session was answered beside; nil where it must be asked for by itself.
    private func mission(
        _ id: MissionID, of user: UserID, _ known: MissionTree?, _ reply: RedisReply
    ) -> MissionTree? {
        let tree: MissionTree?
        if let known {
            tree = reply.string.flatMap { LogID($0) } == known.logID ? known : nil
        } else {
            tree = MissionFields.tree(id, reply)
            keep(tree)
        }
        return tree.flatMap { $0.userID == user ? $0 : nil }
    }

    func keep(_ tree: MissionTree?) {
        guard let tree, tree.byteCount <= Self.longestKeptTree else { return }
        trees[tree.id] = tree
    }

    func place(_ session: inout UserSession, ends: RedisReply?, abandoned: RedisReply?) throws(HotError) {
        switch session.status {
        case .active:
            guard let ends = ends?.integer else { throw unreadable }
            if ends >= 0 { session.abandonsAt = Timestamp(milliseconds: Int64(ends)) }
        case .abandoned:
            session.abandonedAt = abandoned?.integer.map { Timestamp(milliseconds: Int64($0)) } ?? session.updatedAt
        case .completed, .archived: break
        }
    }

    public func messages(
        _ range: MessageRange, of id: SessionID, user: UserID
    ) async throws(HotError) -> HotReply<HotMessages> {
        guard let keys = keys(id, user) else { return .refused(.absent) }
        for _ in 0..<Self.looks {
            let reply: HotReply<HotMessages>?
            reply = try await look(for: range, of: id, keys, user)
            if let reply { return reply }
        }
        throw .unavailable("the chat changes too fast to be read")
    }

    /// Nil when the chat changed in between.
    ///
    /// The list's length tells where the window begins, so a range by sequence number takes two looks. Between them
    /// flushed messages can leave at the front, and new ones push the others away from the end: hence the slack.
    private func look(
        for range: MessageRange, of id: SessionID, _ keys: Keys, _ user: UserID
    ) async throws(HotError) -> HotReply<HotMessages>? {
        let before = try await reading(
            [
                RedisCommand("HMGET", keys.session(id), "user_id", "messages"),
                RedisCommand("LLEN", keys.messages(id)), RedisCommand("EXISTS", keys.gone(id)),
                runCommand(keys),
            ], of: keys.session(id))
        try demandReconciled(before[3])
        let fields = before[0]
        guard let owner = fields[0], !owner.isNull else {
            return .refused(before[2].integer == 1 ? .absent : .miss)
        }
        // As a user id: by bytes, not by what looks alike.
        guard owner.string.flatMap(UserID.init) == user else { return .refused(.miss) }
        guard let last = fields[1]?.integer, let length = before[1].integer else { return nil }
        let (bounds, window) = (range.bounds(last: Int64(last)), last - length + 1)
        let wanted = max(Int(bounds.lowerBound), window)..<max(Int(bounds.upperBound), window)
        var page = MessagePage()
        if !wanted.isEmpty {
            let behind = last - wanted.upperBound + 1
            var list = RedisCommand("LRANGE", keys.messages(id))
            list.append(-(last - wanted.lowerBound + 1 + Self.slack))
            list.append(-(behind + 1))
            let now = try await reading(
                [RedisCommand("HGET", keys.session(id), "messages"), list], of: keys.session(id))
            guard let newLast = now[0].integer else { return .refused(.miss) }
            page = MessagePage(
                now[1], last: Int64(newLast - behind), from: Int64(wanted.lowerBound), upTo: Int64(wanted.upperBound))
            guard page.count == wanted.count else { return nil }
        }
        return .done(HotMessages(lastSequence: Int64(last), windowStart: Int64(window), page: page))
    }

    private func reading(
        _ commands: [RedisCommand], of session: String
    ) async throws(HotError) -> [RedisReply] {
        do { return try await snapshot(commands, of: session) } catch { throw HotError(error).ofRead }
    }

    /// Messages that may come between two looks at one chat: twice the largest batch.
    private static let slack = 200

    public func time(of shard: Shard) async throws(HotError) -> Timestamp {
        guard let time = try await read([RedisCommand("TIME")]).first.flatMap(Timestamp.init(time:)) else {
            throw unreadable
        }
        return time
    }

    var unreadable: HotError { .broken("a reply makes no sense") }
}

extension Timestamp {
    /// - Parameter time: The reply to `TIME`: seconds and microseconds.
    init?(time: RedisReply) {
        guard let seconds = time[0]?.integer, let microseconds = time[1]?.integer else { return nil }
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(microseconds) / 1000)
    }
}

extension MessagePage {
    /// The elements of a list whose last one has the sequence number `last`, those of them that are in `from..<upTo`.
    init(_ list: RedisReply, last: Int64, from: Int64 = 1, upTo: Int64 = .max) {
        self.init()
        let start = last - Int64(list.count) + 1
        firstSequence = max(start, from)
        let end = min(last + 1, upTo)
        guard firstSequence < end else { return }
        list.appendJoined(Int(firstSequence - start)..<Int(end - start), separator: UInt8(ascii: ","), to: &json)
        count = Int(end - firstSequence)
    }
}
