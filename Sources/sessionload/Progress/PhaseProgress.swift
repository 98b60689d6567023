import NIOCore
import Synchronization
import Terminal

/// How far a phase is that has so many requests.
final class PhaseProgress: Sendable {
    private let bar: ProgressBar
    private let isOver = Atomic(false)

    init(_ what: String) { bar = ProgressBar(what, total: nil, unit: "requests") }

    /// Looks five times a second, on the event loop, until everything is done, or given up.
    func watch(_ loop: any EventLoop, _ look: @escaping () -> (done: Int, total: Int)) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { [self] in
            let (done, total) = look()
            guard done < total, !isOver.load(ordering: .relaxed) else { return }
            bar.update(done, of: total)
            watch(loop, look)
        }
    }

    func finish() {
        isOver.store(true, ordering: .relaxed)
        bar.finish()
    }
}
