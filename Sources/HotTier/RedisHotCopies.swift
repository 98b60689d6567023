import Redis
import SessionCore
import SessionModel

/// What Redis holds of a shard, looked through by SCAN and put right.
public struct RedisHotCopies: HotCopies {
    let store: RedisHotStore

    /// Keys that one SCAN looks at: some milliseconds of Redis' time.
    private static let count = 1000

    public init(redis: RedisClient, configuration: HotTierConfiguration) {
        store = RedisHotStore(redis: redis, configuration: configuration)
    }

    private func keys(_ shard: Shard) throws(HotError) -> Keys {
        guard let keys = store.keys(shard) else { throw .broken("no such shard") }
        return keys
    }

    public func close(_ shard: Shard, owner: String) async throws(HotError) -> String {
        let keys = try keys(shard)
        var command = RedisCommand(HotScripts.close, keyCount: 2)
        command.append(keys.manifest)
        command.append(keys.flush)
        command.append(owner)
        let mark = "\(store.runID) \(UInt64.random(in: 0...UInt64.max))"
        command.append(mark)
        guard try await store.run(command).word == "OK" else {
            throw .unavailable("another flusher has the lease")
        }
        return mark
    }

    // MARK: looking

    public func sessions(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([SessionHead], ScanPlace?) {
        let keys = try keys(shard)
        let (names, next) = try await scan(keys.allSessions, place)
        let ids = names.compactMap { keys.session(named: $0) }
        return (Array(try await heads(of: ids, in: shard).values), next)
    }

    public func heads(
        of sessions: [SessionID], in shard: Shard
    ) async throws(HotError) -> [SessionID: SessionHead] {
        let keys = try keys(shard)
        let replies = try await store.read(sessions.map { SessionFields.command(keys.session($0)) })
        var heads: [SessionID: SessionHead] = [:]
        for (id, fields) in zip(sessions, replies) where fields[0]?.isNull == false {
            guard let session = SessionFields.session(id, fields) else {
                throw .broken("the hash of session \(id) makes no sense")
            }
            heads[id] = SessionHead(session)
        }
        return heads
    }

    public func missions(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([MissionHead], ScanPlace?) {
        let keys = try keys(shard)
        let (names, next) = try await scan(keys.allMissions, place)
        let ids = names.compactMap { keys.mission(named: $0) }
        let replies = try await store.read(
            ids.map { RedisCommand("HMGET", keys.mission($0), "user_id", "version", "log_id") })
        var heads: [MissionHead] = []
        for (id, fields) in zip(ids, replies) where fields[0]?.isNull == false {
            guard let user = fields[0]?.string.flatMap(UserID.init), let version = fields[1]?.integer,
                let logID = fields[2]?.string.flatMap({ LogID($0) })
            else { throw .broken("the hash of mission \(id) makes no sense") }
            heads.append(MissionHead(id: id, userID: user, version: Int64(version), logID: logID))
        }
        return (heads, next)
    }

    public func tombstones(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([Subject], ScanPlace?) {
        let keys = try keys(shard)
        let (names, next) = try await scan(keys.allGone, place)
        let ends = try await store.read(names.map { RedisCommand("PTTL", $0) })
        let ids = zip(names, ends).filter { $1.integer == -1 }.compactMap { keys.gone(named: $0.0) }
        return (ids.flatMap { [.session($0), .mission(MissionID(high: $0.high, low: $0.low))] }, next)
    }

    private func scan(_ pattern: String, _ place: ScanPlace?) async throws(HotError) -> ([String], ScanPlace?) {
        var command = RedisCommand("SCAN", place?.cursor ?? "0", "MATCH", pattern, "COUNT")
        command.append(Self.count)
        guard let reply = try await store.read([command]).first, let cursor = reply[0]?.string, let found = reply[1]
        else { throw store.unreadable }
        return (found.elements.compactMap(\.string), cursor == "0" ? nil : ScanPlace(cursor: cursor))
    }

    // MARK: changing

    public func drop(_ sessions: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        let keys = try keys(shard)
        try await change(
            sessions.map { head in
                store.dropping(
                    head.id, of: head.userID, version: String(head.version), logID: head.logID.description, keys,
                    .reconciling(mark))
            })
    }

    public func drop(_ missions: [MissionHead], of shard: Shard, mark: String) async throws(HotError) {
        let keys = try keys(shard)
        try await change(
            missions.map { head in
                store.dropping(
                    head.id, of: head.userID, version: head.version, logID: head.logID, keys, .reconciling(mark))
            })
    }

    public func dropNumbers(of shard: Shard, mark: String) async throws(HotError) {
        let keys = try keys(shard)
        var place: ScanPlace?
        repeat {
            let (names, next) = try await scan(keys.allNumbers, place)
            if !names.isEmpty {
                var command = RedisCommand(HotScripts.dropNumbers, keyCount: 1 + names.count)
                command.append(keys.manifest)
                for name in names { command.append(name) }
                command.append(mark)
                try await change([command])
            }
            place = next
        } while place != nil
    }

    public func raise(_ activity: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        let keys = try keys(shard)
        try await change(
            activity.map { head in
                var command = RedisCommand(HotScripts.raise, keyCount: 5)
                command.append(key: keys.session(head.id))
                command.append(key: keys.alive(head.id))
                command.append(key: keys.user(head.userID))
                command.append(keys.activity)
                command.append(keys.manifest)
                command.append(head.id)
                command.append(Int(head.lastActivityAt.milliseconds))
                command.append(
                    Int(
                        head.lastActivityAt.adding(milliseconds: store.lifecycle.abandonAfter).milliseconds))
                command.append(mark)
                return command
            })
    }

    public func grant(_ milliseconds: Int64, toDueOf shard: Shard, mark: String) async throws(HotError) {
        let keys = try keys(shard)
        var offset = 0
        while true {
            let due = try await store.due(within: milliseconds, shard, offset: offset, limit: Self.count)
            guard !due.isEmpty else { return }
            var command = RedisCommand(HotScripts.grant, keyCount: 1 + due.count)
            command.append(keys.manifest)
            for id in due { command.append(key: keys.alive(id)) }
            command.append(mark)
            command.append(Int(milliseconds))
            try await change([command])
            offset += due.count
        }
    }

    public func restore(
        _ page: [DurableSession], of shard: Shard, mark: String, readAt: Timestamp, grace: Int64
    ) async throws(HotError) {
        let keys = try keys(shard)
        let earliest = readAt.adding(milliseconds: grace)
        try await change(
            page.map { durable in
                let session = durable.session
                let ends = session.lastActivityAt.adding(milliseconds: store.lifecycle.abandonAfter)
                return RedisHotStore.hydration(
                    of: durable, keys, store.lifecycle, readAt: readAt.milliseconds, oldest: Self.oldestRestoration,
                    abandonsAt: session.status == .active ? max(ends, earliest).milliseconds : nil,
                    fence: .reconciling(mark))
            })
    }

    /// Milliseconds: nobody writes meanwhile, so what was read doesn't grow old.
    private static let oldestRestoration: Int64 = 3_600_000

    /// Scripts that find the mark of another, or none, are a reason to stop.
    private func change(_ commands: [RedisCommand]) async throws(HotError) {
        for reply in try await store.repeatable(commands) {
            switch reply[0]?.string {
            case "UNRECONCILED", "STALE": throw .unavailable("another flusher reconciled the hot tier")
            default: break
            }
        }
    }
}

/// What the manifest must say for a script to change anything: that the server's present run takes writes, or that it is
/// this reconciler which keeps it from taking any. One that stood still while another took over finds another mark.
struct Fence {
    let field: String
    let value: String

    static func admitted(_ runID: String) -> Fence { Fence(field: "run_id", value: runID) }
    static func reconciling(_ mark: String) -> Fence { Fence(field: "reconciling", value: mark) }
}

extension SessionHead {
    init(_ session: UserSession) {
        self.init(
            id: session.id, userID: session.userID, version: session.version, logID: session.logID,
            status: session.status, lastActivityAt: session.lastActivityAt)
    }
}
