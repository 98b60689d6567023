import SessionModel
import Synchronization

@testable import SessionCore

/// One seed's run: strands go on one at a time in a random order, trouble comes between them, and then everything comes to
/// rest and is looked at.
final class Schedule {
    struct Outcome: Sendable {
        var seed: UInt64
        var violations: [String]
        var counts: [String: Int]
        var trace: [String]
    }

    let world: World
    private let seed: UInt64
    private var flushers: [Strand] = []
    private var sweeps: [Strand] = []
    private var clients: [Strand] = []
    private var last: Strand?
    private var users: [UserID]
    private var named = 0
    /// Processes whose end is known to others: they ran on the same machine.
    private let gone = Names()

    private final class Names: Sendable {
        private let names = Mutex<Set<String>>([])
        func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
        func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
    }

    private init(_ seed: UInt64, _ sqlite: any DurableEngine, isTraced: Bool) {
        self.seed = seed
        world = World(seed: seed, sqlite: sqlite, isTraced: isTraced)
        users = ["a", "b"].compactMap { UserID($0) }
    }

    static func run(_ seed: UInt64, on sqlite: any DurableEngine = RowsEngine(), isTraced: Bool = false) -> Outcome {
        let schedule = Schedule(seed, sqlite, isTraced: isTraced)
        schedule.run()
        let world = schedule.world
        return Outcome(seed: seed, violations: world.violations, counts: world.counts, trace: world.trace)
    }

    private func run() {
        world.note("troubles: \(world.temper.troubles), \(world.temper)")
        world.beginOutage()
        for _ in 0..<2 { flushers.append(newFlusher()) }
        if world.temper.sweeps { for _ in 0..<2 { sweeps.append(newSweep()) } }
        for _ in 0..<world.temper.length { step() }
        rest()
        for strand in flushers + sweeps + clients { kill(strand) }
        world.count("steps")
    }

    // MARK: steps

    private var awake: [Strand] {
        (flushers + sweeps + clients).filter { !$0.isFinished && $0.wakesAt <= world.now }
    }

    private func step() {
        if world.temper.pace > 0 { world.advance(world.pick(0...world.temper.pace)) }
        if world.chance(world.temper.leaps) {
            world.advance((world.pick(Temper.leapLengths) ?? 0) + world.pick(0...500))
        }
        if world.chance(world.temper.troubleShare), let trouble = world.pick(world.temper.troubles) { cause(trouble) }
        clients.removeAll(where: \.isFinished)
        if clients.count < world.temper.mostClients, world.chance(world.temper.newClient) { newClient() }
        goOn()
    }

    private func goOn() {
        if let last, !last.isFinished, last.wakesAt <= world.now, world.chance(world.temper.stickiness) {
            return world.scheduler.resume(last)
        }
        guard let strand = world.pick(awake) else {
            // Nobody has anything to do before the first of them wakes.
            let next = (flushers + sweeps + clients).filter { !$0.isFinished }.map(\.wakesAt).min()
            if let next { world.advance(max(0, next - world.now)) }
            return
        }
        last = strand
        world.scheduler.resume(strand)
    }

    /// Its process ends in the middle of what it does.
    private func kill(_ strand: Strand) {
        strand.isDead = true
        while !strand.isFinished { world.scheduler.resume(strand) }
    }

    private func newFlusher() -> Strand {
        named += 1
        return world.flusher("f\(named)") { [gone] in gone.contains($0) }
    }

    private func newSweep() -> Strand {
        named += 1
        return world.sweep("w\(named)")
    }

    // MARK: clients

    private func newClient() {
        let known = Set(world.history.nodes.map(\.session.id)).sorted { $0 < $1 }
        let living = known.filter { world.redis.hot[$0] != nil || world.durableState(of: $0) != nil }
        let session = world.pick(living)
        var wish = Client.Wish.create
        if session != nil, living.count >= world.temper.mostSessions || world.chance(0.85) { wish = newWish() }
        named += 1
        let strand = Strand("c\(named)", connection: world.connection())
        let key = world.chance(0.5) ? Idempotency(keyHash: "k\(named)", bodyHash: "b\(named)") : nil
        var condition = VersionCondition.any
        if let session, let version = world.redis.hot[session]?.session.version, world.chance(0.2) {
            condition = .oneOf([version])
        }
        let user = session.flatMap { id in world.history.nodes.first { $0.session.id == id }?.session.userID }
        let client = Client(
            world: world, strand: strand, user: user ?? users[named % users.count], wish: wish, session: session,
            key: key, condition: condition)
        world.note("\(strand.name) wants \(wish) of \(session?.short ?? "-")\(key == nil ? "" : ", with a key")")
        world.scheduler.start(strand) {
            await strand.point("asks")
            await client.run()
        }
        clients.append(strand)
    }

    private func newWish() -> Client.Wish {
        switch world.pick(0...99) {
        case 0..<45:
            let count = world.pick(1...2)
            return .append((0..<count).map { "\(named)-\($0)" })
        case 45..<60: return .touch
        case 60..<72: return .load(touching: world.chance(0.5))
        case 72..<80: return .move(.complete)
        case 80..<86: return .move(.resume)
        case 86..<90: return .move(.archive)
        case 90..<93: return .move(.use)
        default: return .delete
        }
    }

    // MARK: trouble

    private func cause(_ trouble: Temper.Trouble) {
        world.count("\(trouble)")
        world.note("*** \(trouble)")
        switch trouble {
        case .restart: world.restart(to: world.redis)
        case .lostSuffix: fall(back: world.pick(1...12))
        case .oldSnapshot:
            fall(back: world.pick(12...200))
            world.wasSetBack = true
        case .flushAll: flushAll()
        case .logDeleted:
            tamper { $0.log = nil }
        case .logTrimmed:
            let count = Int(world.pick(1...5))
            tamper { redis in redis.log = redis.log.map { $0.without(first: count) } }
        case .redisAway: world.redisIsBackAt = world.now + world.pick(1...15_000)
        case .sqliteAway: world.sqliteIsBackAt = world.now + world.pick(1...15_000)
        case .flusherKilled: killFlusher()
        case .flusherPaused: world.pick(flushers)?.wakesAt = world.now + world.pick(5_000...25_000)
        case .clientPaused: world.pick(clients)?.wakesAt = world.now + world.pick(500...12_000)
        case .backup: backUp()
        case .restore: restore()
        case .poison: poison()
        }
    }

    /// Redis comes back without its last changes.
    private func fall(back count: Int64) {
        let state = world.journal[max(0, world.journal.count - 1 - Int(count))]
        world.journal.removeAll { $0.effect > state.effect }
        world.restart(to: state.state)
        world.beginOutage()
        world.redisLost()
    }

    private func flushAll() {
        var empty = SimRedis()
        empty.now = world.now
        world.redis = empty
        world.effects += 1
        world.journal.append((world.effects, empty))
        world.beginOutage()
        world.redisLost()
    }

    private func tamper(_ change: (inout SimRedis) -> Void) {
        world.wasTampered = true
        change(&world.redis)
        world.effects += 1
        world.journal.append((world.effects, world.redis))
    }

    private func killFlusher() {
        guard let index = flushers.indices.randomElement(using: &world.random) else { return }
        kill(flushers[index])
        if world.chance(0.5) { gone.insert(flushers[index].name) }
        flushers[index] = newFlusher()
    }

    private func backUp() {
        guard let file = try? world.sqlite.snapshot() else { return }
        world.backups.append((file, world.durableDeletions))
    }

    /// An operator stops everything, puts a backup back, and starts everything.
    private func restore() {
        guard let backup = world.pick(world.backups) else { return }
        for strand in flushers + sweeps + clients { kill(strand) }
        for strand in flushers { gone.insert(strand.name) }
        guard (try? world.sqlite.restore(backup.file)) != nil else { return }
        world.durableDeletions = backup.deletions
        world.cursor = (try? world.sqlite.cursor()) ?? .zero
        world.sqliteLost()
        flushers = flushers.map { _ in newFlusher() }
        sweeps = sweeps.map { _ in newSweep() }
        clients = []
    }

    /// An entry that nobody can apply.
    private func poison() {
        guard world.redis.run == world.run else { return }
        let hot = world.redis.hot.values.map(\.session).sorted { $0.id < $1.id }
        var fields = [LogEntry.Field("op", "append")]
        if let session = world.pick(hot) {
            fields += [.init("sid", "\(session.id)"), .init("user_id", session.userID.text)]
            if world.chance(0.5) { fields.append(.init("what", "is this")) }
            fields += [
                .init("version", session.version + 7), .init("at", world.now), .init("last_activity_at", world.now),
            ]
        }
        world.effects += 1
        _ = world.redis.add(fields)
        world.journal.append((world.effects, world.redis))
    }

    // MARK: the end

    /// No more faults: clients finish, sweeps end, and flushers go on until there is nothing left to do. Then others take
    /// over from them.
    private func rest() {
        world.note("--- rest")
        world.isCalm = true
        world.redisIsBackAt = 0
        world.sqliteIsBackAt = 0
        goOn(atMost: 20_000) { self.clients.allSatisfy(\.isFinished) }
        for strand in sweeps { kill(strand) }
        sweeps = []
        settleDown()
        // What was done to the log by hand, or to SQLite, is seen at the next start.
        if !world.wasTampered, !world.wasRestored { world.checkAtRest("at rest") }
        guard world.violations.isEmpty else { return }
        world.note("--- others take over")
        for strand in flushers { kill(strand) }
        flushers = [newFlusher()]
        settleDown()
        world.checkAtRest("after a start")
    }

    /// Longer than a lease, than activity waits, and than quarantine is left alone.
    private func settleDown() {
        let end = world.now + 35_000
        goOn(atMost: 40_000) { world.now > end }
        goOn(atMost: 20_000) { flushers.allSatisfy { $0.place == "between turns" } }
    }

    private func goOn(atMost limit: Int, until isOver: () -> Bool) {
        for _ in 0..<limit where !isOver() {
            clients.removeAll(where: \.isFinished)
            if awake.isEmpty { world.advance(100) }
            guard let strand = world.pick(awake) else { continue }
            world.scheduler.resume(strand)
        }
        if !isOver() { world.violated("it does not come to rest") }
    }
}
