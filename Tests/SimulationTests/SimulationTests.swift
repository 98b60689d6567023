import Glibc
import SessionTesting
import Testing

/// The real flusher, takeover, reconciliation, quarantine, sweep and use cases, in random schedules against tiers in
/// memory that fail in every way that `durability.md` names. A seed is a schedule: a failure prints its seed and its steps.
@Suite struct SimulationTests {
    @Test(.timeLimit(.minutes(180))) func nothingIsLostOrRepeatedInAnySchedule() {
        let count = getenv("SIMULATE").flatMap { Int(String(cString: $0)) } ?? 300
        let first = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
        var counts: [String: Int] = [:]
        var failed = 0
        let clock = ContinuousClock.now
        for seed in first..<first + UInt64(count) {
            let outcome = Schedule.run(seed)
            for (what, count) in outcome.counts { counts[what, default: 0] += count }
            guard !outcome.violations.isEmpty else { continue }
            failed += 1
            if failed <= 3 {
                let traced = Schedule.run(seed, isTraced: true)
                print("SEED=\(seed)\n" + traced.trace.joined(separator: "\n"))
            }
            Issue.record("seed \(seed): \(outcome.violations.joined(separator: "; "))")
        }
        print("\(count) schedules, \(failed) failed, \(ContinuousClock.now - clock)")
        for (what, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(count)\t\(what)") }
    }
}
