import Redis
import SessionCore
import SessionModel

extension HotInspector {
    /// Everything that the hot tier has of a session, from one instant.
    ///
    ///     HGETALL session and mission · GET gone · HGET flush cursor · PTTL, MEMORY USAGE of each · ZSCORE of the indexes
    public func session(_ id: SessionID) async throws(HotError) -> HotSession {
        let keys = try keys(id.shard)
        for _ in 0..<RedisHotStore.looks {
            // Which other keys there are to look at is in its hash.
            let links = try await store.read([RedisCommand("HMGET", keys.session(id), "user_id", "mission_id")])
            let (user, mission) = (
                links[0][0]?.string.flatMap(UserID.init), links[0][1]?.string.flatMap { MissionID($0) }
            )
            let look = SessionLook(id: id, user: user, mission: mission, keys: keys)
            let replies: [RedisReply]
            do throws(RedisError) {
                replies = try await store.snapshot(look.commands, of: keys.session(id))
                for reply in replies { if let refusal = reply.refusal { throw .refused(refusal) } }
            } catch { throw HotError(error).ofRead }
            guard replies.count == look.commands.count else { throw store.unreadable }
            let session = look.session(replies)
            if session.missionID == mission, session.text("user_id").flatMap(UserID.init) == user { return session }
        }
        throw .unavailable("the session changes too fast to be looked at")
    }

    /// The log's entries about a session, and about `mission`, behind `cursor` and up to `end`.
    /// - Parameter progress: how many were looked at since the last call.
    public func changes(
        of session: SessionID, mission: MissionID?, after cursor: LogID, upTo end: LogID?, _ progress: (Int) -> Void
    ) async throws(HotError) -> [LoggedChange] {
        let log = RedisWriteBehindLog(redis: store.redis, configuration: store.configuration)
        let names = [session.description, mission?.description].compactMap { $0 }.map { Array($0.utf8) }
        var changes: [LoggedChange] = []
        var last = cursor
        while true {
            let page = try await log.entries(of: session.shard, after: last, limit: Self.entriesPerPage)
            progress(page.count)
            for entry in page where end.map({ entry.id <= $0 }) ?? true {
                let isAbout = entry.fields.contains { field in
                    (field.name == "sid" || field.name == "mid" || field.name == "unlinked")
                        && names.contains(field.value)
                }
                if isAbout { changes.append(LoggedChange(entry)) }
            }
            guard let newest = page.last?.id, end.map({ newest < $0 }) ?? true else { return changes }
            last = newest
        }
    }

    /// Of the largest, some 4 MiB each, so many fit into one reply.
    private static let entriesPerPage = 50

    /// Entries of the shard's log.
    public func logLength(of shard: Shard) async throws(HotError) -> Int {
        try await store.read([RedisCommand("XLEN", try keys(shard).log)]).first?.integer ?? 0
    }
}

extension LoggedChange {
    init(_ entry: LogEntry) {
        func text(_ name: String) -> String? {
            entry.fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        self.init(
            id: entry.id, operation: text("op") ?? "", version: text("version") ?? text("mission_version") ?? "",
            bytes: entry.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.count })
    }
}

/// The commands of one look, and what their replies say.
private struct SessionLook {
    let id: SessionID
    let user: UserID?
    let mission: MissionID?
    let keys: Keys

    private var main: [(key: String, type: String, size: RedisCommand)] {
        let (session, messages): (String, String) = (keys.session(id), keys.messages(id))
        let (alive, gone): (String, String) = (keys.alive(id), keys.gone(id))
        var main = [
            (session, "hash", RedisCommand("HLEN", session)), (messages, "list", RedisCommand("LLEN", messages)),
            (alive, "string", RedisCommand("STRLEN", alive)), (gone, "string", RedisCommand("STRLEN", gone)),
        ]
        if let key: String = mission.map(keys.mission) { main.append((key, "hash", RedisCommand("HLEN", key))) }
        return main
    }

    private var indexes: [(key: String, member: String)] {
        [(keys.activity, id.description), (keys.abandoned, id.description), (keys.touched, id.description)]
            + (user.map { user in
                [(keys.user(user), id.description)] + (mission.map { [(keys.missions(user), $0.description)] } ?? [])
            } ?? [])
    }

    var commands: [RedisCommand] {
        [
            RedisCommand("HGETALL", keys.session(id)), RedisCommand("PEXPIRETIME", keys.alive(id)),
            RedisCommand("GET", keys.gone(id)), RedisCommand("HGET", keys.flush, "cursor"),
            RedisCommand("EXISTS", keys.log), RedisCommand("TIME"),
            // Without a mission: of a key that is no hash of a mission, and not looked at.
            RedisCommand("HGETALL", mission.map(keys.mission) ?? keys.session(id)),
        ]
            + main.flatMap { [RedisCommand("PTTL", $0.key), $0.size, RedisCommand("MEMORY", "USAGE", $0.key)] }
            + indexes.map { RedisCommand("ZSCORE", $0.key, $0.member) }
    }

    func session(_ replies: [RedisReply]) -> HotSession {
        let head = 7
        var present: [HotSession.Key] = []
        for (index, key) in main.enumerated() {
            let ttl = replies[head + index * 3].integer ?? -2
            guard ttl != -2 else { continue }
            present.append(
                HotSession.Key(
                    name: key.key, type: key.type, size: replies[head + index * 3 + 1].integer ?? 0,
                    memory: replies[head + index * 3 + 2].integer, ttl: ttl < 0 ? nil : Int64(ttl)))
        }
        var scores: [String: Timestamp] = [:]
        let places = zip(indexes, replies[(head + main.count * 3)...]).compactMap { index, reply in
            reply.integer.map { score in
                let time = Timestamp(milliseconds: Int64(score))
                scores[index.key] = time
                return HotSession.Place(key: index.key, score: time)
            }
        }
        let ends = replies[1].integer ?? -2
        let missionFields = mission == nil ? [:] : Self.fields(replies[6])
        return HotSession(
            keys: present, places: places, fields: Self.fields(replies[0]),
            abandonsAt: ends > 0 ? Timestamp(milliseconds: Int64(ends)) : nil, abandonedAt: scores[keys.abandoned],
            isTouched: scores[keys.touched] != nil, tombstone: replies[2].string.map(Tombstone.init),
            missionFields: missionFields,
            mission: missionFields.isEmpty ? nil : mission.flatMap { MissionFields.tree($0, replies[6]) },
            cursor: replies[3].string.flatMap { LogID($0) }, hasLog: replies[4].integer == 1,
            now: Timestamp(time: replies[5]) ?? Timestamp(milliseconds: 0))
    }

    private static func fields(_ reply: RedisReply) -> [String: [UInt8]] {
        var fields: [String: [UInt8]] = [:]
        _ = reply.forEachPair { name, value in fields[String(decoding: name, as: UTF8.self)] = [UInt8](value) }
        return fields
    }
}
