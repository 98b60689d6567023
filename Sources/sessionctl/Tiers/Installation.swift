import DurableTier
import HotTier
import Logging
import NIOPosix
import Redis
import SessionCore
import SessionModel
import SessionOptions
import SessionSettings

/// What a command works on: the settings, and the ways that they show to both tiers.
struct Installation {
    let settings: Settings

    init(_ options: SettingsOptions) async throws { settings = try await options.settings() }

    var shards: ShardCount { settings.shards }
    var durable: DurableConfiguration { DurableConfiguration(folder: settings.dataFolder, shards: shards) }

    /// A live file, which must be the shard's that it is named for.
    func reader(of shard: Shard) throws -> ShardReader {
        do {
            let reader = try ShardReader(durable, shard)
            let identity = try reader.identity()
            guard identity.shards == shards.value, identity.shard == Int(shard.number) else {
                throw DurableError.failed(
                    "\(reader.path) is shard \(identity.shard) of \(identity.shards), not \(shard.number) of \(shards.value)"
                )
            }
            return reader
        } catch let error as DurableError {
            throw Failure("SQLite: \(error.reason). \(checkConfig)")
        }
    }

    /// To look at.
    func withHotTier<Value: Sendable>(_ body: (HotInspector) async throws -> Value) async throws -> Value {
        try await withRedis { client in try await body(HotInspector(redis: client, configuration: hotTier)) }
    }

    /// To change as well.
    func withHotTools<Value: Sendable>(_ body: (HotTools) async throws -> Value) async throws -> Value {
        try await withRedis { client in
            try await body(
                HotTools(
                    inspector: HotInspector(redis: client, configuration: hotTier),
                    store: RedisHotStore(redis: client, configuration: hotTier),
                    log: RedisWriteBehindLog(redis: client, configuration: hotTier),
                    window: settings.lifecycle.hotWindow))
        }
    }

    /// Connects, and gives up after ``patience``.
    private func withRedis<Value: Sendable>(_ body: (RedisClient) async throws -> Value) async throws -> Value {
        let lastWarning = LastWarning()
        let client = RedisClient(
            configuration: try RedisConfiguration(settings, name: "sessionctl"),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "sessionctl") { _ in lastWarning })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            defer { group.cancelAll() }
            let end = ContinuousClock.now + Self.patience
            while !client.isConnected {
                guard ContinuousClock.now < end else {
                    let reason = lastWarning.text ?? "no answer within \(Self.patience)"
                    throw Failure("Redis at \(settings.redis.address) can't be reached: \(reason). \(checkConfig)")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
            do {
                return try await body(client)
            } catch let error as HotError { throw Failure("Redis: \(error.reason)") }
        }
    }

    private static let patience = Duration.seconds(3)

    private var hotTier: HotTierConfiguration {
        HotTierConfiguration(
            prefix: settings.redis.prefix, shards: shards, lifecycle: settings.lifecycle,
            writeBehind: settings.writeBehind, gate: BacklogGate(shards: shards))
    }

    private var checkConfig: String {
        "Are the settings the service's own? `sessiond check-config`, with the same --config, shows them."
    }
}

extension Installation {
    /// Waits until SQLite has the log's entries up to `log`.
    func waitUntilFlushed(_ log: LogID, of shard: Shard, _ reader: ShardReader) async throws {
        let end = ContinuousClock.now + Self.flushPatience
        while try sqlite({ () throws(DurableError) in try reader.identity().cursor }) < log {
            guard ContinuousClock.now < end else {
                throw Failure(
                    "SQLite hasn't heard of it within \(Self.flushPatience.components.seconds) s: does a sessiond that flushes "
                        + "run? It is in the log, and is carried out once one does.")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static let flushPatience = Duration.seconds(20)
}

extension DurableError {
    /// Without the name of the case.
    var reason: String {
        switch self {
        case .cursorMoved: "another flusher has moved the cursor"
        case .transient(let reason), .corrupt(let reason), .failed(let reason): reason
        }
    }
}

extension HotError {
    var reason: String {
        switch self {
        case .unavailable(let reason), .outcomeUnknown(let reason), .broken(let reason): reason
        case .unreconciled: "the hot tier doesn't agree with SQLite yet: is a sessiond running that flushes?"
        }
    }
}
