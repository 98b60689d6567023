import Redis
import SessionCore
import SessionModel

/// What operators' tools do to the hot tier.
extension RedisHotStore {
    /// Puts an order into a shard's log: SQLite carries it out behind everything that was written before.
    public func order(_ order: Order, of shard: Shard) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(shard) else { return .refused(.absent) }
        var command = RedisCommand(HotScripts.order, keyCount: 2)
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(configuration.maxBacklog(shard))
        command.append(runID)
        let (op, field, value) =
            switch order {
            case .retry(let number): ("retry", "letter", String(number))
            case .drop(let number): ("drop", "letter", String(number))
            case .forget(let user): ("forget", "user_id", user.text)
            case .rewrite(.session(let id)): ("rewrite", "sid", id.description)
            case .rewrite(.mission(let id)): ("rewrite", "mid", id.description)
            }
        command.append(op)
        command.append(field)
        command.append(value)
        return try logged(await run(command))
    }

    /// Forgets what the hot tier keeps of a user beside sessions and missions: its idempotency keys, its highest number and what it
    /// has spent.
    /// - Returns: keys removed.
    public func forget(_ user: UserID) async throws(HotError) -> Int {
        let keys = try userKeys(user)
        var removed = try await remove([keys.numbers(user), keys.usage(user), keys.writes(user)])
        var cursor = "0"
        repeat {
            let pattern = Self.escaped(keys.idempotency(user, "")) + "*"
            guard
                let reply = try await read([RedisCommand("SCAN", cursor, "MATCH", pattern, "COUNT", "1000")]).first,
                let next = reply[0]?.string, let found = reply[1]
            else { throw unreadable }
            removed += try await remove(found.elements.compactMap(\.string))
            cursor = next
        } while cursor != "0"
        return removed
    }

    private func remove(_ keys: [String]) async throws(HotError) -> Int {
        guard !keys.isEmpty else { return 0 }
        var command = RedisCommand("UNLINK")
        for key in keys { command.append(key) }
        return try await read([command]).first?.integer ?? 0
    }

    /// A user id may hold what stands for something in a pattern.
    private static func escaped(_ text: String) -> String {
        String(text.flatMap { "*?[]\\^-".contains($0) ? ["\\", $0] : [$0] })
    }

    /// A session that is flushed goes, whatever is in it, if its version and log id still are these: to be loaded again.
    /// - Returns: whether it went.
    public func evict(
        _ session: SessionID, of user: UserID?, version: String, logID: String
    ) async throws(HotError) -> Bool {
        guard let keys = keys(session.shard) else { return false }
        let command = dropping(session, of: user, version: version, logID: logID, keys, .admitted(runID))
        return try await run(command).word == "OK"
    }

    public func evict(
        _ mission: MissionID, of user: UserID, version: Int64, logID: LogID
    ) async throws(HotError) -> Bool {
        guard let keys = keys(mission.shard) else { return false }
        let command = dropping(mission, of: user, version: version, logID: logID, keys, .admitted(runID))
        return try await run(command).word == "OK"
    }

    /// - Parameter user: nil where the hash doesn't say whose it is: no user's index is put right.
    func dropping(
        _ session: SessionID, of user: UserID?, version: String, logID: String, _ keys: Keys, _ fence: Fence
    ) -> RedisCommand {
        var command = RedisCommand(HotScripts.drop, keyCount: 8)
        command.append(key: keys.session(session))
        command.append(key: keys.messages(session))
        command.append(key: keys.alive(session))
        command.append(user.map(keys.user) ?? keys.activity)
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.touched)
        command.append(keys.manifest)
        command.append(session)
        command.append(version)
        command.append(logID)
        command.append(fence.field)
        command.append(fence.value)
        return command
    }

    func dropping(
        _ mission: MissionID, of user: UserID, version: Int64, logID: LogID, _ keys: Keys, _ fence: Fence
    ) -> RedisCommand {
        var command = RedisCommand(HotScripts.dropMission, keyCount: 3)
        command.append(key: keys.mission(mission))
        command.append(keys.missions(user))
        command.append(keys.manifest)
        command.append(mission)
        command.append(Int(version))
        command.append(logID.description)
        command.append(fence.field)
        command.append(fence.value)
        return command
    }

    /// Puts a session into the indexes that its status wants, and out of the others.
    ///
    /// - Parameters:
    ///   - user: whose it is, or whose index has it.
    ///   - isAbandoned: SQLite alone has it, abandoned: there archiving finds it.
    public func tidy(_ session: SessionID, of user: UserID?, isAbandoned: Bool) async throws(HotError) {
        guard let keys = keys(session.shard) else { return }
        var command = RedisCommand(HotScripts.tidy, keyCount: 8)
        command.append(key: keys.session(session))
        command.append(key: keys.alive(session))
        // Without a user: an index that is put right anyway.
        command.append(user.map(keys.user) ?? keys.activity)
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.touched)
        command.append(key: keys.gone(session))
        command.append(keys.manifest)
        command.append(session)
        command.append(Int(lifecycle.abandonAfter))
        command.append(isAbandoned ? "1" : "")
        command.append(runID)
        let reply = try await run(command)
        // A refusal that is none of the table's throws.
        if reply.word != "OK" { _ = try reply.refusal() }
    }

    /// Puts a session's metadata under another key. `.refused(.moved)` where it changed since it was read.
    public func reseal(
        _ session: SessionID, of user: UserID, from before: [UInt8], to after: [UInt8]
    ) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(session, user) else { return .refused(.absent) }
        var command = RedisCommand(HotScripts.reseal, keyCount: 5, capacity: before.count + after.count + 1024)
        command.append(key: keys.session(session))
        command.append(key: keys.messages(session))
        command.append(key: keys.user(user))
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(session)
        command.append(user.text)
        command.append(configuration.maxBacklog(session.shard))
        command.append(runID)
        command.append(before)
        command.append(after)
        return try logged(await run(command))
    }

    /// Replaces parts of a mission by the same under another key. `.refused(.moved)` where it changed since it was read.
    public func reseal(
        _ mission: MissionTree, parts: [MissionPart: [UInt8]], at time: Timestamp
    ) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(mission.id, mission.userID) else { return .refused(.absent) }
        let size = parts.values.reduce(1024) { $0 + $1.count + 64 }
        var command = RedisCommand(HotScripts.resealMission, keyCount: 4, capacity: size)
        command.append(key: keys.mission(mission.id))
        command.append(keys.log)
        command.append(keys.missions(mission.userID))
        command.append(keys.manifest)
        command.append(mission.id)
        command.append(mission.userID.text)
        command.append(configuration.maxBacklog(mission.id.shard))
        command.append(runID)
        command.append(Int(mission.version))
        command.append(mission.logID.description)
        command.append(Int(time.milliseconds))
        for (part, document) in parts { command.append(part, document) }
        return try logged(await run(command))
    }
}
