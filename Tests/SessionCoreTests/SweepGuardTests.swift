import SessionModel
import Testing

@testable import SessionCore

/// Each row: the looks in order, and what comes of each.
@Suite struct SweepGuardTests {
    /// One look: seconds that passed, and what the clocks say beyond that.
    struct Look: Sendable {
        /// Since the look before.
        var seconds: Int64 = 30
        /// By how many seconds the clocks stand from the real time.
        var redis: Int64 = 0
        var wall: Int64 = 0
        var due = 0
        var active = 10_000
        /// When an operator agreed: seconds by Redis' clock, counted from this look.
        var agreed: Int64?
        let expected: Expected

        init(_ expected: Expected) { self.expected = expected }

        func with(_ change: (inout Look) -> Void) -> Look {
            var copy = self
            change(&copy)
            return copy
        }
        func after(_ seconds: Int64) -> Look { with { $0.seconds = seconds } }
        func redis(_ seconds: Int64) -> Look { with { $0.redis = seconds } }
        func both(_ seconds: Int64) -> Look { with { ($0.redis, $0.wall) = (seconds, seconds) } }
        func wall(_ seconds: Int64) -> Look { with { $0.wall = seconds } }
        func due(_ due: Int, of active: Int = 10_000) -> Look { with { ($0.due, $0.active) = (due, active) } }
        func agreed(_ seconds: Int64) -> Look { with { $0.agreed = seconds } }
    }

    enum Expected: Sendable { case go, stepped, apart, crowd }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let looks: [Look]

        init(_ name: String, _ looks: Look...) { (testDescription, self.looks) = (name, looks) }
    }

    private static let (go, stepped, apart, crowd) = (Look(.go), Look(.stepped), Look(.apart), Look(.crowd))
    private static let day: Int64 = 86_400

    static let rows = [
        Row("nothing is wrong", go, go, go.after(3600), go.due(1000), go.due(2000)),
        Row("within the tolerance", go, go.redis(60), go.redis(1), go.redis(-59), go.both(1), go.wall(60)),
        Row("just beyond it", go, stepped.redis(61)),
        Row("and backwards", go, stepped.redis(-61)),
        Row(
            "a step, and back: second-look after the last of them",
            go, stepped.redis(day), apart.redis(day), stepped, stepped.after(569), go.after(31), go),
        Row(
            "a step of both clocks, which agree: right after second-look",
            go, stepped.both(day), stepped.both(day).after(599), go.both(day).after(1), go.both(day)),
        Row("the same backwards", go, stepped.both(-day), go.both(-day).after(600)),
        Row(
            "a second step begins anew",
            go, stepped.both(100), stepped.both(300).after(599), stepped.both(300).after(599), go.both(300).after(1)),
        Row("a paused machine is no step", go, go.after(100_000)),
        Row(
            "clocks apart from the start: no time heals it, setting the clock does",
            apart.redis(day), apart.redis(day).after(100_000), stepped, go.after(600)),
        Row("this process' clock was the wrong one", apart.wall(day), apart.wall(day), apart.after(599), go.after(1)),
        Row("a crowd: as many after second-look", crowd.due(2001), crowd.due(2001).after(599), go.due(2001).after(1)),
        Row(
            "an agreed crowd is moved in as many sweeps as it takes",
            crowd.due(9000), go.due(9000).after(600), go.due(9000), go.due(2500), go.due(0), crowd.due(2001)),
        Row("a crowd that is no more", crowd.due(2001), go.due(10), crowd.due(2001)),
        Row("of a few sessions all may be due", go.due(1000, of: 1000), crowd.due(1001, of: 1001)),
        Row("the bound is a share", go.due(20_000, of: 100_000), crowd.due(20_001, of: 100_000)),
        Row(
            "a step after a crowd was agreed to",
            crowd.due(9000), go.due(9000).after(600), stepped.due(9000).redis(day), apart.due(9000).redis(day)),
        Row(
            "a crowd after a step: one second look for both",
            go, stepped.both(day).due(9000), go.both(day).due(9000).after(600), go.both(day).due(8000)),
        Row("an operator agrees to a crowd", crowd.due(9000), go.due(9000).agreed(-10), go.due(9000).agreed(-40)),
        Row("once", crowd.due(9000), go.due(9000).agreed(-10), go.due(0).agreed(-40), crowd.due(9000).agreed(-70)),
        Row("and again", crowd.due(9000), go.due(9000).agreed(-10), go, crowd.due(9000), go.due(9000).agreed(-10)),
        Row("before it is held", go.due(9000).agreed(-10), go.due(8000)),
        Row("too long ago", crowd.due(9000).agreed(-601), crowd.due(9000).agreed(-631)),
        Row("by a clock that was set back since", crowd.due(9000).agreed(3600)),
        Row("an operator agrees to a step", go, stepped.both(day), go.both(day).agreed(-1), go.both(day)),
        Row(
            "and to clocks that are apart, by as much as they are",
            apart.redis(day), go.redis(day).agreed(-1), go.redis(day), stepped.redis(2 * day), apart.redis(2 * day)),
        Row(
            "until they are set right",
            apart.redis(day), go.redis(day).agreed(-1), stepped, stepped.after(599), go.after(1)),
    ]

    @Test(arguments: rows) func eachLookComesToWhatTheTableSays(_ row: Row) {
        var sweepGuard = SweepGuard(LifecyclePolicy())
        var real: Int64 = 1_795_430_246
        for (number, look) in row.looks.enumerated() {
            real += look.seconds
            let now = Timestamp(milliseconds: (real + look.redis) * 1000)
            // The moment of an agreement, not its distance, tells one from another.
            let agreed = look.agreed.map { now.adding(milliseconds: $0 * 1000) }
            let reason = sweepGuard.judge(
                SweepGuard.Look(
                    now: now, wall: Timestamp(milliseconds: (real + look.wall) * 1000),
                    monotonic: (real - 1_000_000) * 1000,
                    census: SweepCensus(active: look.active, due: look.due, agreedAt: agreed)))
            let found: Expected =
                switch reason {
                case nil: .go
                case .stepped: .stepped
                case .apart: .apart
                case .crowd: .crowd
                }
            #expect(found == look.expected, "look \(number + 1)")
        }
    }

    /// Whatever Redis calls its time.
    @Test func noClockOverflows() {
        for extreme in [Int64.min, .max] {
            var sweepGuard = SweepGuard(LifecyclePolicy())
            for milliseconds in [0, extreme, 0, extreme] {
                _ = sweepGuard.judge(
                    SweepGuard.Look(
                        now: Timestamp(milliseconds: milliseconds), wall: Timestamp(milliseconds: 1),
                        monotonic: 1,
                        census: SweepCensus(
                            active: .max, due: .max, agreedAt: Timestamp(milliseconds: .min))))
            }
        }
    }
}
