import DurableTier
import HotTier
import SessionCore
import SessionModel
import Terminal

/// Looks at every session and mission that either tier has, or at some of each.
///
/// The tiers are in motion meanwhile: what looks like a difference is looked at again, a flush later, and counts if it is
/// still one. What has changes on their way to SQLite is none.
struct DriftWalk {
    let installation: Installation
    let hot: HotInspector
    let readers: [Shard: ShardReader]
    /// Of each kind in each shard; nil: all.
    let sample: Int?
    let progress: ProgressBar

    private(set) var sessions = 0
    private(set) var missions = 0
    /// What is on its way: subjects with changes that SQLite is yet to hear of.
    private(set) var onTheirWay: Set<Subject> = []
    private(set) var differences: [Difference] = []
    private var suspects: Set<Subject> = []

    private static let page = 500
    /// Looks at what may be a difference, and milliseconds between two: longer than a commit and what follows it.
    private static let looks = 5
    private static let pause: Int64 = 150

    init(
        _ installation: Installation, _ hot: HotInspector, _ readers: [Shard: ShardReader], sample: Int?,
        _ progress: ProgressBar
    ) {
        self.installation = installation
        self.hot = hot
        self.readers = readers
        self.sample = sample
        self.progress = progress
    }

    mutating func run() async throws {
        for (shard, reader) in readers {
            try await walkStored(reader)
            for index in ["activity", "abandoned", "touched"] {
                try await walkMembers(of: "\(prefix):{\(shard.number)}:\(index)", missions: false, reader)
            }
        }
        try await walkKeys()
        try await settle()
    }

    private var prefix: String { installation.settings.redis.prefix }

    private mutating func walkStored(_ reader: ShardReader) async throws {
        if let sample {
            for id in try sqlite({ () throws(DurableError) in try reader.someSessionIDs(sample) }) {
                try await take(.session(id))
            }
            for id in try sqlite({ () throws(DurableError) in try reader.someMissionIDs(sample) }) {
                try await take(.mission(id))
            }
            return
        }
        var session: SessionID?
        while case let ids = try sqlite({ () throws(DurableError) in
            try reader.sessionIDs(after: session, limit: Self.page)
        }), let last = ids.last {
            for id in ids { try await take(.session(id)) }
            session = last
        }
        var mission: MissionID?
        while case let ids = try sqlite({ () throws(DurableError) in
            try reader.missionIDs(after: mission, limit: Self.page)
        }), let last = ids.last {
            for id in ids { try await take(.mission(id)) }
            mission = last
        }
    }

    /// Keys of sessions and missions that SQLite doesn't have, tombstones, and members of users' indexes.
    private mutating func walkKeys() async throws {
        var cursor: String?
        var looked = 0
        repeat {
            let page = try await hot.keyPage(after: cursor, effort: 1000)
            for key in page.keys {
                guard let name = KeyName(key, prefix: prefix), let reader = readers[name.shard], let rest = name.rest
                else { continue }
                switch name.kind {
                case "session", "gone", "alive":
                    // A tombstone's id may be a mission's; then there is no session to look at, and nothing to find.
                    if let id = SessionID(rest), id.shard == name.shard {
                        try await takeIfUnstored(id, reader, isCounted: name.kind == "session")
                    }
                    if name.kind == "gone", let id = MissionID(rest) { try await take(.mission(id), isCounted: false) }
                case "mission":
                    if let id = MissionID(rest), id.shard == name.shard,
                        try !sqlite({ () throws(DurableError) in try reader.has(id) })
                    {
                        try await take(.mission(id))
                    }
                case "user": try await walkMembers(of: key, missions: false, reader)
                case "missions": try await walkMembers(of: key, missions: true, reader)
                default: continue
                }
                looked += 1
            }
            cursor = page.next
        } while cursor != nil && (sample.map { looked < $0 } ?? true)
    }

    private mutating func takeIfUnstored(_ id: SessionID, _ reader: ShardReader, isCounted: Bool) async throws {
        let isStored = try sqlite { () throws(DurableError) in try reader.statuses(of: [id])[id] != nil }
        if !isStored { try await take(.session(id), isCounted: isCounted) }
    }

    /// What stands in an index and has no hot copy.
    private mutating func walkMembers(of key: String, missions: Bool, _ reader: ShardReader) async throws {
        var cursor: String?
        var looked = 0
        repeat {
            let (members, next) = try await hot.members(of: key, after: cursor)
            if missions {
                for id in members.compactMap({ MissionID($0) }) { try await take(.mission(id), isCounted: false) }
            } else {
                let ids = members.compactMap { SessionID($0) }
                let present = try await hot.hot(ids)
                let rest = ids.filter { !present.contains($0) }
                let stored = try sqlite { () throws(DurableError) in try reader.statuses(of: rest) }
                for id in rest where stored[id] == nil || KeyName(key, prefix: prefix)?.kind == "user" {
                    try await takeMember(id, key, stored[id])
                }
            }
            looked += members.count
            cursor = next
        } while cursor != nil && (sample.map { looked < $0 } ?? true)
    }

    /// A deletion that is not flushed stays in its user's index; nothing else without a hot copy does.
    private mutating func takeMember(_ id: SessionID, _ key: String, _ status: String?) async throws {
        guard KeyName(key, prefix: prefix)?.kind == "user" else {
            return try await take(.session(id), isCounted: false)
        }
        if try await hot.tombstone(of: id) == nil { members[.session(id)] = key }
        suspects.insert(.session(id))
    }

    /// Users' indexes that have what isn't hot.
    private(set) var members: [Subject: String] = [:]

    private mutating func take(_ subject: Subject, isCounted: Bool = true) async throws {
        if isCounted {
            switch subject {
            case .session: sessions += 1
            case .mission: missions += 1
            }
            progress.advance()
        }
        if try await !look(subject).isEmpty { suspects.insert(subject) }
    }

    private mutating func settle() async throws {
        for _ in 1..<Self.looks where !suspects.isEmpty || !onTheirWay.isEmpty {
            try await Task.sleep(for: .milliseconds(Self.pause))
            progress.tick()
            let again = suspects.union(onTheirWay)
            onTheirWay = []
            suspects = []
            for subject in again where try await !look(subject).isEmpty { suspects.insert(subject) }
        }
        for subject in suspects { differences += try await look(subject) }
        for subject in onTheirWay where try await hot.logLength(of: subject.shard) == 0 {
            // Still on its way, and the log is empty.
            guard try await look(subject).isEmpty, onTheirWay.contains(subject) else { continue }
            differences.append(
                Difference(
                    subject: subject, what: "SQLite lacks its last change, and the log is empty", remedy: .rewrite))
        }
        differences.sort { ($0.subject.kind, $0.subject.text, $0.what) < ($1.subject.kind, $1.subject.text, $1.what) }
    }

    /// As it is now.
    mutating func look(_ subject: Subject) async throws -> [Difference] {
        onTheirWay.remove(subject)
        guard let reader = readers[subject.shard] else { return [] }
        switch subject {
        case .session(let id): return try await look(id, reader)
        case .mission(let id): return try await look(id, reader)
        }
    }

    private mutating func look(_ id: SessionID, _ reader: ShardReader) async throws -> [Difference] {
        let stored = try sqlite { () throws(DurableError) in try reader.session(id) }
        let hot = try await hot.session(id)
        if SessionDrift.isOnItsWay(hot, cursor: stored.cursor) {
            onTheirWay.insert(.session(id))
            return []
        }
        let sides = SessionSides(
            hot: hot, stored: stored, unflushed: [],
            comparison: SessionComparison(hot: hot, stored: stored, unflushed: []))
        var drift = SessionDrift(id: id, sides: sides, lifecycle: installation.settings.lifecycle)
        if !hot.fields.isEmpty, !stored.fields.isEmpty {
            let messages = try await self.hot.messages(of: id)
            drift.windows = (
                messages,
                try sqlite { () throws(DurableError) in try reader.newestMessages(messages.count, of: id) }
            )
        }
        var found = drift.differences
        if let key = members[.session(id)], hot.fields.isEmpty,
            try await self.hot.isMember(id.description, of: key), hot.tombstone == nil
        {
            found.append(
                Difference(
                    subject: .session(id), what: "its user's index has it, and Redis doesn't", remedy: .index))
        }
        return found
    }

    private mutating func look(_ id: MissionID, _ reader: ShardReader) async throws -> [Difference] {
        let cursor = try sqlite { () throws(DurableError) in try reader.identity().cursor }
        let hot = try await hot.mission(id)
        if [hot.logID, hot.tombstone?.logID].contains(where: { $0.map { $0 > cursor } ?? false }) {
            onTheirWay.insert(.mission(id))
            return []
        }
        let stored = try sqlite { () throws(DurableError) in try reader.mission(id) }
        return MissionDrift(id: id, hot: hot, stored: stored).differences
    }
}
