import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    /// Keys of a mission that `user` may own; nil when it can't be.
    func keys(_ id: MissionID, _ user: UserID) -> Keys? {
        configuration.shards.shard(of: user) == id.shard ? keys(id.shard) : nil
    }

    public func mission(
        _ id: MissionID, of user: UserID, using: Bool
    ) async throws(HotError) -> HotReply<MissionTree> {
        guard let keys = keys(id, user) else { return .refused(.absent) }
        if let refusal = try await refusal(id, user, keys) { return .refused(refusal) }
        let key: String = keys.mission(id)
        let replies = try await readReconciled(
            [RedisCommand("HGETALL", key), RedisCommand("EXISTS", keys.gone(id)), RedisCommand("PTTL", key)], keys)
        let reply = try tree(id, user, replies)
        if using, case .done = reply, let ttl = replies[2].integer { await lingerAnew(key, ttl: ttl) }
        return reply
    }

    /// Where its owner's mission is on its way out, it stays as long again. Not each time: its time is renewed once half of it
    /// has passed.
    private func lingerAnew(_ key: String, ttl: Int) async {
        guard ttl >= 0, ttl < Int(lifecycle.hotLinger) / 2 else { return }
        var command = RedisCommand("PEXPIRE", key)
        command.append(Int(lifecycle.hotLinger))
        command.append("XX")
        // A Redis that takes no writes just now can still be read: that it doesn't linger anew is no failure.
        _ = try? await read([command])
    }

    /// Out of the replies to HGETALL and to EXISTS of the tombstone.
    private func tree(
        _ id: MissionID, _ user: UserID, _ replies: [RedisReply]
    ) throws(HotError) -> HotReply<MissionTree> {
        guard replies[0].count > 0 else { return .refused(replies[1].integer == 1 ? .absent : .miss) }
        // Without an owner it is of an older schema, where a mission never changed: SQLite has it.
        guard let text = MissionFields.owner(replies[0]) else { return .refused(.miss) }
        guard let owner = UserID(text) else { throw nonsense(id) }
        // Another's: as if there were none, and after the same way to SQLite.
        guard owner == user else { return .refused(.miss) }
        guard let tree = MissionFields.tree(id, replies[0]) else { throw nonsense(id) }
        keep(tree)
        return .done(tree)
    }

    private func nonsense(_ id: MissionID) -> HotError { .broken("the hash of mission \(id) makes no sense") }

    public func prepare(
        for user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<Void>> {
        let keys = try userKeys(user)
        let commands = [RedisCommand("TIME")] + Self.lookups(of: idempotency, user, keys)
        return try looked((), idempotency, try await readReconciled(commands, keys)[...])
    }

    public func look(
        at id: MissionID, of user: UserID, idempotency: Idempotency?
    ) async throws(HotError) -> HotReply<MissionLook<MissionTree>> {
        guard let keys = keys(id, user) else { return .refused(.absent) }
        if let refusal = try await refusal(id, user, keys) { return .refused(refusal) }
        // The key behind the mission: one that was used by then is seen, however quick its first use was.
        let commands =
            [RedisCommand("HGETALL", keys.mission(id)), RedisCommand("EXISTS", keys.gone(id)), RedisCommand("TIME")]
            + Self.lookups(of: idempotency, user, keys)
        let replies = try await readReconciled(commands, keys)
        switch try tree(id, user, replies) {
        case .done(let tree), .replayed(let tree): return try looked(tree, idempotency, replies[2...])
        case .refused(let refusal): return .refused(refusal)
        }
    }

    private static func lookups(of idempotency: Idempotency?, _ user: UserID, _ keys: Keys) -> [RedisCommand] {
        guard let idempotency else { return [] }
        return [
            RedisCommand("GET", keys.idempotency(user, idempotency.keyHash)),
            RedisCommand("HGET", keys.manifest, "keys_lost_until"),
        ]
    }

    /// Out of the replies to TIME and to the key's lookups.
    private func looked<Found>(
        _ found: Found, _ idempotency: Idempotency?, _ replies: ArraySlice<RedisReply>
    ) throws(HotError) -> HotReply<MissionLook<Found>> {
        guard let now = replies.first.flatMap(Timestamp.init(time:)) else { throw unreadable }
        guard let idempotency else { return .done(MissionLook(found: found, now: now, first: nil)) }
        guard let text = replies.dropFirst().first?.string else {
            let lostUntil = Int64(replies.last?.integer ?? 0)
            return .done(
                MissionLook(
                    found: found, now: now, first: nil,
                    isKeyUnknown: !idempotency.isNew && now.milliseconds < lostUntil))
        }
        guard text.hasPrefix(idempotency.bodyHash + " ") else { return .refused(.keyReused) }
        let outcome = try MissionOutcome(
            Outcome(text: String(text.dropFirst(idempotency.bodyHash.utf8.count + 1))))
        return .done(MissionLook(found: found, now: now, first: outcome))
    }

    public func content(
        of asset: AssetID, in mission: MissionID, of user: UserID
    ) async throws(HotError) -> HotReply<AssetContent> {
        guard let keys = keys(mission, user) else { return .refused(.absent) }
        let name = MissionPart.content(asset).name
        let replies = try await readReconciled(
            [
                RedisCommand("HMGET", keys.mission(mission), "user_id", name),
                RedisCommand("EXISTS", keys.gone(mission)),
            ], keys)
        guard let owner = replies[0][0]?.string.flatMap(UserID.init) else {
            return .refused(replies[1].integer == 1 ? .absent : .miss)
        }
        guard owner == user else { return .refused(.miss) }
        guard let content = replies[0][1]?.bytes else { return .done(.none) }
        guard content.first == UInt8(ascii: "@") else { return .done(.here(content)) }
        return .done(try await logged(content, of: asset, keys))
    }

    /// A content that is too large for the mission's hash.
    /// - Parameter reference: `@` and the entry that brought it.
    func logged(_ reference: [UInt8], of asset: AssetID, _ keys: Keys) async throws(HotError) -> AssetContent {
        guard reference != MissionFields.inSQLite else { return .cold }
        let name = MissionPart.content(asset).name
        let place = String(decoding: reference.dropFirst(), as: UTF8.self)
        guard let entry = try await read([RedisCommand("XRANGE", keys.log, place, place)]).first?[0]?[1] else {
            // It was flushed, and the log trimmed.
            return .cold
        }
        for index in stride(from: 0, to: entry.count - 1, by: 2) where entry[index]?.string == name {
            if let content = entry[index + 1]?.bytes { return .here(content) }
        }
        throw unreadable
    }

    public func unsettledMissions(of user: UserID) async throws(HotError) -> [Place<MissionKind>] {
        let keys = try userKeys(user)
        let replies = try await readReconciled(
            [RedisCommand("ZREVRANGE", keys.missions(user), "0", "\(Self.mostUnsettled)", "WITHSCORES")], keys)
        return try places(replies[0])
    }

    public func missions(_ ids: [MissionID], of user: UserID) async throws(HotError) -> [MissionSummary?] {
        guard !ids.isEmpty else { return [] }
        let keys = try userKeys(user)
        let replies = try await readReconciled(
            ids.map { RedisCommand("HMGET", keys.mission($0), "version", "mission") }, keys)
        var summaries: [MissionSummary?] = []
        for (id, reply) in zip(ids, replies) {
            guard let version = reply[0]?.integer, let document = reply[1]?.bytes else {
                summaries.append(nil)
                continue
            }
            let mission: Mission
            do { mission = try Mission(document: document) } catch { throw .broken(error.description) }
            summaries.append(
                mission.userID == user ? MissionSummary(id: id, version: Int64(version), mission: mission) : nil)
        }
        return summaries
    }

    public func hydrate(_ mission: DurableMission, readAt: Timestamp) async throws(HotError) -> Hydration {
        let tree = mission.tree
        guard let keys = keys(tree.id.shard) else { throw .broken("no such shard") }
        var command = RedisCommand(HotScripts.hydrateMission, keyCount: 4, capacity: tree.byteCount + 4096)
        command.append(key: keys.mission(tree.id))
        command.append(key: keys.gone(tree.id))
        command.append(keys.manifest)
        command.append(tree.sessionID.map(keys.session) ?? keys.mission(tree.id))
        command.append(Int(readAt.milliseconds))
        command.append(Int(LifecyclePolicy.oldestHydration))
        command.append(Int(lifecycle.hotLinger))
        command.append(runID)
        command.append("user_id")
        command.append(tree.userID.text)
        command.append("version")
        command.append(Int(tree.version))
        command.append("log_id")
        command.append(tree.logID.description)
        command.append("session_id")
        command.append(tree.sessionID?.description ?? "")
        command.append(MissionPart.mission, tree.mission)
        for hop in tree.hops { command.append(.hop(hop.id), hop.document) }
        for step in tree.steps { command.append(.step(step.id), step.document) }
        for asset in tree.assets { command.append(.asset(asset.id), asset.document) }
        for (id, content) in mission.contents {
            switch content {
            case .none: break
            case .here(let json): command.append(.content(id), json)
            case .cold: command.append(.content(id), MissionFields.inSQLite)
            }
        }
        return try await hydration(command)
    }
}

extension RedisCommand {
    /// A part's name and document.
    mutating func append(_ part: MissionPart, _ document: [UInt8]) {
        append(part.name)
        append(document)
    }
}

extension MissionOutcome {
    /// As `mission.lua` and `amend.lua` word it.
    init(_ text: Outcome) throws(HotError) {
        var text = text
        self.init(
            id: try text.identifier(), logID: try text.logID(), at: try text.time(), version: try text.integer(),
            details: text.remainder)
    }
}
