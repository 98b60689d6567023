import Logging
import Metrics
import SessionModel
import Synchronization

/// Whoever moves sessions of a shard because their time is up asks here first: the sweep, and hints. Looks at the clocks and
/// at how many are due, lets ``SweepGuard`` decide, and tells people while nothing may be moved: in the log (once), in a
/// metric, and where readiness is shown. A request that meets a due session doesn't ask: that is one session, and its
/// person is there.
public final class SweepWatch: Sendable {
    public struct Clocks: Sendable {
        public var wall: @Sendable () -> Timestamp
        public var monotonic: @Sendable () -> ContinuousClock.Instant

        public init(
            wall: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> ContinuousClock.Instant
        ) {
            self.wall = wall
            self.monotonic = monotonic
        }

        public static let system = Clocks(wall: { .now }, monotonic: { .now })
    }

    private struct State {
        var sweepGuard: SweepGuard
        var reason: SweepGuard.Reason?
        /// When the last look began.
        var looked: ContinuousClock.Instant?
    }

    let shard: Shard
    private let index: any LifecycleIndex
    private let policy: LifecyclePolicy
    private let readiness: Readiness
    private let clocks: Clocks
    private let logger: Logger
    private let gauge: Gauge
    private let began: ContinuousClock.Instant
    private let state: Mutex<State>

    public init(
        shard: Shard, index: any LifecycleIndex, policy: LifecyclePolicy, readiness: Readiness,
        clocks: Clocks = .system, logger: Logger
    ) {
        var logger = logger
        logger[metadataKey: "shard"] = "\(shard.number)"
        self.shard = shard
        self.index = index
        self.policy = policy
        self.readiness = readiness
        self.clocks = clocks
        self.logger = logger
        gauge = SessionMetrics.sweepHeld(shard)
        gauge.record(0)
        began = clocks.monotonic()
        state = Mutex(State(sweepGuard: SweepGuard(policy)))
        readiness.set(dependency, isReady: true, "looks for sessions whose time is up")
    }

    /// How the sweep is called where readiness is shown.
    private var dependency: String { "sweep \(shard.number)" }

    var now: ContinuousClock.Instant { clocks.monotonic() }

    /// Whether what was found due before this call may be moved. Asked again for everything that is found later: the clock
    /// may be set at any moment.
    func mayGoOn() async throws(HotError) -> Bool {
        let start = clocks.monotonic()
        let now = try await index.time(of: shard)
        // At once: the guard takes them for the same moment.
        let (wall, monotonic) = (clocks.wall(), clocks.monotonic())
        let census = try await index.census(of: shard, at: now)
        let look = SweepGuard.Look(
            now: now, wall: wall, monotonic: began.duration(to: monotonic).milliseconds, census: census)
        return state.withLock { state in
            let before = state.reason
            state.reason = state.sweepGuard.judge(look)
            state.looked = start
            tell(state.reason, before)
            return state.reason == nil
        }
    }

    /// The same, for what was heard at `moment`: many that were heard at once are looked at once.
    func mayGoOn(heardAt moment: ContinuousClock.Instant) async throws(HotError) -> Bool {
        let known: Bool? = state.withLock { state in
            guard let looked = state.looked, looked > moment else { return nil }
            return state.reason == nil
        }
        if let known { return known }
        return try await mayGoOn()
    }

    private func tell(_ reason: SweepGuard.Reason?, _ before: SweepGuard.Reason?) {
        guard let reason else {
            if before != nil {
                gauge.record(0)
                readiness.warn(dependency, nil)
                logger.notice("the sweep goes on")
            }
            return
        }
        readiness.warn(dependency, "nothing is abandoned, archived or deleted: \(reason); \(reason.remedy)")
        guard before == nil else { return }
        gauge.record(1)
        logger.error(
            "the sweep is held: it abandons, archives and deletes nothing",
            metadata: [
                "reason": "\(reason)", "to_do": "\(reason.remedy)", "second_look_ms": "\(policy.secondLook)",
            ])
    }
}

extension SweepGuard.Reason: CustomStringConvertible {
    var description: String {
        switch self {
        case .stepped(let milliseconds): "Redis' clock was set by \(Self.seconds(milliseconds)) s"
        case .apart(let milliseconds): "Redis' clock stands \(Self.seconds(milliseconds)) s from this process'"
        case .crowd(let due, let active, let bound):
            "\(due) of \(active) active sessions are due at once, more than the bound of \(bound)"
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .stepped:
            "look whether it is right now: if so it goes on by itself after lifecycle.second-look, or at once by sessionctl sweep allow"
        case .apart:
            "set the clock that is wrong: it goes on lifecycle.second-look after that, or at once by sessionctl sweep allow"
        case .crowd:
            "look for the reason: it goes on by itself after lifecycle.second-look, or at once by sessionctl sweep allow"
        }
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        (milliseconds < 0 ? "-" : "+") + String((milliseconds.magnitude &+ 500) / 1000)
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000
    }
}
