import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    public func create(_ creation: MissionCreation) async throws(HotError) -> HotReply<MissionOutcome> {
        let (id, user) = (creation.id, creation.userID)
        guard let keys = keys(id, user) else { return .refused(.absent) }
        if let session = creation.session, self.keys(session, user) == nil { return .refused(.absent) }
        let size = creation.parts.values.reduce(2048) { $0 + $1.count + 64 }
        var command = RedisCommand(HotScripts.mission, keyCount: creation.session == nil ? 5 : 13, capacity: size)
        command.append(key: keys.mission(id))
        command.append(keys.log)
        command.append(creation.idempotency.map { keys.idempotency(user, $0.keyHash) } ?? keys.mission(id))
        command.append(keys.missions(user))
        if let session = creation.session {
            command.append(key: keys.session(session))
            command.append(key: keys.messages(session))
            command.append(key: keys.alive(session))
            command.append(key: keys.user(user))
            command.append(keys.activity)
            command.append(keys.abandoned)
            command.append(key: keys.gone(session))
            command.append(key: keys.mission(creation.linked, or: session))
        }
        command.append(keys.manifest)
        command.append(id)
        command.append(user.text)
        command.append(configuration.maxBacklog(id.shard))
        command.append(creation.idempotency?.bodyHash ?? "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(Int(creation.at.milliseconds))
        command.append(creation.details)
        command.append(MissionLimits.hotContentBytes)
        command.append(creation.session?.description ?? "")
        command.append(Int(lifecycle.abandonAfter))
        command.append(SessionMove.use.from.argument)
        command.append(SessionMove.use.rawValue)
        command.append(SessionMove.use.to.rawValue)
        command.append(creation.session.map(keys.events) ?? "")
        command.append(creation.linked?.mission.description ?? "")
        command.append(runID)
        command.append(key: creation.idempotency)
        for (part, document) in creation.parts { command.append(part, document) }
        return try await run(command).outcome(MissionOutcome.init)
    }

    public func amend(_ amendment: MissionAmendment) async throws(HotError) -> HotReply<MissionOutcome> {
        let (id, user) = (amendment.id, amendment.userID)
        guard let keys = keys(id, user) else { return .refused(.absent) }
        let size = amendment.parts.values.reduce(1024) { $0 + $1.count + 64 }
        var command = RedisCommand(HotScripts.amend, keyCount: 6, capacity: size)
        command.append(key: keys.mission(id))
        command.append(keys.log)
        command.append(amendment.idempotency.map { keys.idempotency(user, $0.keyHash) } ?? keys.mission(id))
        command.append(keys.missions(user))
        command.append(key: keys.gone(id))
        command.append(keys.manifest)
        command.append(id)
        command.append(user.text)
        command.append(configuration.maxBacklog(id.shard))
        command.append(amendment.idempotency?.bodyHash ?? "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(Int(amendment.at.milliseconds))
        command.append(amendment.details)
        command.append(MissionLimits.hotContentBytes)
        command.append(Int(amendment.versionBefore))
        command.append(amendment.session.map(keys.events) ?? "")
        command.append(runID)
        command.append(key: amendment.idempotency)
        for (part, document) in amendment.parts { command.append(part, document) }
        return try await run(command).outcome(MissionOutcome.init)
    }

    public func discard(_ deletion: MissionDeletion) async throws(HotError) -> HotReply<LogID> {
        let (id, user) = (deletion.id, deletion.userID)
        guard let keys = keys(id, user) else { return .refused(.absent) }
        var command = RedisCommand(HotScripts.discard, keyCount: deletion.session == nil ? 5 : 8)
        command.append(key: keys.mission(id))
        command.append(keys.log)
        command.append(key: keys.gone(id))
        command.append(keys.missions(user))
        if let session = deletion.session {
            command.append(key: keys.session(session))
            command.append(key: keys.messages(session))
            command.append(key: keys.user(user))
        }
        command.append(keys.manifest)
        command.append(id)
        command.append(user.text)
        command.append(configuration.maxBacklog(id.shard))
        command.append(deletion.condition.argument)
        command.append(deletion.session?.description ?? "")
        command.append(deletion.session.map(keys.events) ?? "")
        command.append(runID)
        return try logged(await run(command))
    }
}
