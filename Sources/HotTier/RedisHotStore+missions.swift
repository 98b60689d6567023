import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    public func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<Mission> {
        let mission = creation.mission
        let keys = try userKeys(mission.userID)
        if let session = creation.session, self.keys(session, mission.userID) == nil { return .refused(.absent) }
        var command = RedisCommand(HotScripts.mission, keyCount: creation.session == nil ? 3 : 10, capacity: 2048)
        command.append(keys.mission(mission.id))
        command.append(keys.log)
        command.append(
            creation.idempotency.map { keys.idempotency(mission.userID, $0.keyHash) }
                ?? keys.mission(mission.id))
        if let session = creation.session {
            command.append(keys.session(session))
            command.append(keys.messages(session))
            command.append(keys.alive(session))
            command.append(keys.user(mission.userID))
            command.append(keys.activity)
            command.append(keys.abandoned)
            command.append(keys.gone(session))
        }
        command.append(mission.id.description)
        command.append(mission.userID.text)
        command.append(configuration.maxBacklog(mission.id.shard))
        command.append(creation.idempotency?.bodyHash ?? "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(Mission.documentPrefix(id: mission.id, user: mission.userID))
        command.append(mission.documentSuffix())
        if let session = creation.session {
            command.append(session.description)
            command.append(Int(lifecycle.abandonAfter))
            command.append(SessionMove.use.from.argument)
            command.append(SessionMove.use.rawValue)
            command.append(SessionMove.use.to.rawValue)
            command.append(keys.events(session))
        }
        return try await run(command).outcome { (outcome) throws(HotError) in
            var outcome = outcome
            var created = mission
            created.id = try outcome.identifier()
            created.logID = try outcome.logID()
            created.createdAt = try outcome.time()
            created.updatedAt = created.createdAt
            return created
        }
    }

    public func mission(_ id: MissionID, of user: UserID) async throws(HotError) -> HotReply<Mission> {
        guard configuration.shards.shard(of: user) == id.shard, let keys = keys(id.shard) else {
            return .refused(.absent)
        }
        let document = try await read([RedisCommand("HGET", keys.mission(id), "mission")]).first?.bytes
        guard let document else { return .refused(.miss) }
        do {
            let mission = try Mission(document: document)
            return mission.userID == user ? .done(mission) : .refused(.miss)
        } catch { throw .broken(error.description) }
    }

    public func hydrate(_ mission: Mission, readAt: Timestamp) async throws(HotError) -> Hydration {
        guard let keys = keys(mission.id.shard) else { throw .broken("no such shard") }
        // A mission never changes and is never deleted, so any read of it is right for ever.
        let key = keys.mission(mission.id)
        var set = RedisCommand("HSETNX", key, "mission")
        set.append(mission.document())
        var expire = RedisCommand("PEXPIRE", key)
        expire.append(Int(lifecycle.hotLinger))
        return try await read([set, expire]).first?.integer == 1 ? .created : .present
    }
}
