import NIOCore

/// An event loop as the executor that a request's task prefers, so that all of the request stays on its connection's
/// loop. The task itself begins at once (`Task.immediate`), within the read that brought it; only what resumes after a
/// suspension is queued here.
final class LoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
