import DurableTier
import FastCGIServer
import HotTier
import Logging
import Metrics
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import SessionAPI
import SessionCore
import SessionModel
import SessionSettings

#if canImport(Glibc)
    import Glibc
#endif

/// The wiring: what there is, what knows what, and in which order it starts and stops.
///
///     each event loop:  FastCGI connections ─► API ─► Sessions ─► RedisHotStore ─► its Redis connection
///     beside them:      flusher and sweep of each shard, events, token keys ─► one more Redis connection, and SQLite
///
/// Stopping goes the other way round: no new requests, those in flight finish, the log is flushed, connections close.
struct Service {
    let settings: Settings
    let logger: Logger
    private let metrics = PrometheusRegistry()

    init(_ settings: Settings) {
        self.settings = settings
        let level = Logger.Level(rawValue: settings.log.level) ?? .info
        let isJSON = settings.log.isJSON
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(label: label, level: level, isJSON: isJSON, metadataProvider: provider)
            }, metadataProvider: RequestIdentity.metadata)
        MetricsSystem.bootstrap(metrics)
        logger = Logger(label: "sessiond")
    }

    func run() async throws {
        let keys = try settings.metadataKeys()
        let tokens = try await Self.tokenKeys(settings, logger)
        let rules = try Self.tokenRules(settings)
        let redis = try redisConfiguration()
        let gate = BacklogGate(shards: settings.shards)
        let hotTier = HotTierConfiguration(
            prefix: settings.redis.prefix, shards: settings.shards, lifecycle: settings.lifecycle,
            writeBehind: settings.writeBehind, quotas: settings.quotas, gate: gate)
        let durable = try await SQLiteStore(
            DurableConfiguration(folder: settings.dataFolder, shards: settings.shards), logger: logger)
        let durability = Durability(durable: durable, shards: settings.shards)
        // The loops serve requests and nothing else; what runs beside them has a loop of its own.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: loopCount)
        let beside = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let clients = Dictionary(
            uniqueKeysWithValues: loops.makeIterator().map { loop in
                (ObjectIdentifier(loop), client(redis, hotTier, durable, on: loop))
            })
        var live = LiveFeed.Limits()
        live.followers = settings.limits.followers
        let count = LiveFeed.Count()
        let channels = Dictionary(
            uniqueKeysWithValues: loops.makeIterator().map { loop in
                (
                    ObjectIdentifier(loop),
                    LiveChannel(
                        redis: redis, configuration: hotTier, eventLoop: loop, limits: live, count: count,
                        logger: logger)
                )
            })
        let background = client(redis, hotTier, durable, on: beside.next())
        let readiness = Readiness(
            waitingFor: settings.shards.all.map(Flusher.dependency),
            lookingAt: ["redis": { Self.connections(clients.values.map(\.isConnected)) }])
        let backgroundStore = RedisHotStore(redis: background, configuration: hotTier)
        let log = RedisWriteBehindLog(redis: background, configuration: hotTier)
        let copies = RedisHotCopies(redis: background, configuration: hotTier)
        let reads = ColdReads()

        var apiService = APIResponder.Service(
            tokens: tokens, rules: rules, limits: apiLimits, durability: durability, readiness: readiness,
            metrics: metrics, logger: logger, now: { Timestamp.now })
        apiService.isServing = settings.role != .flush
        if settings.isDevelopment, let secret = try settings.tokenSecret() {
            apiService.development = DevelopmentTokens(secret: secret, rules: rules)
        }
        let server = FastCGIServer(
            address: address, drainTimeout: .milliseconds(settings.drain / 2),
            webServerAddresses: FastCGIAddress.webServerAddresses(Self.environment), eventLoopGroup: loops,
            logger: logger
        ) { [settings, logger, apiService] loop in
            let redis = clients[ObjectIdentifier(loop)] ?? background
            let hot = RedisHotStore(redis: redis, configuration: hotTier)
            let sessions = Sessions(
                hot: hot, durable: durable, seal: MetadataSeal(keys),
                shards: settings.shards, lifecycle: settings.lifecycle, longestMetadata: settings.limits.metadata,
                reads: reads, logger: logger)
            let quotas = Quotas(policy: settings.quotas, hot: hot, usage: durable, sessions: sessions)
            return FastCGIAdapter(
                api: APIResponder(
                    apiService, sessions: sessions, quotas: quotas, feed: channels[ObjectIdentifier(loop)]?.feed))
        }
        let hears = settings.role != .api
        let watches = (hears ? settings.shards.all : []).map { shard in
            SweepWatch(
                shard: shard, index: backgroundStore, policy: settings.lifecycle, readiness: readiness, logger: logger)
        }
        let hints = ExpiryHints(hot: backgroundStore, watches: watches, logger: logger)
        let events = HotTierEvents(
            redis: redis, configuration: hotTier, eventLoop: beside.next(), logger: logger,
            onExpired: { if hears { hints.expired($0) } }, onFlushed: { durability.committed($1, in: $0) })

        var services: [any ServiceLifecycle.Service] = []
        services += clients.values.map { client in UntilShutdown { await client.run() } }
        services.append(UntilShutdown { await background.run() })
        services.append(UntilShutdown { await events.run() })
        services.append(UntilShutdown { await tokens.run() })
        if settings.role != .flush {
            services += channels.values.map { channel in UntilShutdown { await channel.run() } }
        }
        let owner = ProcessName.current.description
        for shard in settings.shards.all {
            services.append(
                Flusher(
                    shard: shard, log: log, copies: copies, durable: durable, durability: durability,
                    readiness: readiness, gate: gate,
                    policy: settings.writeBehind, lifecycle: settings.lifecycle, shards: settings.shards,
                    owner: owner, isGone: ProcessName.isGone, leads: settings.role != .api, logger: logger))
        }
        for watch in watches {
            services.append(
                Sweep(
                    watch: watch, index: backgroundStore, hot: backgroundStore, durable: durable,
                    policy: settings.lifecycle, logger: logger))
        }
        if hears { services.append(hints) }
        services.append(
            Listener(server: server, logger: logger) { for channel in channels.values { channel.drain() } })

        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(settings.drain)
        try await ServiceGroup(configuration: configuration).run()
        await durable.close()
        logger.notice("stopped")
    }
}
