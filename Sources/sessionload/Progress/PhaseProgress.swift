import NIOCore
import Terminal

/// How far a phase is whose end is known.
final class PhaseProgress: Sendable {
    private let bar: ProgressBar

    init(_ what: String) { bar = ProgressBar(what, total: nil, unit: "requests") }

    /// Looks five times a second, on the event loop, until everything is done.
    func watch(_ loop: any EventLoop, _ look: @escaping () -> (done: Int, total: Int)) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { [self] in
            let (done, total) = look()
            guard done < total else { return }
            bar.update(done, of: total)
            watch(loop, look)
        }
    }

    func finish() { bar.finish() }
}
