import Redis
import SessionCore
import SessionModel

extension RedisHotStore {
    public func hydrate(_ session: DurableSession, readAt: Timestamp) async throws(HotError) -> Hydration {
        guard let keys = keys(session.session.id.shard) else { throw .broken("no such shard") }
        let active = session.session.status == .active
        let command = Self.hydration(
            of: session, keys, lifecycle, readAt: readAt.milliseconds, oldest: LifecyclePolicy.oldestHydration,
            abandonsAt: active
                ? session.session.lastActivityAt.adding(milliseconds: lifecycle.abandonAfter).milliseconds : nil,
            fence: .admitted(runID))
        return try await hydration(command)
    }

    public func remember(_ outcome: KeptOutcome, of user: UserID) async throws(HotError) {
        let keys = try userKeys(user)
        var command = RedisCommand(
            "SET", keys.idempotency(user, outcome.keyHash), "\(outcome.bodyHash) \(outcome.outcome)")
        command.append("PXAT")
        command.append(Int(outcome.expiresAt.milliseconds))
        command.append("NX")
        _ = try await read([command])
    }

    func hydration(_ command: RedisCommand) async throws(HotError) -> Hydration {
        let reply: ScriptReply
        // Nothing of it is anybody's write: one of unknown outcome is as good as none.
        do { reply = try await run(command) } catch { throw error.ofRead }
        switch reply.word {
        case "CREATED": return .created
        case "PRESENT": return .present
        case "DELETED": return .deleted
        case "STALE": return .stale
        case "UNRECONCILED": throw .unreconciled
        default: throw unreadable
        }
    }

    /// - Parameter abandonsAt: for an active session; nil for any other.
    static func hydration(
        of durable: DurableSession, _ keys: Keys, _ lifecycle: LifecyclePolicy, readAt: Int64, oldest: Int64,
        abandonsAt: Int64?, fence: Fence
    ) -> RedisCommand {
        let session = durable.session
        var command = RedisCommand(
            HotScripts.hydrate, keyCount: 8, capacity: durable.messages.reduce(2048) { $0 + $1.count + 16 })
        command.append(key: keys.session(session.id))
        command.append(key: keys.messages(session.id))
        command.append(key: keys.alive(session.id))
        command.append(key: keys.gone(session.id))
        command.append(key: keys.user(session.userID))
        command.append(keys.activity)
        command.append(keys.abandoned)
        command.append(keys.manifest)
        command.append(session.id)
        command.append(Int(readAt))
        command.append(Int(oldest))
        command.append(Int(lifecycle.hotLinger))
        command.append(fence.field)
        command.append(abandonsAt.map(String.init) ?? "")
        command.append(session.abandonedAt.map { String($0.milliseconds) } ?? "")
        command.append(session.userID.text)
        command.append(session.name)
        command.append(session.status.rawValue)
        command.append(session.missionID?.description ?? "")
        command.append(session.sealedMetadata ?? [])
        command.append(Int(session.version))
        command.append(session.logID.description)
        command.append(Int(session.messageCount))
        command.append(Int(session.createdAt.milliseconds))
        command.append(Int(session.updatedAt.milliseconds))
        command.append(Int(session.lastActivityAt.milliseconds))
        command.append(fence.value)
        for message in durable.messages { command.append(message) }
        return command
    }
}
