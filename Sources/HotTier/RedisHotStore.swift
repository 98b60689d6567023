import Redis
import SessionCore
import SessionModel

/// The hot tier over one event loop's Redis connection. Mutations are scripts, reads are plain commands; what a reply
/// says is read where it lies.
public struct RedisHotStore: HotStore {
    let redis: RedisClient
    let configuration: HotTierConfiguration
    /// Which mission a session had when it was last loaded, so that the next load fetches both in one exchange. What the
    /// session itself says then is compared with it. At 48 bytes a place 200 KB.
    let hints = RecentTable<SessionKind, MissionID>(log2: 12)
    /// Missions as they were read last. One is used again if its `log_id` says that nothing was changed since: then Redis
    /// need not send it. At most 64 KiB a place (``longestKeptTree``), 16 MiB in all.
    let trees = RecentTable<MissionKind, MissionTree>(log2: 8)

    /// Whose the sessions and missions are that were met last: see `refusal`. At 56 bytes a place 450 KB.
    let owners = RecentTable<SessionKind, UserID>(log2: 12)
    let missionOwners = RecentTable<MissionKind, UserID>(log2: 12)

    /// Bytes.
    static let longestKeptTree = 65_536

    public init(redis: RedisClient, configuration: HotTierConfiguration) {
        self.redis = redis
        self.configuration = configuration
    }

    var lifecycle: LifecyclePolicy { configuration.lifecycle }
    /// What the manifest must name, or else the server's dataset is not known to agree with SQLite.
    var runID: String { redis.runID ?? "" }

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

    /// Runs commands that may be repeated, scripts among them, as ``read(_:)`` does. A script that Redis lacked is loaded by
    /// the second time.
    func repeatable(_ commands: [RedisCommand]) async throws(HotError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        do { return try await read(commands) } catch { return try await read(commands) }
    }

    /// As ``read(_:)``, of a dataset that is reconciled.
    func readReconciled(_ commands: [RedisCommand], _ keys: Keys) async throws(HotError) -> [RedisReply] {
        var replies = try await read([runCommand(keys)] + commands)
        try demandReconciled(replies.removeFirst())
        return replies
    }

    /// Asks for what ``demandReconciled(_:)`` looks at.
    func runCommand(_ keys: Keys) -> RedisCommand { RedisCommand("HGET", keys.manifest, "run_id") }

    /// - Parameter run: as the manifest has it.
    func demandReconciled(_ run: RedisReply?) throws(HotError) {
        guard let run = run?.string, run == runID else { throw .unreconciled }
    }

    /// Commands with nothing of anybody's between: one snapshot of a session. Repeats it once where Redis lacked a script.
    ///
    /// Redis queues nothing while its memory is full. Then they are sent without a transaction, and count if the session's
    /// version was the same before and after them.
    /// - Returns: a reply for each; error replies are among them.
    func snapshot(_ commands: [RedisCommand], of session: String) async throws(RedisError) -> [RedisReply] {
        do throws(RedisError) {
            return try await redis.transaction(commands).elements
        } catch {
            guard case .refused(let refusal) = error else { throw error }
            if refusal.code == .noScript { return try await redis.transaction(commands).elements }
            guard refusal.isOutOfMemory else { throw error }
            let version = RedisCommand("HGET", session, "version")
            for _ in 0..<Self.looks {
                let replies = try await redis.pipeline([version] + commands + [version])
                guard replies.first?.string == replies.last?.string else { continue }
                return Array(replies.dropFirst().dropLast())
            }
            throw error
        }
    }

    /// Looks at one session before it is said to change too fast to be read.
    static let looks = 4
}

extension RedisRefusal {
    /// Also where it is a transaction's reason.
    fileprivate var isOutOfMemory: Bool {
        code == .outOfMemory || code == .execAbort && message.contains("OOM ")
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
        case .unavailable, .unreconciled, .broken: self
        }
    }
}
