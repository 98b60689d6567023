import Dispatch
import Synchronization

/// Runs strands one at a time, each from one ``Strand/point(_:)`` to the next, on the thread that calls ``resume(_:)``.
///
/// Unchecked: what is not constant is behind the mutex.
final class Scheduler: TaskExecutor, @unchecked Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var isRunning = false
        var isWaiting = false
    }

    private let state = Mutex(State())
    private let wakeups = DispatchSemaphore(value: 0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        change { $0.jobs.append(job) }
    }

    /// Begins a strand: it runs up to its first point.
    func start(_ strand: Strand, _ body: @escaping @Sendable () async -> Void) {
        state.withLock { $0.isRunning = true }
        strand.scheduler = self
        Task(executorPreference: self) {
            await body()
            strand.isFinished = true
            self.yielded()
        }
        run()
    }

    /// Lets a strand go on, up to its next point or its end.
    func resume(_ strand: Strand) {
        guard let continuation = strand.continuation else { return }
        strand.continuation = nil
        state.withLock { $0.isRunning = true }
        continuation.resume()
        run()
    }

    /// The strand that ran waits, or has ended.
    fileprivate func yielded() { change { $0.isRunning = false } }

    private func change(_ body: (inout State) -> Void) {
        let isWaiting = state.withLock { state in
            body(&state)
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if isWaiting { wakeups.signal() }
    }

    /// What a strand waits for may run elsewhere: a task that it started is on the runtime's own threads.
    private func run() {
        enum Next {
            case job(UnownedJob)
            case wait, done
        }
        while true {
            let next = state.withLock { state -> Next in
                if !state.jobs.isEmpty { return .job(state.jobs.removeFirst()) }
                guard state.isRunning else { return .done }
                state.isWaiting = true
                return .wait
            }
            switch next {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .wait: wakeups.wait()
            case .done: return
            }
        }
    }
}

/// Something that goes on by itself: a flusher, a client, a sweep.
///
/// Unchecked: touched by whichever strand runs, and by the schedule while none does.
final class Strand: @unchecked Sendable {
    let name: String
    /// Not scheduled before this time.
    var wakesAt: Int64 = 0
    /// Its process was killed: whatever it still tries fails and does nothing.
    var isDead = false
    var isFinished = false
    /// What it waits for to be allowed.
    fileprivate(set) var place = ""
    /// The operation of a client that is under way.
    var operation: Int?
    /// The server that its connection leads to.
    var connection: (generation: Int, run: String)
    fileprivate var continuation: UnsafeContinuation<Void, Never>?
    fileprivate weak var scheduler: Scheduler?

    init(_ name: String, connection: (generation: Int, run: String)) {
        self.name = name
        self.connection = connection
    }

    /// Others may come first.
    func point(_ place: String) async {
        self.place = place
        await withUnsafeContinuation { continuation in
            self.continuation = continuation
            scheduler?.yielded()
        }
    }
}
