import SessionCore
import SessionModel
import SessionTesting

/// One schedule's Redis, SQLite, clock and chance.
///
/// Unchecked: touched by whichever strand runs, and by the schedule while none does; ``Scheduler`` lets one run at a time.
final class World: @unchecked Sendable {
    static let shard = Shard(number: 0)

    let policy: LifecyclePolicy
    let temper: Temper
    var random: SeededGenerator
    let scheduler = Scheduler()

    /// Redis' clock.
    var now: Int64 = 1_800_000_000_000
    /// As the flusher measures it.
    let start: Int64
    let startInstant = ContinuousClock.now

    var redis = SimRedis()
    /// What its file might bring back: the state after each of its changes.
    var journal: [(effect: Int, state: SimRedis)] = []
    var effects = 0
    /// How often it began anew.
    var generation = 0
    var run = "run 0"
    var redisIsBackAt: Int64 = 0

    let sqlite: any DurableEngine
    var sqliteIsBackAt: Int64 = 0
    var backups: [(file: any DurableSnapshot, deletions: Set<Int>)] = []
    /// The cursor never goes back behind this, but by a backup.
    var cursor = LogID.zero
    /// Messages that neither tier has are stood in for only where a backup was put back.
    var wasRestored = false

    /// Redis lost its newest data, or all of it.
    var lostSomething = false
    /// Redis began anew on an older copy of its data.
    var wasSetBack = false

    /// Entries were taken from the log by hand.
    var wasTampered = false

    var history = History()
    var operations = 0
    /// Deletions that SQLite has carried out.
    var durableDeletions: Set<Int> = []
    /// From when on the hot tier took no writes, and until when.
    var outages: [(start: Int64, end: Int64?)] = []
    /// Faults end with the schedule.
    var isCalm = false

    var violations: [String] = []
    var counts: [String: Int] = [:]
    let isTraced: Bool
    var trace: [String] = []

    init(seed: UInt64, sqlite: any DurableEngine, isTraced: Bool) {
        random = SeededGenerator(seed: seed)
        temper = Temper(using: &random)
        policy = temper.policy
        start = now
        self.sqlite = sqlite
        self.isTraced = isTraced
        redis.now = now
        journal.append((0, redis))
    }

    // MARK: words

    func note(_ text: @autoclosure () -> String) {
        if isTraced { trace.append("\(now - start)\t\(text())") }
    }

    func count(_ what: String) { counts[what, default: 0] += 1 }

    func violated(_ what: @autoclosure () -> String) {
        let what = what()
        note("VIOLATED \(what)")
        violations.append(what)
    }

    // MARK: chance

    func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

    // MARK: time

    func advance(_ milliseconds: Int64) {
        now += milliseconds
        redis.now = now
    }

    var instant: ContinuousClock.Instant { startInstant + .milliseconds(now - start) }

    // MARK: Redis

    func connection() -> (generation: Int, run: String) { (generation, run) }

    /// A command, whole. What it changed is kept in the journal.
    func command<Value>(
        _ strand: Strand?, isWrite: Bool, _ body: (inout SimRedis) throws(HotError) -> Value
    ) throws(HotError) -> Value {
        let expired = redis.expire()
        if !expired.sessions.isEmpty || !expired.tombstones.isEmpty { checkExpired(expired) }
        // A script that throws has changed nothing.
        var state = redis
        state.nextNode = history.nodes.count
        let value = try body(&state)
        redis = state
        if isWrite { keep(strand) }
        return value
    }

    private func keep(_ strand: Strand?) {
        effects += 1
        if var node = redis.made {
            redis.made = nil
            node.effect = effects
            node.operation = strand?.operation
            node.at = now
            note(
                "    n\(node.number) \(node.kind) \(node.session.id.short) v\(node.session.version) \(node.session.logID)"
            )
            checkMade(node)
            history.nodes.append(node)
        }
        journal.append((effects, redis))
    }

    /// The process that it runs in has ended, or Redis itself: its connections are broken.
    func restart(to state: SimRedis) {
        generation += 1
        run = "run \(generation)"
        redis = state
        redis.now = now
        redis.made = nil
    }
}

extension SessionID {
    /// Enough to tell them apart in a trace.
    var short: String { "s" + String(high >> 16 & 0xffff) + String(low >> 48 & 0xff) }
}
