import Glibc
import SessionCore
import SessionTesting

/// What a schedule is like: which faults come, how often, and how the service is set up. Most schedules know few kinds of
/// trouble, so that each meets calm enough to get somewhere.
struct Temper {
    enum Trouble: CaseIterable {
        case restart, lostSuffix, oldSnapshot, flushAll
        case logDeleted, logTrimmed
        case redisAway, sqliteAway
        case flusherKilled, flusherPaused, clientPaused
        case backup, restore
        case poison

        /// It takes something from Redis.
        var isLoss: Bool { [.lostSuffix, .oldSnapshot, .flushAll].contains(self) }
    }

    /// Times that something goes on, each up to its next call of a tier.
    let length: Int
    let troubles: [Trouble]
    /// Shares of one.
    let troubleShare: Double
    let redisFaults: Double
    let sqliteFaults: Double
    /// Whether whoever went on last does so again.
    let stickiness: Double
    let newClient: Double
    let mostClients: Int
    let mostSessions: Int
    let sweeps: Bool
    let batch: Int
    let policy: LifecyclePolicy
    /// Milliseconds that go by between two steps, at most.
    let pace: Int64
    /// Share of steps before which a long time goes by: one that something depends on.
    let leaps: Double
    static let leapLengths: [Int64] = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000]

    init(using random: inout SeededGenerator) {
        length = Int.random(in: 100...600, using: &random)
        let without = getenv("WITHOUT").map { String(cString: $0) } ?? "logDeleted,logTrimmed,both"
        let chosen = Trouble.allCases.filter { !without.contains("\($0)") }.shuffled(using: &random).prefix(
            [0, 1, 2, 3, 5, 14].randomElement(using: &random) ?? 1
        )
        // What both tiers have lost, nobody promises.
        let isOne = without.contains("both") && chosen.contains(.restore)
        troubles = chosen.filter { !isOne || !$0.isLoss }
        troubleShare = [0.01, 0.03, 0.08].randomElement(using: &random) ?? 0.03
        redisFaults = [0, 0, 0.01, 0.05, 0.15].randomElement(using: &random) ?? 0
        sqliteFaults = [0, 0, 0.01, 0.05, 0.15].randomElement(using: &random) ?? 0
        stickiness = [0, 0.5, 0.8, 0.95].randomElement(using: &random) ?? 0.5
        newClient = [0.05, 0.15, 0.3].randomElement(using: &random) ?? 0.15
        mostClients = Int.random(in: 1...4, using: &random)
        mostSessions = Int.random(in: 1...4, using: &random)
        sweeps = Bool.random(using: &random)
        batch = [1, 2, 4, 1000].randomElement(using: &random) ?? 4
        pace = [0, 2, 10, 100].randomElement(using: &random) ?? 2
        leaps = [0, 0.01, 0.03, 0.06].randomElement(using: &random) ?? 0
        var policy = LifecyclePolicy()
        policy.abandonAfter = [20_000, 60_000].randomElement(using: &random) ?? 20_000
        policy.archiveAfter = [30_000, 120_000].randomElement(using: &random) ?? 30_000
        policy.deleteAfter = [nil, nil, 40_000].randomElement(using: &random) ?? nil
        policy.sweepInterval = 5_000
        policy.hotLinger = LifecyclePolicy.shortestLinger
        policy.hotWindow = Int.random(in: 1...4, using: &random)
        self.policy = policy
    }
}
