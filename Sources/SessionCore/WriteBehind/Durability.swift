import SessionModel
import Synchronization

/// Knows how far each shard's log is committed to SQLite, and lets writers wait for it.
///
/// Hears it from the flusher of this process, and from the channel `flushed` of the others'. What it knows never goes
/// back.
public final class Durability: Sendable {
    /// Writers that may wait at one time, over all connections: more would only queue behind the same commits.
    public static let mostWaiting = 10_000

    private struct Waiter {
        let write: WriteID
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var committed: [Shard: LogID] = [:]
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let state = Mutex(State())
    private let durable: any DurableStore
    private let shards: ShardCount
    private let wakeups: [Wakeup]

    public init(durable: any DurableStore, shards: ShardCount) {
        self.durable = durable
        self.shards = shards
        self.wakeups = shards.all.map { _ in Wakeup() }
    }

    /// Wakes the flusher of a shard.
    func wakeup(of shard: Shard) -> Wakeup { wakeups[Int(shard.number) % wakeups.count] }

    /// Whether the flusher of a shard has somebody to hurry for.
    func isAwaited(_ shard: Shard) -> Bool {
        state.withLock { $0.waiters.values.contains { $0.write.shard == shard } }
    }

    /// Writers that wait, over all shards.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Everything up to `log` is in SQLite.
    public func committed(_ log: LogID, in shard: Shard) {
        let done = state.withLock { state -> [Waiter] in
            guard log > state.committed[shard] ?? .zero else { return [] }
            state.committed[shard] = log
            let done = state.waiters.filter { $0.value.write.shard == shard && $0.value.write.log <= log }
            for key in done.keys { state.waiters[key] = nil }
            return Array(done.values)
        }
        for waiter in done { waiter.continuation.resume(returning: true) }
    }

    /// Whether SQLite has the write, and the newest log entry that it has.
    public func status(of write: WriteID) async throws(SessionError) -> (isDurable: Bool, committed: LogID) {
        guard shards.contains(write.shard) else { throw .notFound }
        do {
            let known = state.withLock { $0.committed[write.shard] } ?? .zero
            let cursor = known >= write.log ? known : try await durable.cursor(of: write.shard)
            committed(cursor, in: write.shard)
            guard cursor >= write.log else { return (false, cursor) }
            return (try await !durable.isLost(write.log, in: write.shard), cursor)
        } catch { throw .unavailable(reason: "the durable tier can't be read", retryAfter: 1) }
    }

    /// Waits until the write is committed to SQLite; false when it is not within `seconds`, when too many wait already, when
    /// the task is cancelled, and when it was lost with the hot tier meanwhile. Otherwise it is accepted either way.
    public func wait(for write: WriteID, seconds: Double) async -> Bool {
        guard await waitForCursor(at: write, seconds: seconds) else { return false }
        return (try? await durable.isLost(write.log, in: write.shard)) == false
    }

    private func waitForCursor(at write: WriteID, seconds: Double) async -> Bool {
        guard shards.contains(write.shard), seconds > 0 else { return false }
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let limit = Duration.milliseconds(Int64(min(seconds, 3600) * 1000))
        // A timer that is over before its writer waits finds nobody: so a writer doesn't begin to wait past it.
        let deadline = ContinuousClock.now + limit
        let timer = Task {
            try? await Task.sleep(for: limit, clock: .continuous)
            self.giveUp(number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if (state.committed[write.shard] ?? .zero) >= write.log { return true }
                    guard state.waiters.count < Self.mostWaiting, !Task.isCancelled, ContinuousClock.now < deadline
                    else { return false }
                    state.waiters[number] = Waiter(write: write, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) } else { wakeup(of: write.shard).call() }
            }
        } onCancel: {
            giveUp(number)
        }
    }

    private func giveUp(_ number: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: false)
    }
}
