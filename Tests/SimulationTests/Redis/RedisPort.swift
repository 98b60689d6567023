import SessionCore
import SessionModel

/// A process' way to the simulated Redis: each command is a point where others may come first, and may fail before or
/// after it was carried out.
struct RedisPort: Sendable {
    let world: World
    let strand: Strand
    /// A client that brings a key asks again by itself, as one whose service died.
    var repeatsByItself = false

    private enum Fate {
        case answered
        case refused
        case lost(isDone: Bool)
    }

    private func fate() -> Fate {
        if strand.isDead { return .refused }
        if strand.connection.generation != world.generation {
            // The connection broke, in the middle of the command or while nothing was sent.
            strand.connection = world.connection()
            if world.now >= world.redisIsBackAt, world.chance(0.5) { return .answered }
            return world.chance(0.5) ? .refused : .lost(isDone: false)
        }
        if world.now < world.redisIsBackAt { return .refused }
        guard !world.isCalm, world.chance(world.temper.redisFaults) else { return .answered }
        if world.chance(0.3) { return .refused }
        return .lost(isDone: world.chance(0.6))
    }

    /// - Parameter isScript: whether its outcome matters, and may be unknown.
    func command<Value>(
        _ name: String, isScript: Bool = true, isWrite: Bool = true,
        _ body: (inout SimRedis, _ run: String) throws(HotError) -> Value
    ) async throws(HotError) -> Value {
        await strand.point(name)
        let fate = fate()
        let run = strand.connection.run
        switch fate {
        case .refused:
            world.note("\(strand.name) \(name): not sent")
            throw .unavailable("not connected")
        case .lost(let isDone):
            world.note("\(strand.name) \(name): answer lost, \(isDone ? "done" : "not done")")
            if isDone {
                _ = try? world.command(strand, isWrite: isWrite) { (redis) throws(HotError) in try body(&redis, run) }
            }
            if !isScript { throw .unavailable("connection lost") }
            throw repeatsByItself ? .broken("connection lost") : .outcomeUnknown("connection lost")
        case .answered:
            world.note("\(strand.name) \(name)")
            return try world.command(strand, isWrite: isWrite) { (redis) throws(HotError) in try body(&redis, run) }
        }
    }

    func read<Value>(
        _ name: String, _ body: (inout SimRedis, _ run: String) throws(HotError) -> Value
    ) async throws(HotError) -> Value {
        try await command(name, isScript: false, isWrite: false, body)
    }

    /// Commands that may be repeated, and are, once.
    func repeatable<Element>(
        _ name: String, _ elements: [Element], _ body: (inout SimRedis, String, Element) throws(HotError) -> Void
    ) async throws(HotError) {
        let connection = strand.connection
        func once() async throws(HotError) {
            for element in elements {
                try await command(name, isScript: false) { (redis, run) throws(HotError) in
                    try body(&redis, run, element)
                }
            }
        }
        do { try await once() } catch {
            // A new connection takes longer than it takes to try again.
            guard strand.connection.generation == connection.generation else { throw error }
            try await once()
        }
    }

    /// A script's own refusal to go on is no reason to repeat it.
    func changes<Element>(
        _ name: String, _ elements: [Element], _ body: (inout SimRedis, String, Element) throws(HotError) -> Bool
    ) async throws(HotError) {
        var isDone = true
        try await repeatable(name, elements) { (redis, run, element) throws(HotError) in
            if try !body(&redis, run, element) { isDone = false }
        }
        if !isDone { throw .unavailable("another flusher reconciled the hot tier") }
    }
}

// MARK: what the flusher needs

extension RedisPort: WriteBehindLog {
    func lease(_ shard: Shard, owner: String, milliseconds: Int64) async throws(HotError) -> Bool {
        try await command("lease") { (redis, _) in redis.lease(owner: owner, milliseconds: milliseconds) }
    }

    func leaseHolder(of shard: Shard) async throws(HotError) -> String? {
        let lease = try await read("lease holder") { (redis, _) in redis.lease }
        guard let lease else { return nil }
        return try await time(of: shard).milliseconds < lease.until ? lease.owner : nil
    }

    func release(_ shard: Shard, owner: String) async throws(HotError) {
        _ = try await lease(shard, owner: owner, milliseconds: 0)
    }

    func state(of shard: Shard) async throws(HotError) -> LogState {
        let (first, run) = try await read("state") { (redis, run) in (redis, run) }
        var state = LogState(
            exists: first.log != nil, entries: first.log?.entries.count ?? 0, bytes: 0, memoryLimit: 0,
            dataset: first.dataset, shards: first.shards, isReconciled: first.run == run, lastID: .zero,
            trimmedTo: first.cursor ?? .zero, activityMark: first.activityMark ?? 0)
        (state.run, state.line) = (run, first.line)
        guard state.exists, let log = try await read("stream", { (redis, _) in redis.log }) else { return state }
        state.lastID = log.lastID
        state.entries = log.entries.count
        guard let removed = first.removed, log.added - log.entries.count > removed else { return state }
        let isTampered = try await read("stream again") { (redis, _) in
            guard let log = redis.log, let removed = redis.removed else { return false }
            return log.added - log.entries.count != removed
        }
        if isTampered { state.trimmedTo = .last }
        return state
    }

    func entries(of shard: Shard, after cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        try await read("manifest") { (redis, run) throws(HotError) in try redis.demandReconciled(run) }
        return try await read("entries") { (redis, _) in
            Array((redis.log?.entries ?? []).drop { $0.id <= cursor }.prefix(limit))
        }
    }

    func committedEntries(of shard: Shard, upTo cursor: LogID, limit: Int) async throws(HotError) -> [LogEntry] {
        try await read("committed entries") { (redis, _) in
            Array((redis.log?.entries ?? []).prefix { $0.id <= cursor }.prefix(limit))
        }
    }

    func settle(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) -> Timestamp? {
        let before = strand.connection.run
        try await settleCopies(batch, missions: missions, in: shard)
        return try await command("committed") { (redis, run) throws(HotError) in
            guard run == before else { throw .unreconciled }
            try redis.committed(batch.cursor, after: batch.after)
            return Timestamp(milliseconds: redis.now)
        }
    }

    func settleCopies(
        _ batch: AppliedBatch, missions: [MissionID: CommittedMission], in shard: Shard
    ) async throws(HotError) {
        let sessions = batch.sessions
            .filter { $0.status != .active || $0.messageCount > world.policy.hotWindow }
            .sorted { $0.id < $1.id }
        try await repeatable("settle", sessions) { (redis, _, session) in
            let before = redis.hot[session.id]
            redis.settle(session, upTo: batch.cursor, policy: world.policy)
            if let before, let after = redis.hot[session.id] { world.checkSettled(before, after) }
        }
    }

    func touched(_ shard: Shard, offset: Int, limit: Int) async throws(HotError) -> [SessionActivity] {
        try await read("touched") { (redis, _) in
            redis.touched.map { SessionActivity(session: $0.key, lastActivityAt: Timestamp(milliseconds: $0.value)) }
                .sorted { ($0.time, $0.id) < ($1.time, $1.id) }.dropFirst(offset).prefix(limit)
        }.map { $0 }
    }

    func recorded(_ activity: [SessionActivity], mark: Int64, in shard: Shard) async throws(HotError) {
        try await command("recorded") { (redis, run) throws(HotError) in
            try redis.recorded(activity, mark: mark, run: run)
        }
    }

    func time(of shard: Shard) async throws(HotError) -> Timestamp {
        try await read("time") { (redis, _) in Timestamp(milliseconds: redis.now) }
    }

    func admit(_ admission: Admission) async throws(HotError) {
        try await command("admit") { (redis, run) throws(HotError) in
            try redis.admit(admission, run: run, shards: 1)
            world.admitted()
        }
    }
}

// MARK: what the reconciler needs

extension RedisPort: HotCopies {
    /// Sessions that one SCAN finds.
    private static let page = 2

    func close(_ shard: Shard, owner: String) async throws(HotError) -> String {
        try await command("close") { (redis, run) throws(HotError) in
            let mark = "\(run) \(owner)-\(world.effects)"
            try redis.close(owner: owner, mark: mark)
            world.closed()
            return mark
        }
    }

    func tombstones(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([Subject], ScanPlace?) {
        let ids = try await read("tombstones") { (redis, _) in redis.gone.filter { $0.value.expires == nil }.map(\.key)
        }
        return (ids.sorted { $0 < $1 }.map { .session($0) }, nil)
    }

    func sessions(
        of shard: Shard, from place: ScanPlace?
    ) async throws(HotError) -> ([SessionHead], ScanPlace?) {
        let ids = try await read("scan") { (redis, _) in
            redis.hot.keys.filter { $0.description > place?.cursor ?? "" }.sorted { $0 < $1 }
        }
        let page = ids.prefix(Self.page)
        let heads = try await heads(of: Array(page), in: shard)
        return (
            page.compactMap { heads[$0] }, ids.count > page.count ? page.last.map { ScanPlace(cursor: "\($0)") } : nil
        )
    }

    func missions(of shard: Shard, from place: ScanPlace?) async throws(HotError) -> ([MissionHead], ScanPlace?) {
        ([], nil)
    }

    func heads(of sessions: [SessionID], in shard: Shard) async throws(HotError) -> [SessionID: SessionHead] {
        var heads: [SessionID: SessionHead] = [:]
        for id in sessions {
            heads[id] = try await read("head") { (redis, _) in redis.hot[id].map { SessionHead(of: $0.session) } }
        }
        return heads
    }

    func drop(_ sessions: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        for _ in sessions { world.count("dropped") }
        try await changes("drop", sessions.sorted { $0.id < $1.id }) { (redis, _, head) in
            let before = redis.hot[head.id]
            let goesOn = redis.drop(head, mark: mark)
            if let before, redis.hot[head.id] == nil { world.checkDropped(before.session) }
            return goesOn
        }
    }

    func drop(_ missions: [MissionHead], of shard: Shard, mark: String) async throws(HotError) {}

    func dropNumbers(of shard: Shard, mark: String) async throws(HotError) {}

    func copy(of subject: Subject) async throws(HotError) -> HotCopy? {
        guard case .session(let id) = subject else { return nil }
        return try await read("copy") { (redis, _) -> HotCopy? in
            guard let one = redis.hot[id] else {
                return redis.gone[id].map { .deletedSession(id, $0.user, $0.logID) }
            }
            var session = one.session
            if session.status == .active {
                session.abandonsAt = redis.alive[id].map { Timestamp(milliseconds: $0) }
            }
            if session.status == .abandoned {
                session.abandonedAt =
                    redis.abandoned[id].map { Timestamp(milliseconds: $0) } ?? session.updatedAt
            }
            return .session(session, messages: one.messages)
        }
    }

    func raise(_ activity: [SessionHead], of shard: Shard, mark: String) async throws(HotError) {
        for _ in activity { world.count("raised") }
        try await changes("raise", activity) { (redis, _, head) in
            redis.raise(head, mark: mark, policy: world.policy)
        }
    }

    func grant(_ milliseconds: Int64, toDueOf shard: Shard, mark: String) async throws(HotError) {
        let due = try await overdue(\.activity, after: world.policy.abandonAfter - milliseconds, 0, .max)
        guard !due.isEmpty else { return }
        try await changes("grant", [due]) { (redis, _, due) in redis.grant(milliseconds, to: due, mark: mark) }
    }

    func restore(
        _ page: [DurableSession], of shard: Shard, mark: String, readAt: Timestamp, grace: Int64
    ) async throws(HotError) {
        let earliest = readAt.adding(milliseconds: grace)
        try await changes("restore", page) { (redis, _, durable) in
            let ends = durable.session.lastActivityAt.adding(milliseconds: world.policy.abandonAfter)
            let outcome: Hydration
            do throws(HotError) {
                outcome = try redis.hydrate(
                    durable, readAt: readAt.milliseconds, oldest: 3_600_000,
                    abandonsAt: durable.session.status == .active ? max(ends, earliest).milliseconds : nil,
                    fence: .reconciling(mark),
                    policy: world.policy)
            } catch { return false }
            if outcome == .created { world.count("restored") }
            return outcome != .stale
        }
    }
}

extension SessionHead {
    init(of session: UserSession) {
        self.init(
            id: session.id, userID: session.userID, version: session.version, logID: session.logID,
            status: session.status, lastActivityAt: session.lastActivityAt)
    }
}

/// The order of their texts.
extension Identifier: Comparable {
    public static func < (left: Identifier, right: Identifier) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
