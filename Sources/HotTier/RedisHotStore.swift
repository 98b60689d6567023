import Redis
import SessionCore
import SessionModel

/// The hot tier over one event loop's Redis connection. Mutations are scripts, reads are plain commands; what a reply
/// says is read where it lies.
public struct RedisHotStore: HotStore {
    let redis: RedisClient
    let configuration: HotTierConfiguration

    public init(redis: RedisClient, configuration: HotTierConfiguration) {
        self.redis = redis
        self.configuration = configuration
    }

    var lifecycle: LifecyclePolicy { configuration.lifecycle }

    /// Keys of the shard that an id carries. An id from outside may carry any number: one that there isn't is nobody's.
    func keys(_ shard: Shard) -> Keys? {
        configuration.shards.contains(shard) ? configuration.keys[Int(shard.number)] : nil
    }

    /// Keys of a session that `user` may own; nil when it can't be, since all that a user has is in one shard.
    func keys(_ id: SessionID, _ user: UserID) -> Keys? {
        configuration.shards.shard(of: user) == id.shard ? keys(id.shard) : nil
    }

    func userKeys(_ user: UserID) throws(HotError) -> Keys {
        guard let keys = keys(configuration.shards.shard(of: user)) else { throw .broken("no shard for the user") }
        return keys
    }

    /// Runs a script that changes something.
    func run(_ command: RedisCommand) async throws(HotError) -> ScriptReply {
        let reply: RedisReply
        do { reply = try await redis.send(command) } catch { throw HotError(error) }
        return try ScriptReply(reply)
    }

    /// Runs commands that only read: one that was sent and not answered has changed nothing either.
    func read(_ commands: [RedisCommand]) async throws(HotError) -> [RedisReply] {
        do throws(RedisError) {
            let replies = try await redis.pipeline(commands)
            for reply in replies { if let refusal = reply.refusal { throw .refused(refusal) } }
            return replies
        } catch { throw HotError(error).ofRead }
    }

    /// ``read(_:)`` with nothing of anybody's between: one snapshot. Repeats it once where Redis lacked a script.
    func snapshot(_ commands: [RedisCommand]) async throws(HotError) -> RedisReply {
        do throws(RedisError) {
            do throws(RedisError) {
                return try await redis.transaction(commands)
            } catch {
                guard case .refused(let refusal) = error, refusal.code == .noScript else { throw error }
                return try await redis.transaction(commands)
            }
        } catch { throw HotError(error).ofRead }
    }
}

extension HotError {
    init(_ error: RedisError) {
        switch error {
        case .notWritten(let reason): self = .unavailable("\(reason)")
        case .unknown(let reason): self = .outcomeUnknown("\(reason)")
        case .refused(let refusal):
            switch refusal.effect {
            case .nothing: self = .unavailable(refusal.message)
            case .maybePartly: self = .broken(refusal.message)
            }
        }
    }

    /// For commands that change nothing.
    var ofRead: HotError {
        switch self {
        case .outcomeUnknown(let reason): .unavailable(reason)
        case .unavailable, .broken: self
        }
    }
}
