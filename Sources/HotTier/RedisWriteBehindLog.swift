import Redis
import SessionCore
import SessionModel

/// The write-behind log in Redis: a stream for each shard, and the step that follows each commit.
public struct RedisWriteBehindLog: WriteBehindLog {
    private let store: RedisHotStore
    private var lifecycle: LifecyclePolicy { store.lifecycle }

    /// The version of the keyspace, as the manifest states it.
    static let schema = 1

    public init(redis: RedisClient, configuration: HotTierConfiguration) {
        store = RedisHotStore(redis: redis, configuration: configuration)
    }

    public func lease(_ shard: Shard, owner: String, milliseconds: Int64) async throws(HotError) -> Bool {
        var command = RedisCommand(HotScripts.lease, keyCount: 1)
        command.append(try keys(shard).flush)
        command.append(owner)
        command.append(Int(milliseconds))
        return try await store.run(command).word == "OK"
    }

    public func leaseHolder(of shard: Shard) async throws(HotError) -> String? {
        // As `lease.lua` words it: <owner> until <milliseconds>
        guard let text = try await store.read([RedisCommand("HGET", try keys(shard).flush, "owner")]).first?.string,
            let until = text.ranges(of: " until ").last
        else { return nil }
        return String(text[..<until.lowerBound])
    }

    public func release(_ shard: Shard, owner: String) async throws(HotError) {
        _ = try await lease(shard, owner: owner, milliseconds: 0)
    }

    public func state(of shard: Shard) async throws(HotError) -> LogState {
        let keys = try keys(shard)
        let replies = try await store.read([
            RedisCommand("EXISTS", keys.log), RedisCommand("XLEN", keys.log),
            RedisCommand("MEMORY", "USAGE", keys.log, "SAMPLES", "20"), RedisCommand("INFO", "memory"),
            RedisCommand("HMGET", keys.manifest, "dataset", "shards"),
        ])
        return LogState(
            exists: replies[0].integer == 1, entries: replies[1].integer ?? 0, bytes: replies[2].integer ?? 0,
            memoryLimit: replies[3].string.flatMap { RedisInfo($0)["maxmemory"] }.flatMap { Int($0) } ?? 0,
            dataset: replies[4][0]?.string, shards: replies[4][1]?.integer)
    }

    public func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        var command = RedisCommand("XRANGE", try keys(shard).log, "(\(cursor)", "+", "COUNT")
        command.append(limit)
        return try await entries(command)
    }

    public func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        var command = RedisCommand("XRANGE", try keys(shard).log, "-", cursor.description, "COUNT")
        command.append(limit)
        return try await entries(command)
    }

    private func entries(_ command: RedisCommand) async throws(HotError) -> [LogEntry] {
        guard let list = try await store.read([command]).first else { throw store.unreadable }
        var entries: [LogEntry] = []
        entries.reserveCapacity(list.count)
        for item in list.elements {
            guard let id = item[0]?.string.flatMap({ LogID($0) }), let values = item[1] else {
                throw store.unreadable
            }
            var fields: [LogEntry.Field] = []
            fields.reserveCapacity(values.count / 2)
            for index in stride(from: 0, to: values.count - 1, by: 2) {
                guard let name = values[index]?.bytes, let value = values[index + 1]?.bytes else {
                    throw store.unreadable
                }
                fields.append(LogEntry.Field(name: String(decoding: name, as: UTF8.self), value: value))
            }
            entries.append(LogEntry(id: id, fields: fields))
        }
        return entries
    }

    public func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) {
        let keys = try keys(shard)
        var settling: [RedisCommand] = []
        for session in batch.sessions where needsSettling(session) {
            var command = RedisCommand(HotScripts.settle, keyCount: 4)
            command.append(keys.session(session.id))
            command.append(keys.messages(session.id))
            command.append(keys.gone(session.id))
            command.append(keys.user(session.userID))
            command.append(session.id.description)
            append(batch.cursor, to: &command)
            command.append(Int(lifecycle.hotLinger))
            command.append(lifecycle.hotWindow)
            command.append(Int(session.messageCount))
            command.append(Int(LifecyclePolicy.flushedTombstone))
            settling.append(command)
        }
        // Behind the sessions': how long a mission stays is seen by its session's key.
        settling += try await commands(settling: missions, upTo: batch.cursor, keys)
        if !settling.isEmpty {
            // A script that Redis lacked is loaded by then, and every command may be repeated.
            do { _ = try await store.read(settling) } catch { _ = try await store.read(settling) }
        }
        // Only then: what is still in the log is settled by whoever comes next.
        var command = RedisCommand(HotScripts.committed, keyCount: 2)
        command.append(keys.log)
        command.append(keys.flush)
        command.append(batch.cursor.description)
        append(batch.cursor, to: &command)
        command.append(keys.flushed)
        _ = try await store.run(command)
    }

    /// What is known of the missions' sessions is looked at first: a key that a script uses must be named by whoever calls
    /// it.
    private func commands(
        settling missions: [MissionID: CommittedMission], upTo cursor: LogID, _ keys: Keys
    ) async throws(HotError) -> [RedisCommand] {
        guard !missions.isEmpty else { return [] }
        let missions = Array(missions)
        let sessions = try await store.read(missions.map { RedisCommand("HGET", keys.mission($0.key), "session_id") })
        return zip(missions, sessions).map { mission, session in
            let (id, committed) = mission
            let session = session.string.flatMap { SessionID($0) }
            var command = RedisCommand(HotScripts.settleMission, keyCount: 4)
            command.append(keys.mission(id))
            command.append(keys.gone(id))
            command.append(keys.missions(committed.userID))
            command.append(session.map(keys.session) ?? keys.mission(id))
            command.append(id.description)
            append(cursor, to: &command)
            command.append(Int(lifecycle.hotLinger))
            command.append(session?.description ?? "")
            command.append(Int(LifecyclePolicy.flushedTombstone))
            command.append(committed.version.map(String.init) ?? "")
            return command
        }
    }

    /// An active session whose chat fits into the window keeps everything it has.
    private func needsSettling(_ session: AppliedBatch.Session) -> Bool {
        session.status != .active || session.messageCount > lifecycle.hotWindow
    }

    private func append(_ cursor: LogID, to command: inout RedisCommand) {
        command.append(String(cursor.milliseconds))
        command.append(String(cursor.sequence))
    }

    public func touched(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionActivity] {
        var command = RedisCommand("ZRANGE", try keys(shard).touched)
        command.append(offset)
        command.append(offset + limit - 1)
        command.append("WITHSCORES")
        guard let members = try await store.read([command]).first else { throw store.unreadable }
        return try store.places(members)
    }

    public func recorded(_ activity: [SessionActivity], in shard: Shard) async throws(HotError) {
        var command = RedisCommand(HotScripts.recorded, keyCount: 1, capacity: 64 * activity.count + 128)
        command.append(try keys(shard).touched)
        for one in activity {
            command.append(one.session.description)
            command.append(Int(one.lastActivityAt.milliseconds))
        }
        _ = try await store.run(command)
    }

    public func restore(
        _ page: [DurableSession], of shard: Shard, readAt: Timestamp, grace: Int64
    ) async throws(HotError) -> Bool {
        let keys = try keys(shard)
        let earliest = readAt.adding(milliseconds: grace)
        for durable in page {
            let session = durable.session
            let ends = session.lastActivityAt.adding(milliseconds: lifecycle.abandonAfter)
            let command = RedisHotStore.hydration(
                of: durable, keys, lifecycle, readAt: readAt.milliseconds, oldest: Self.oldestRestoration,
                abandonsAt: session.status == .active ? max(ends, earliest).milliseconds : nil, isRebuilding: true)
            switch try await store.run(command).word {
            case "CREATED", "PRESENT": break
            default: return false
            }
        }
        return true
    }

    /// Milliseconds: nobody writes while there is no log, so what was read for a rebuild doesn't grow old.
    private static let oldestRestoration: Int64 = 3_600_000

    public func time(of shard: Shard) async throws(HotError) -> Timestamp { try await store.time(of: shard) }

    public func begin(_ shard: Shard, after cursor: LogID, dataset: String) async throws(HotError) {
        let keys = try keys(shard)
        let info = try await store.read([RedisCommand("INFO", "server")]).first?.string ?? ""
        var command = RedisCommand(HotScripts.rebuilt, keyCount: 3)
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(keys.flush)
        append(cursor, to: &command)
        command.append(Self.schema)
        command.append(store.configuration.shards.value)
        command.append(dataset)
        command.append(RedisInfo(info)["run_id"] ?? "")
        _ = try await store.run(command)
    }

    private func keys(_ shard: Shard) throws(HotError) -> Keys {
        guard let keys = store.keys(shard) else { throw .broken("no such shard") }
        return keys
    }
}
