import Redis
import SessionCore
import SessionModel

/// What a list of a user's sessions asks for.
extension RedisHotStore {
    // An empty answer of a hot tier that lost its data would say "none" where nobody knows: all of these ask for the run.
    // `delete.lua` gives a deleted session no time: they are the last.

    public func unsettledSessions(
        of user: UserID, after: SessionActivity?, limit: Int
    ) async throws(HotError) -> UnsettledSessions {
        let keys = try userKeys(user)
        guard limit < Self.mostUnsettled else { return try await allUnsettled(of: user, after, keys) }
        // Redis spells out a score for as much as it costs to find it: only for those that are shown.
        let commands = [
            runCommand(keys),
            RedisCommand("ZREVRANGE", keys.user(user), "0", "\(Self.mostUnsettled)"),
            RedisCommand("ZCOUNT", keys.user(user), "0", "0"),
            newest(keys.user(user), from: after, limit),
        ]
        let replies: RedisReply
        do throws(RedisError) { replies = try await redis.transaction(commands) } catch {
            // Redis queues nothing while its memory is full.
            guard case .refused = error else { throw HotError(error).ofRead }
            return try await allUnsettled(of: user, after, keys)
        }
        try demandReconciled(replies[0])
        guard let members = replies[1], let deleted = replies[2]?.integer, let scored = replies[3] else {
            throw unreadable
        }
        let read: [SessionActivity] = try places(scored)
        let places = read.filter { $0.isBehind(after) }
        // What was active in the very millisecond takes the place of what comes behind.
        if read.count == limit, places.count < limit { return try await allUnsettled(of: user, after, keys) }
        return UnsettledSessions(ids: try identifiers(members), deleted: deleted, places: places)
    }

    private func allUnsettled(
        of user: UserID, _ after: SessionActivity?, _ keys: Keys
    ) async throws(HotError) -> UnsettledSessions {
        let replies = try await readReconciled(
            [RedisCommand("ZREVRANGE", keys.user(user), "0", "\(Self.mostUnsettled)", "WITHSCORES")], keys)
        let all: [SessionActivity] = try places(replies[0])
        let deleted = all.reversed().prefix { $0.lastActivityAt.milliseconds == 0 }.count
        return UnsettledSessions(
            ids: all.map(\.session), deleted: deleted,
            places: all.dropLast(deleted).filter { $0.isBehind(after) })
    }

    public func newestUnsettled(of user: UserID, limit: Int) async throws(HotError) -> [SessionActivity] {
        let keys = try userKeys(user)
        return try places(try await readReconciled([newest(keys.user(user), from: nil, limit)], keys)[0])
    }

    private func newest(_ user: String, from place: SessionActivity?, _ limit: Int) -> RedisCommand {
        RedisCommand(
            "ZREVRANGEBYSCORE", user, place.map { "\($0.time.milliseconds)" } ?? "+inf", "(0", "WITHSCORES",
            "LIMIT", "0", "\(min(limit, Self.mostUnsettled))")
    }

    /// The place of the last of a user's unsettled sessions or missions that is told of: one more than SQLite leaves out of a
    /// list (`DurableLimits.excludedRows`), so that this many can't be listed. A reply's length is not up to a client.
    static let mostUnsettled = 10_000

    private func identifiers<Kind>(_ members: RedisReply) throws(HotError) -> [Identifier<Kind>] {
        var ids: [Identifier<Kind>] = []
        ids.reserveCapacity(members.count)
        for member in members.elements {
            guard let id = member.withBytes({ Identifier<Kind>($0) }) ?? nil else { throw unreadable }
            ids.append(id)
        }
        return ids
    }

    /// Members with scores, as `WITHSCORES` answers them.
    func places<Kind>(_ members: RedisReply) throws(HotError) -> [Place<Kind>] {
        var places: [Place<Kind>] = []
        places.reserveCapacity(members.count / 2)
        for index in stride(from: 0, to: members.count - 1, by: 2) {
            guard let id = members[index]?.withBytes({ Identifier<Kind>($0) }) ?? nil,
                let score = members[index + 1]?.integer
            else { throw unreadable }
            places.append(Place(id: id, time: Timestamp(milliseconds: Int64(score))))
        }
        return places
    }

    public func sessions(_ ids: [SessionID], of user: UserID) async throws(HotError) -> [UserSession?] {
        guard !ids.isEmpty else { return [] }
        let keys = try userKeys(user)
        let replies = try await readReconciled(
            ids.flatMap { id in
                [
                    SessionFields.command(keys.session(id)), RedisCommand("PEXPIRETIME", keys.alive(id)),
                    RedisCommand("ZSCORE", keys.abandoned, id.description),
                ]
            }, keys)
        var sessions: [UserSession?] = []
        for (index, id) in ids.enumerated() {
            let fields = replies[index * 3]
            guard var session = SessionFields.session(id, fields), session.userID == user else {
                sessions.append(nil)
                continue
            }
            try place(&session, ends: replies[index * 3 + 1], abandoned: replies[index * 3 + 2])
            sessions.append(session)
        }
        return sessions
    }
}
