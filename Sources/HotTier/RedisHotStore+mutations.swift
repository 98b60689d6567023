import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    public func create(_ creation: SessionCreation) async throws(HotError) -> HotReply<CreatedSession> {
        guard let keys = keys(creation.id, creation.userID) else { return .refused(.absent) }
        var command = RedisCommand(HotScripts.create, keyCount: 8, capacity: 1024)
        command.append(key: keys.session(creation.id))
        command.append(key: keys.alive(creation.id))
        command.append(key: keys.user(creation.userID))
        command.append(keys.activity)
        command.append(keys.log)
        if let idempotency = creation.idempotency {
            command.append(keys.idempotency(creation.userID, idempotency.keyHash))
        } else {
            command.append(key: keys.session(creation.id))
        }
        command.append(keys.numbers(creation.userID))
        command.append(keys.manifest)
        command.append(creation.id)
        command.append(creation.userID.text)
        command.append(creation.name ?? "")
        command.append(Int(creation.name.flatMap(SessionName.number) ?? 0))
        command.append(creation.highestNumber.map(String.init) ?? "")
        command.append(creation.sealedMetadata ?? [])
        command.append(Int(lifecycle.abandonAfter))
        command.append(configuration.maxBacklog(creation.id.shard))
        command.append(creation.idempotency?.bodyHash ?? "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(Int(LifecyclePolicy.sessionNumber))
        command.append(SessionStatus.active.rawValue)
        command.append(key: keys.events(creation.id))
        command.append(runID)
        command.append(key: creation.idempotency)
        return try await run(command).outcome { (outcome) throws(HotError) in
            var outcome = outcome
            let id: SessionID = try outcome.identifier()
            let logID = try outcome.logID()
            return CreatedSession(
                id: id, name: "", createdAt: try outcome.time(), abandonsAt: try outcome.time(), logID: logID
            ).named(outcome.remainder)
        }
    }

    public func append(_ append: MessageAppend) async throws(HotError) -> HotReply<AppendedMessages> {
        guard let keys = keys(append.session, append.userID) else { return .refused(.absent) }
        let size = append.messages.reduce(1024) { $0 + $1.content.utf8.count + $1.metadata.count + 256 }
        var command = RedisCommand(HotScripts.append, keyCount: 10, capacity: size)
        command.append(key: keys.session(append.session))
        command.append(key: keys.messages(append.session))
        command.append(key: keys.alive(append.session))
        command.append(key: keys.user(append.userID))
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.log)
        command.append(key: keys.gone(append.session))
        if let idempotency = append.idempotency {
            command.append(keys.idempotency(append.userID, idempotency.keyHash))
        } else {
            command.append(key: keys.session(append.session))
        }
        command.append(keys.manifest)
        command.append(append.session)
        command.append(append.userID.text)
        command.append(configuration.maxBacklog(append.session.shard))
        command.append(Int(lifecycle.abandonAfter))
        command.append(append.condition.argument)
        command.append(SessionMove.use.from.argument)
        command.append(SessionMove.use.to.rawValue)
        command.append(append.idempotency?.bodyHash ?? "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(append.messages.map(\.id.description).joined(separator: " "))
        command.append(key: keys.events(append.session))
        command.append(runID)
        command.append(key: append.idempotency)
        command.append(configuration.quotas.messages ?? 0)
        let today = Timestamp.now.day
        command.append(Int(today.number))
        command.append(today.text)
        for message in append.messages {
            command.append(MessageJSON.head(id: message.id, chat: append.session.chat))
            command.append(
                MessageJSON.tail(role: message.role, content: message.content, metadata: message.metadata))
        }
        return try await run(command).outcome { (outcome) throws(HotError) in
            var outcome = outcome
            let logID = try outcome.logID()
            let version = try outcome.integer()
            let first = try outcome.integer()
            let time = try outcome.time()
            var ids: [MessageID] = []
            while !outcome.isAtEnd { ids.append(try outcome.identifier()) }
            return AppendedMessages(ids: ids, firstSequence: first, createdAt: time, version: version, logID: logID)
        }
    }

    public func touch(_ session: SessionID, of user: UserID) async throws(HotError) -> HotReply<TouchedSession> {
        guard let keys = keys(session, user) else { return .refused(.absent) }
        return try touched(try await run(touchCommand(session, user, keys)))
    }

    func touched(_ reply: ScriptReply) throws(HotError) -> HotReply<TouchedSession> {
        guard reply.word == "OK" else { return .refused(try reply.refusal()) }
        return .done(
            TouchedSession(
                lastActivityAt: Timestamp(milliseconds: try reply.integer(1)),
                abandonsAt: Timestamp(milliseconds: try reply.integer(2))))
    }

    func touchCommand(_ session: SessionID, _ user: UserID, _ keys: Keys) -> RedisCommand {
        var command = RedisCommand(HotScripts.touch, keyCount: 7)
        command.append(key: keys.session(session))
        command.append(key: keys.alive(session))
        command.append(key: keys.user(user))
        command.append(keys.activity)
        command.append(keys.touched)
        command.append(key: keys.gone(session))
        command.append(keys.manifest)
        command.append(session)
        command.append(user.text)
        command.append(Int(lifecycle.abandonAfter))
        command.append(runID)
        return command
    }

    public func update(_ update: SessionUpdate) async throws(HotError) -> HotReply<UserSession> {
        guard let keys = keys(update.session, update.userID) else { return .refused(.absent) }
        var mission = (operation: "keep", id: "", key: keys.session(update.session) as Key)
        switch update.mission {
        case .keep: break
        case .unlink: mission.operation = "unlink"
        case .link(let id):
            guard id.shard == update.session.shard else { return .refused(.missionAbsent) }
            mission = ("link", id.description, keys.mission(id))
        }
        var command = RedisCommand(HotScripts.update, keyCount: 13, capacity: 1024)
        command.append(key: keys.session(update.session))
        command.append(key: keys.messages(update.session))
        command.append(key: keys.alive(update.session))
        command.append(key: keys.user(update.userID))
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.touched)
        command.append(keys.log)
        command.append(key: keys.gone(update.session))
        command.append(keys.numbers(update.userID))
        command.append(key: mission.key)
        command.append(key: keys.mission(update.linked, or: update.session))
        command.append(keys.manifest)
        command.append(update.session)
        command.append(update.userID.text)
        command.append(configuration.maxBacklog(update.session.shard))
        command.append(Int(lifecycle.abandonAfter))
        command.append(update.condition.argument)
        command.append(update.from.argument)
        command.append(update.move.rawValue)
        command.append(update.to.rawValue)
        command.append(key: keys.events(update.session))
        command.append(update.name ?? "")
        command.append(Int(update.name.flatMap(SessionName.number) ?? 0))
        command.append(update.highestNumber.map(String.init) ?? "")
        command.append(Int(LifecyclePolicy.sessionNumber))
        command.append(update.sealedMetadata == nil ? "" : "1")
        command.append(update.sealedMetadata ?? [])
        command.append(mission.operation)
        command.append(mission.id)
        command.append(update.linked?.mission.description ?? "")
        command.append(runID)
        let reply = try await run(command)
        guard reply.word == "OK" else { return .refused(try reply.refusal()) }
        guard var session = SessionFields.session(update.session, reply.values, from: 1) else { throw reply.malformed }
        let ends = try reply.integer(SessionFields.names.count + 1)
        session.abandonsAt = ends < 0 ? nil : Timestamp(milliseconds: ends)
        if let metadata = update.sealedMetadata { session.sealedMetadata = metadata.isEmpty ? nil : metadata }
        return .done(session)
    }

    public func delete(_ deletion: SessionDeletion) async throws(HotError) -> HotReply<LogID> {
        guard let keys = keys(deletion.session, deletion.userID) else { return .refused(.absent) }
        var command = RedisCommand(HotScripts.delete, keyCount: 11)
        command.append(key: keys.session(deletion.session))
        command.append(key: keys.messages(deletion.session))
        command.append(key: keys.alive(deletion.session))
        command.append(key: keys.user(deletion.userID))
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.touched)
        command.append(keys.log)
        command.append(key: keys.gone(deletion.session))
        command.append(key: keys.mission(deletion.linked, or: deletion.session))
        command.append(keys.manifest)
        command.append(deletion.session)
        command.append(deletion.userID.text)
        command.append(configuration.maxBacklog(deletion.session.shard))
        command.append(deletion.condition.argument)
        command.append(deletion.unchangedSince == nil ? "" : [SessionStatus.archived].argument)
        command.append(deletion.unchangedSince.map { String($0.milliseconds) } ?? "")
        command.append(key: keys.events(deletion.session))
        command.append(deletion.linked?.mission.description ?? "")
        command.append(runID)
        return try logged(await run(command))
    }

    func logged(_ reply: ScriptReply) throws(HotError) -> HotReply<LogID> {
        guard reply.word == "OK" else { return .refused(try reply.refusal()) }
        guard let id = LogID(try reply.string(1)) else { throw reply.malformed }
        return .done(id)
    }
}

extension RedisCommand {
    /// The key's hash, and whether SQLite is known not to know it.
    mutating func append(key: Idempotency?) {
        append(key?.keyHash ?? "")
        append(key?.isNew == true ? "1" : "")
    }
}

extension CreatedSession {
    fileprivate func named(_ name: String) -> CreatedSession {
        var copy = self
        copy.name = name
        return copy
    }
}

extension VersionCondition {
    /// As scripts want it: each version between spaces; empty for any.
    var argument: String {
        switch self {
        case .any: ""
        case .oneOf(let versions): versions.reduce(into: " ") { $0 += "\($1) " }
        }
    }
}

extension [SessionStatus] {
    /// As scripts want it: each status between spaces.
    var argument: String { reduce(into: " ") { $0 += $1.rawValue + " " } }
}
