import Redis
import SessionCore
import SessionModel

/// The write-behind log in Redis: a stream for each shard, and the step that follows each commit.
public struct RedisWriteBehindLog: WriteBehindLog {
    let store: RedisHotStore
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
            let until = text.ranges(of: " until ").last, let end = Int64(text[until.upperBound...]),
            try await time(of: shard).milliseconds < end
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
            RedisCommand("HMGET", keys.manifest, "dataset", "shards", "run_id", "line"),
            RedisCommand("HMGET", keys.flush, "cursor", "removed", "activity"),
            RedisCommand("TIME"),
        ])
        var state = LogState(
            exists: replies[0].integer == 1, entries: replies[1].integer ?? 0, bytes: replies[2].integer ?? 0,
            memoryLimit: replies[3].string.flatMap { RedisInfo($0)["maxmemory"] }.flatMap { Int($0) } ?? 0,
            dataset: replies[4][0]?.string, shards: replies[4][1]?.integer,
            isReconciled: replies[4][2]?.string == store.runID, lastID: .zero,
            trimmedTo: replies[5][0]?.string.flatMap { LogID($0) } ?? .zero,
            activityMark: Int64(replies[5][2]?.integer ?? 0))
        (state.run, state.line) = (store.runID, RedisAdmission.words(replies[4][3]))
        guard state.exists, let info = try await store.read([RedisCommand("XINFO", "STREAM", keys.log)]).first else {
            return state
        }
        let fields = info.elements
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            switch fields[index].string {
            case "last-generated-id": state.lastID = fields[index + 1].string.flatMap { LogID($0) } ?? .zero
            case "first-entry":
                guard let oldest = fields[index + 1][0]?.string.flatMap({ LogID($0) }) else { break }
                state.lag = Timestamp(time: replies[6]).map { oldest.age(at: $0) } ?? 0
            case "length": state.entries = fields[index + 1].integer ?? 0
            case "entries-added":
                guard let added = fields[index + 1].integer, let removed = replies[5][1]?.integer else { break }
                // A commit may have come between the two looks: then less is missing than was removed.
                if added - state.entries > removed, try await isTampered(keys) { state.trimmedTo = .last }
            default: break
            }
        }
        return state
    }

    /// Whether entries are missing from the log that no commit removed: both told in one moment.
    private func isTampered(_ keys: Keys) async throws(HotError) -> Bool {
        let replies: RedisReply
        do {
            replies = try await store.redis.transaction([
                RedisCommand("XINFO", "STREAM", keys.log), RedisCommand("HGET", keys.flush, "removed"),
            ])
        } catch { throw HotError(error).ofRead }
        guard let info = replies[0] else { return false }
        let fields = info.elements
        var (added, length): (Int?, Int?) = (nil, nil)
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            if fields[index].string == "entries-added" { added = fields[index + 1].integer }
            if fields[index].string == "length" { length = fields[index + 1].integer }
        }
        guard let added, let length, let removed = replies[1]?.integer else { return false }
        return added - length != removed
    }

    public func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        let keys = try keys(shard)
        var (found, after): ([LogEntry], LogID) = ([], cursor)
        while found.count < limit {
            let count = min(limit - found.count, Self.readAtOnce)
            var command = RedisCommand("XRANGE", keys.log, "(\(after)", "+", "COUNT")
            command.append(count)
            guard let list = try await store.readReconciled([command], keys).first else { throw store.unreadable }
            let page = try entries(list)
            found += page
            guard page.count == count, let last = page.last else { break }
            after = last.id
        }
        return found
    }

    /// Entries that Redis reads out in one go: some 0.4 ms in which it answers nobody else.
    static let readAtOnce = 200
    /// Sessions or missions that Redis settles in one go: some 0.8 ms.
    private static let settledAtOnce = 16

    public func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        var command = RedisCommand("XRANGE", try keys(shard).log, "-", cursor.description, "COUNT")
        command.append(limit)
        guard let list = try await store.read([command]).first else { throw store.unreadable }
        return try entries(list)
    }

    private func entries(_ list: RedisReply) throws(HotError) -> [LogEntry] {
        var entries: [LogEntry] = []
        entries.reserveCapacity(list.count)
        for item in list.elements {
            guard let id = item[0]?.string.flatMap({ LogID($0) }), let values = item[1] else {
                throw store.unreadable
            }
            var fields: [LogEntry.Field] = []
            fields.reserveCapacity(values.count / 2)
            let pairs = values.forEachPair { name, value in
                fields.append(LogEntry.Field(name: String(decoding: name, as: UTF8.self), value: [UInt8](value)))
            }
            guard pairs == values.count / 2 else { throw store.unreadable }
            entries.append(LogEntry(id: id, fields: fields))
        }
        return entries
    }

    @discardableResult
    public func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) -> Timestamp? {
        let run = store.runID
        try await settleCopies(batch, missions: missions, in: shard)
        FailPoint.reached(.beforeTrim)
        // One that was started anew meanwhile may have lost that; it is done again, by the entries that are still there.
        guard store.runID == run else { throw .unreconciled }
        // Only then: what is still in the log is settled by whoever comes next.
        let keys = try keys(shard)
        var command = RedisCommand(HotScripts.committed, keyCount: 2)
        command.append(keys.log)
        command.append(keys.flush)
        command.append(batch.cursor.description)
        append(batch.cursor, to: &command)
        command.append(keys.flushed)
        command.append(batch.after?.description ?? "")
        let reply = try await store.run(command)
        if reply.word == "LOST" { throw .unreconciled }
        return reply.word == "OK" ? Timestamp(milliseconds: try reply.integer(2)) : nil
    }

    public func settleCopies(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) {
        let keys = try keys(shard)
        var settling: [RedisCommand] = []
        for session in batch.sessions where needsSettling(session) {
            var command = RedisCommand(HotScripts.settle, keyCount: 4)
            command.append(key: keys.session(session.id))
            command.append(key: keys.messages(session.id))
            command.append(key: keys.gone(session.id))
            command.append(key: keys.user(session.userID))
            command.append(session.id)
            append(batch.cursor, to: &command)
            command.append(Int(lifecycle.hotLinger))
            command.append(lifecycle.hotWindow)
            command.append(Int(session.messageCount))
            command.append(Int(LifecyclePolicy.flushedTombstone))
            command.append(session.version.map(String.init) ?? "")
            settling.append(command)
        }
        // Behind the sessions': how long a mission stays is seen by its session's key.
        settling += try await commands(settling: missions, upTo: batch.cursor, keys)
        for start in stride(from: 0, to: settling.count, by: Self.settledAtOnce) {
            _ = try await store.repeatable(Array(settling[start..<min(start + Self.settledAtOnce, settling.count)]))
        }
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
            command.append(key: keys.mission(id))
            command.append(key: keys.gone(id))
            command.append(keys.missions(committed.userID))
            command.append(session.map(keys.session) ?? keys.mission(id))
            command.append(id)
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

    public func recorded(
        _ activity: [SessionActivity], mark: Int64, in shard: Shard
    ) async throws(HotError) {
        let keys = try keys(shard)
        var command = RedisCommand(HotScripts.recorded, keyCount: 3, capacity: 64 * activity.count + 128)
        command.append(keys.touched)
        command.append(keys.flush)
        command.append(keys.manifest)
        command.append(Int(mark))
        command.append(store.runID)
        for one in activity {
            command.append(one.session)
            command.append(Int(one.lastActivityAt.milliseconds))
        }
        guard try await store.run(command).word == "OK" else { throw .unreconciled }
    }

    public func time(of shard: Shard) async throws(HotError) -> Timestamp { try await store.time(of: shard) }

    public func admit(_ admission: Admission) async throws(HotError) {
        let keys = try keys(admission.shard)
        var command = RedisCommand(HotScripts.admit, keyCount: 3)
        command.append(keys.log)
        command.append(keys.manifest)
        command.append(keys.flush)
        append(admission.after, to: &command)
        command.append(admission.cursor.description)
        command.append(Self.schema)
        command.append(store.configuration.shards.value)
        command.append(admission.dataset)
        command.append(store.runID)
        command.append(Int(admission.activityMark))
        command.append(admission.hasLostKeys ? "1" : "")
        command.append(Int(LifecyclePolicy.idempotency))
        command.append(admission.owner)
        command.append(admission.mark)
        command.append(RedisAdmission.lineBytes)
        for word in admission.line { command.append(word) }
        guard admission.mark.hasPrefix(store.runID), try await store.run(command).word == "OK" else {
            throw .unavailable("the hot tier, or its lease, is another by now")
        }
    }

    private func keys(_ shard: Shard) throws(HotError) -> Keys {
        guard let keys = store.keys(shard) else { throw .broken("no such shard") }
        return keys
    }
}
