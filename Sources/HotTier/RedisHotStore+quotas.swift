import Redis
import SessionCore
import SessionModel

extension RedisHotStore: HotQuotas {
    public func spend(
        _ cost: QuotaCost, of user: UserID, keyHash: String?, measured: QuotaCost?
    ) async throws(HotError) -> QuotaReply {
        let keys = try userKeys(user)
        let quotas = configuration.quotas
        var command = RedisCommand(HotScripts.spend, keyCount: 4)
        command.append(keys.usage(user))
        command.append(keys.writes(user))
        command.append(keyHash.map { keys.idempotency(user, $0) } ?? keys.usage(user))
        command.append(keys.manifest)
        command.append(quotas.sessions ?? 0)
        command.append(quotas.bytes ?? 0)
        command.append(quotas.writesPerMinute ?? 0)
        command.append(cost.sessions)
        command.append(cost.bytes)
        command.append(measured.map { String($0.sessions) } ?? "")
        command.append(measured.map { String($0.bytes) } ?? "")
        command.append(Int(QuotaPolicy.window))
        command.append(runID)
        let reply = try await run(command)
        switch reply.word {
        case "OK": return .granted
        case "USAGE": return .unmeasured
        case "QUOTA":
            guard let quota = Quota(rawValue: try reply.string(1)) else { throw reply.malformed }
            return .refused(quota, milliseconds: try reply.integer(2))
        case "UNRECONCILED": throw .unreconciled
        default: throw reply.malformed
        }
    }
}
