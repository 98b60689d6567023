import SessionModel
import SessionTesting

/// Something that happens to a stack under load. To add one: a type, and its line in ``Faults/all(long:)``.
protocol CrashFault: Sendable {
    /// On the command line and in the table.
    var name: String { get }
    var setup: Setup { get }
    /// Why it can't be tried on this machine; nil: it can.
    func obstacle() -> String?
    /// Does it, and brings back what it took away. The load goes on meanwhile.
    func strike(_ site: Site, _ generator: inout SeededGenerator) async throws -> Strike
}

extension CrashFault {
    var setup: Setup { .single }
    func obstacle() -> String? { nil }
}

struct Strike: Sendable {
    /// As ``Site/faultEnds()`` told.
    var ended: Instant
    /// Nil: nothing that was acknowledged may be lost.
    var loss: Loss?

    init(ended: Instant, loss: Loss? = nil) {
        self.ended = ended
        self.loss = loss
    }
}

enum Faults {
    /// - Parameter long: those that last, last as long as they would in life.
    static func all(long: Bool) -> [any CrashFault] {
        let seconds: Double = long ? 30 : 3
        let losses: [any CrashFault] = [CutAppendOnlyFile(), RestoreRedis(), FlushAll()]
        return [KillService(), KillRedis(), KillBoth(), TerminateService()] + DieAtFailPoint.all
            + [KillFlusherOfTwo(), StopFlusher()] + StopAtFailPoint.all
            + losses + losses.map { KilledWhileRecovering(first: $0) }
            + [StopRedis(), StepClock(), LockSQLite(seconds: seconds), FillDisk(seconds: seconds)]
    }
}

extension SeededGenerator {
    /// A pause, such as what restarts a process takes before it does.
    mutating func pause(milliseconds range: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: range, using: &self)))
    }
}
