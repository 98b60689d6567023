import Logging
import NIOPosix
import Redis
import SessionCore
import SessionModel
import SessionTesting
import Synchronization
import Testing

@testable import HotTier

/// A hot tier of its own, by its prefix, on a redis-server that all tests share.
struct HotBench {
    let server: RedisServer
    let prefix: String
    let configuration: HotTierConfiguration
    let redis: RedisClient
    let store: RedisHotStore
    let log: RedisWriteBehindLog
    let copies: RedisHotCopies
    let user: UserID

    var gate: BacklogGate { configuration.gate }
    var shard: Shard { configuration.shards.shard(of: user) }
    var keys: Keys { configuration.keys[Int(shard.number)] }
    var abandonAfter: Int64 { configuration.lifecycle.abandonAfter }
}

/// One for all tests; it ends with the test process.
private let sharedServer = Task { try await RedisServer.start(RedisServer.Options(["appendonly": "no"])) }
private let prefixes = Atomic(0)

struct HotBenchOptions: Sendable {
    var shards = 1
    /// Braces, colons, percent signs and Unicode, as a person's id may have them.
    var user = "a:b{1}% \u{e9}\u{1f600}"
    var lifecycle = LifecyclePolicy()
    var writeBehind = WriteBehindPolicy()
    var quotas = QuotaPolicy()
    var server: RedisServer?

    init(shards: Int = 1) {
        self.shards = shards
        lifecycle.abandonAfter = 60_000
    }
}

/// Runs `body` with a hot tier that takes writes, and looks at what it leaves: every key must be one of the keyspace's.
func withHotTier(
    _ options: HotBenchOptions = HotBenchOptions(), _ body: (HotBench) async throws -> Void
) async throws {
    let server: RedisServer
    if let own = options.server { server = own } else { server = try await sharedServer.value }
    let shards = try #require(ShardCount(options.shards))
    let prefix = "t\(prefixes.wrappingAdd(1, ordering: .relaxed).newValue)"
    let configuration = HotTierConfiguration(
        prefix: prefix, shards: shards, lifecycle: options.lifecycle, writeBehind: options.writeBehind,
        quotas: options.quotas, gate: BacklogGate(shards: shards))
    let redis = RedisClient(
        configuration: RedisConfiguration(address: .unixSocket(path: server.socket)),
        eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let connection = Task { await redis.run() }
    defer { connection.cancel() }
    try await eventually("a connection to Redis") { redis.isConnected }
    let bench = HotBench(
        server: server, prefix: prefix, configuration: configuration, redis: redis,
        store: RedisHotStore(redis: redis, configuration: configuration),
        log: RedisWriteBehindLog(redis: redis, configuration: configuration),
        copies: RedisHotCopies(redis: redis, configuration: configuration),
        user: try #require(UserID(options.user)))
    for shard in shards.all { try await bench.admit(shard) }
    try await body(bench)
    try bench.expectOnlyKeysOfTheKeyspace()
}

// MARK: doing

extension HotBench {
    /// From here on the shard takes no writes. Returns the mark of who reconciles it; the lease is given back.
    func close(_ shard: Shard? = nil) async throws -> String {
        let shard = shard ?? self.shard
        _ = try await log.lease(shard, owner: "bench", milliseconds: 60_000)
        let mark = try await copies.close(shard, owner: "bench")
        try await log.release(shard, owner: "bench")
        return mark
    }

    /// As the reconciler does when the tiers agree; the lease is given back.
    func admit(
        _ shard: Shard? = nil, after: LogID = .zero, dataset: String = "dataset", hasLostKeys: Bool = false
    ) async throws {
        let shard = shard ?? self.shard
        _ = try await log.lease(shard, owner: "bench", milliseconds: 60_000)
        let mark = try await copies.close(shard, owner: "bench")
        try await log.admit(
            Admission(
                shard: shard, owner: "bench", mark: mark, cursor: after, after: after, dataset: dataset,
                activityMark: 0,
                hasLostKeys: hasLostKeys))
        try await log.release(shard, owner: "bench")
    }

    /// As a server that was started anew, or lost its data, is met.
    func unreconcile() throws { try server.command("HSET", keys.manifest, "run_id", "another") }

    /// The step finds the tier unreconciled, and leaves everything as it was.
    func unreconciled<Value>(
        _ location: SourceLocation = #_sourceLocation, _ step: () async throws -> HotReply<Value>
    ) async throws {
        try await thrown({ if case .unreconciled = $0 { true } else { false } }, location) { _ = try await step() }
    }

    func newID<Kind>(_ user: UserID? = nil) -> Identifier<Kind> {
        var random = SystemRandomNumberGenerator()
        let shard = configuration.shards.shard(of: user ?? self.user)
        return .random(in: shard, at: Timestamp(milliseconds: 1_795_430_246_752), using: &random)
    }

    func creation(name: String? = "n", user: UserID? = nil, key: Idempotency? = nil) -> SessionCreation {
        SessionCreation(
            id: newID(user), userID: user ?? self.user, name: name, sealedMetadata: [1, 0, 255], idempotency: key)
    }

    /// An active session named `n`.
    func session(_ user: UserID? = nil) async throws -> SessionID {
        try done(try await store.create(creation(user: user))).id
    }

    /// A session that is in `status` and, if it is abandoned, may be archived.
    func session(_ status: SessionStatus) async throws -> SessionID {
        let id = try await session()
        switch status {
        case .active: break
        case .completed: _ = try done(try await store.update(update(id, .complete)))
        case .archived: _ = try done(try await store.update(update(id, .archive)))
        case .abandoned:
            try makeDue(id)
            _ = try done(try await store.abandon(id))
        }
        return id
    }

    func append(
        _ id: SessionID, _ count: Int = 1, user: UserID? = nil, condition: VersionCondition = .any,
        key: Idempotency? = nil,
        content: String = "hello \"you\""
    ) -> MessageAppend {
        MessageAppend(
            session: id, userID: user ?? self.user,
            messages: (0..<count).map { _ in
                NewMessage(id: newID(user), role: .user, content: content, metadata: Array(#"{"n":1.0}"#.utf8))
            }, condition: condition, idempotency: key)
    }

    func update(
        _ id: SessionID, _ move: SessionMove = .use, name: String? = nil, mission: SessionUpdate.MissionLink = .keep,
        linked: KnownLink? = nil, condition: VersionCondition = .any, user: UserID? = nil
    ) -> SessionUpdate {
        var update = SessionUpdate(
            session: id, userID: user ?? self.user, move: move, name: name, mission: mission, condition: condition)
        update.linked = linked
        return update
    }

    func deletion(_ id: SessionID, linked: KnownLink? = nil) -> SessionDeletion {
        var deletion = SessionDeletion(session: id, userID: user, condition: .any)
        deletion.linked = linked
        return deletion
    }

    /// Lets its time be up, without waiting for it.
    func makeDue(_ id: SessionID) throws {
        let past = try now() - abandonAfter - 1
        try server.command("HSET", keys.session(id), "last_activity_at", "\(past)")
        try server.command("ZADD", keys.activity, "\(past)", id.description)
        try server.command("DEL", keys.alive(id))
    }

    /// As the flusher does after the commit of everything that is in the log.
    func flush(_ sessions: [AppliedBatch.Session], missions: [MissionID] = []) async throws {
        try await settle(upTo: try #require(try await entries().last).id, sessions, missions: missions)
    }

    /// - Parameter versions: of missions as SQLite has them; of the others, as the hot tier does.
    func settle(
        upTo cursor: LogID, _ sessions: [AppliedBatch.Session], missions: [MissionID] = [],
        versions: [MissionID: Int64?] = [:]
    ) async throws {
        var committed: [MissionID: CommittedMission] = [:]
        for id in missions {
            let hot = try server.command("HGET", keys.mission(id), "version").int.map(Int64.init)
            committed[id] = CommittedMission(userID: user, version: versions[id] ?? hot)
        }
        try await log.settle(
            AppliedBatch(cursor: cursor, sessions: sessions, deadLetters: 0),
            missions: committed, in: shard)
    }

    func settled(_ id: SessionID, _ status: SessionStatus?, messages: Int64 = 0) -> AppliedBatch.Session {
        AppliedBatch.Session(
            id: id, userID: user, messageCount: messages, status: status, version: status.map { _ in .max })
    }

    static func key(_ key: Character = "a", body: Character = "b") -> Idempotency {
        Idempotency(keyHash: String(repeating: key, count: 64), bodyHash: String(repeating: body, count: 64))
    }
}

// MARK: looking

extension HotBench {
    /// Redis' clock, in milliseconds.
    func now() throws -> Int64 {
        let time = try server.command("TIME").strings.compactMap { Int64($0) }
        return time[0] * 1000 + time[1] / 1000
    }

    func exists(_ key: String) throws -> Bool { try server.command("EXISTS", key).int == 1 }
    func ttl(_ key: String) throws -> Int { try #require(try server.command("PTTL", key).int) }
    func hash(_ key: String) throws -> [String: String] { try server.command("HGETALL", key).dictionary }
    func score<Kind>(_ key: String, _ id: Identifier<Kind>) throws -> Int? {
        try server.command("ZSCORE", key, id.description).int
    }
    func entries() async throws -> [LogEntry] { try await log.entries(of: shard, after: .zero, limit: 100_000) }

    /// The newest entry, which must be understood.
    func newest() async throws -> (id: LogID, change: SessionChange) {
        let entry = try #require(try await entries().last)
        guard case .session(let change) = try Change(entry) else { throw TestingError("no session's entry") }
        return (entry.id, change)
    }

    /// Everything that Redis holds of this tier: each key's value, as Redis would save it, and when it ends.
    func dump() throws -> [String: [RESPValue]] {
        var dump: [String: [RESPValue]] = [:]
        for key in try server.command("KEYS", "\(prefix):*").strings {
            dump[key] = [try server.command("DUMP", key), try server.command("PEXPIRETIME", key)]
        }
        return dump
    }

    func done<Value>(_ reply: HotReply<Value>, _ location: SourceLocation = #_sourceLocation) throws -> Value {
        guard case .done(let value) = reply else {
            Issue.record("\(reply)", sourceLocation: location)
            throw TestingError("not done: \(reply)")
        }
        return value
    }

    /// The step is refused, and leaves everything as it was.
    func refused<Value>(
        _ refusal: HotRefusal, _ location: SourceLocation = #_sourceLocation, _ step: () async throws -> HotReply<Value>
    ) async throws {
        let before = try dump()
        let reply = try await step()
        guard case .refused(refusal) = reply else {
            Issue.record("\(reply) is not \(refusal)", sourceLocation: location)
            return
        }
        #expect(try dump() == before, "a refusal changed something", sourceLocation: location)
    }

    /// The step throws, and leaves everything as it was.
    func thrown(
        _ isExpected: (HotError) -> Bool, _ location: SourceLocation = #_sourceLocation, _ step: () async throws -> Void
    ) async throws {
        let before = try dump()
        do {
            try await step()
            Issue.record("it was done", sourceLocation: location)
        } catch let error as HotError {
            #expect(isExpected(error), "\(error)", sourceLocation: location)
        }
        #expect(try dump() == before, "an error changed something", sourceLocation: location)
    }

    /// As ``thrown(_:_:_:)``, where nothing can be looked at.
    func thrownOffline(_ isExpected: (HotError) -> Bool, _ step: () async throws -> Void) async throws {
        do {
            try await step()
            Issue.record("it was answered")
        } catch let error as HotError { #expect(isExpected(error), "\(error)") }
    }

    /// Each key is of a form, a type and a time to live that keyspace.md names, and says no shard but its own.
    func expectOnlyKeysOfTheKeyspace() throws {
        for key in try server.command("KEYS", "\(prefix):*").strings {
            guard let match = key.wholeMatch(of: /[a-z0-9]+:\{(\d+)\}:([a-z]+)(?::([^:]+))?(?::([^:]+))?/) else {
                Issue.record("\(key) is of no known form")
                continue
            }
            let (kind, name, second) = (String(match.2), match.3.map(String.init), match.4.map(String.init))
            guard let row = Self.keyspace[kind] else {
                Issue.record("\(key) is not in the keyspace")
                continue
            }
            #expect(try server.command("TYPE", key).string == row.type, "\(key)")
            let ttl = try ttl(key)
            #expect(row.mayEnd ? ttl >= -1 : ttl == -1, "\(key) ends in \(ttl)")
            if row.mustEnd { #expect(ttl != -1, "\(key) never ends") }
            switch row.name {
            case .none: #expect(name == nil, "\(key)")
            case .session:
                let id = try #require(name.flatMap { SessionID($0) })
                #expect(id.shard.number == UInt16(match.1), "\(key)")
            case .user:
                let name = try #require(name)
                #expect(!name.contains(/[:{} *?]/))
            }
            #expect((second != nil) == (kind == "idem"), "\(key)")
        }
    }

    private enum Naming { case none, session, user }

    /// keyspace.md's table, and `numbers`, `usage` and `writes`.
    private static let keyspace: [String: (type: String, name: Naming, mayEnd: Bool, mustEnd: Bool)] = [
        "session": ("hash", .session, true, false), "messages": ("list", .session, true, false),
        "alive": ("string", .session, true, true), "gone": ("string", .session, true, false),
        "mission": ("hash", .session, true, false), "user": ("zset", .user, false, false),
        "missions": ("zset", .user, false, false),
        "activity": ("zset", .none, false, false), "abandoned": ("zset", .none, false, false),
        "touched": ("zset", .none, false, false), "log": ("stream", .none, false, false),
        "flush": ("hash", .none, false, false), "idem": ("string", .user, true, true),
        "manifest": ("hash", .none, false, false), "numbers": ("string", .user, true, true),
        "usage": ("hash", .user, true, true), "writes": ("string", .user, true, true),
    ]
}
