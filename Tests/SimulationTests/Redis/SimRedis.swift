import SessionCore
import SessionModel

/// What a shard's Redis holds, as a value: a copy is what a file would bring back. The methods are the scripts of
/// `Sources/HotTier/Scripts`, line by line, as far as they concern sessions.
struct SimRedis {
    struct Hot {
        var session: UserSession
        var messages: [[UInt8]]
        /// Nil: has no TTL.
        var expires: Int64?
    }

    struct Tombstone {
        var logID: LogID
        var user: UserID
        var expires: Int64?
    }

    struct Log {
        var entries: [LogEntry] = []
        var lastID = LogID.zero
        var added = 0

        /// By hand.
        func without(first count: Int) -> Log {
            Log(entries: Array(entries.dropFirst(count)), lastID: lastID, added: added)
        }
    }

    struct Lease {
        var owner: String
        var until: Int64
    }

    struct Key: Hashable {
        var user: UserID
        var hash: String
    }

    struct FirstUse {
        var bodyHash: String
        var outcome: String
        var expires: Int64
    }

    var hot: [SessionID: Hot] = [:]
    var alive: [SessionID: Int64] = [:]
    var gone: [SessionID: Tombstone] = [:]
    var unsettled: [SessionID: Int64] = [:]
    var activity: [SessionID: Int64] = [:]
    var abandoned: [SessionID: Int64] = [:]
    var touched: [SessionID: Int64] = [:]
    var log: Log?
    var lease: Lease?
    /// Of who closed it.
    var reconciling: String?
    var cursor: LogID?
    var removed: Int?
    var activityMark: Int64?
    /// The manifest's `run_id`.
    var run: String?
    /// Its `line`.
    var line: [String] = []
    var dataset: String?
    var shards: Int?
    var keysLostUntil: Int64?
    var firstUses: [Key: FirstUse] = [:]

    // What is no data of Redis.

    /// Its clock.
    var now: Int64 = 0
    /// The number that the next change gets in the history; it rides on the entry, the hot copy and the row as their name.
    var nextNode = 0
    /// The change that was just made.
    var made: Node?

    // MARK: what every script begins with

    func demandReconciled(_ run: String) throws(HotError) {
        guard self.run == run else { throw .unreconciled }
    }

    /// TTLs that have run out. Returns what went of sessions and tombstones.
    mutating func expire() -> (sessions: [Hot], tombstones: [(SessionID, Tombstone)]) {
        var gone: (sessions: [Hot], tombstones: [(SessionID, Tombstone)]) = ([], [])
        for (id, ends) in alive where ends <= now { alive[id] = nil }
        for (id, one) in hot {
            guard let expires = one.expires, expires <= now else { continue }
            gone.sessions.append(one)
            hot[id] = nil
        }
        for (id, tombstone) in self.gone {
            guard let expires = tombstone.expires, expires <= now else { continue }
            gone.tombstones.append((id, tombstone))
            self.gone[id] = nil
        }
        for (key, first) in firstUses where first.expires <= now { firstUses[key] = nil }
        return gone
    }

    // MARK: the log

    /// `XADD … NOMKSTREAM *`. Nil where there is no log.
    mutating func add(_ fields: [LogEntry.Field]) -> LogID? {
        guard let last = log?.lastID else { return nil }
        let time = UInt64(now)
        let id =
            time > last.milliseconds
            ? LogID(milliseconds: time, sequence: 0)
            : LogID(milliseconds: last.milliseconds, sequence: last.sequence + 1)
        log?.entries.append(LogEntry(id: id, fields: fields))
        log?.lastID = id
        log?.added += 1
        return id
    }

    /// `XTRIM … MINID`: entries up to `cursor` go. Returns how many.
    mutating func trim(upTo cursor: LogID) -> Int {
        guard let entries = log?.entries else { return 0 }
        let kept = entries.drop { $0.id <= cursor }
        log?.entries = Array(kept)
        return entries.count - kept.count
    }

    /// The number of the change that a session's state is named after.
    static func node(of session: UserSession) -> Int { Int(session.name.dropFirst()) ?? -1 }
    static func name(of node: Int) -> String { "n\(node)" }
}

extension LogEntry.Field {
    init(_ name: String, _ value: String) { self.init(name: name, value: Array(value.utf8)) }
    init(_ name: String, _ value: Int64) { self.init(name, String(value)) }
}
