import Redis
import SessionCore
import SessionModel

extension RedisHotStore: LifecycleIndex {
    public func abandon(_ id: SessionID) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(id.shard) else { return .refused(.absent) }
        // Without an owner there is no session, and the script takes it out of the index, if that is still so by then.
        let user = try await owner(of: id, keys)
        var command = RedisCommand(HotScripts.abandon, keyCount: 8)
        command.append(key: keys.session(id))
        command.append(key: keys.alive(id))
        command.append(user.map(keys.user) ?? keys.session(id))
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.touched)
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(id)
        command.append(user?.text ?? "")
        command.append(configuration.maxBacklog(id.shard))
        command.append(Int(lifecycle.abandonAfter))
        appendMove(.abandon, of: id, keys, to: &command)
        return try logged(await run(command))
    }

    public func retire(_ id: SessionID) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(id.shard) else { return .refused(.absent) }
        guard let user = try await owner(of: id, keys) else { return .refused(.miss) }
        var command = RedisCommand(HotScripts.retire, keyCount: 6)
        command.append(key: keys.session(id))
        command.append(key: keys.messages(id))
        command.append(key: keys.user(user))
        command.append(keys.abandoned)
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(id)
        command.append(user.text)
        command.append(configuration.maxBacklog(id.shard))
        command.append(Int(lifecycle.archiveAfter))
        appendMove(.retire, of: id, keys, to: &command)
        return try logged(await run(command))
    }

    private func appendMove(_ move: SessionMove, of id: SessionID, _ keys: Keys, to command: inout RedisCommand) {
        command.append(move.from.first?.rawValue ?? "")
        command.append(move.to.rawValue)
        command.append(key: keys.events(id))
        command.append(runID)
    }

    private func owner(of id: SessionID, _ keys: Keys) async throws(HotError) -> UserID? {
        try await read([RedisCommand("HGET", keys.session(id), "user_id")]).first?.string.flatMap(UserID.init)
    }

    public func overdueActive(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        try await due(within: 0, shard, offset: offset, limit: limit)
    }

    /// Active sessions that will be overdue in so many milliseconds, if nothing is heard of them.
    func due(
        within milliseconds: Int64, _ shard: Shard, offset: Int, limit: Int
    ) async throws(HotError) -> [SessionID] {
        guard let keys = keys(shard) else { return [] }
        return try await overdue(keys.activity, after: lifecycle.abandonAfter - milliseconds, shard, offset, limit)
    }

    public func overdueAbandoned(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionID] {
        guard let keys = keys(shard) else { return [] }
        return try await overdue(keys.abandoned, after: lifecycle.archiveAfter, shard, offset, limit)
    }

    private func overdue(
        _ index: String, after milliseconds: Int64, _ shard: Shard, _ offset: Int, _ limit: Int
    ) async throws(HotError) -> [SessionID] {
        let end = try await time(of: shard).adding(milliseconds: -milliseconds)
        var command = RedisCommand("ZRANGE", index, "-inf")
        command.append(Int(end.milliseconds))
        command.append("BYSCORE")
        command.append("LIMIT")
        command.append(offset)
        command.append(limit)
        guard let members = try await read([command]).first else { throw unreadable }
        return members.elements.compactMap { $0.string.flatMap { SessionID($0) } }
    }

    public func census(of shard: Shard, at now: Timestamp) async throws(HotError) -> SweepCensus {
        guard let keys = keys(shard) else { throw .broken("no such shard") }
        var due = RedisCommand("ZCOUNT", keys.activity, "-inf")
        due.append(Int(now.adding(milliseconds: -lifecycle.abandonAfter).milliseconds))
        let replies = try await read([
            RedisCommand("ZCARD", keys.activity), due, RedisCommand("HGET", keys.flush, Self.sweepAgreed),
        ])
        guard let active = replies[0].integer, let overdue = replies[1].integer else { throw unreadable }
        return SweepCensus(
            active: active, due: overdue,
            agreedAt: replies[2].integer.map { Timestamp(milliseconds: Int64($0)) })
    }

    /// An operator agrees to what a sweep of the shard is held for, whatever it is. Once, and within
    /// ``LifecyclePolicy/sweepAgreement``.
    public func agreeToSweep(of shard: Shard) async throws(HotError) {
        guard let keys = keys(shard) else { throw .broken("no such shard") }
        var command = RedisCommand("HSET", keys.flush, Self.sweepAgreed)
        command.append(Int(try await time(of: shard).milliseconds))
        _ = try await repeatable([command])
    }

    /// The field of `flush`.
    private static let sweepAgreed = "sweep_agreed_at"
}
