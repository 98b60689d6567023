import LoadTesting
import NIOCore

/// One window: warming up, measuring, waiting for the last answers, and for the log to drain.
final class Measurement {
    struct Result: Sendable {
        var recorder: Recorder
        var seconds: Double
        var timeline: [LoadReport.Moment]
        var processes: [LoadReport.Process]
        /// Groups without figures, as a process of theirs has ended.
        var ended: [ProcessGroup]
        var drainSeconds: Double?
    }

    private let engine: Engine
    private let metrics: MetricsPoller
    private let groups: [ProcessGroup]
    private let duration: Double
    private let progress: (LoadReport.Moment?) -> Void
    private var timeline: [LoadReport.Moment] = []
    private var times: [ProcessorTime?] = []
    private var ticking: Scheduled<Void>?
    private var windowStart: UInt64 = 0
    private var windowEnd: UInt64 = 0
    private var lastTick: UInt64 = 0
    private var isOver = false

    /// - Parameter progress: Called each second: with nothing while warming up.
    init(
        _ engine: Engine, _ metrics: MetricsPoller, _ groups: [ProcessGroup], duration: Double,
        progress: @escaping (LoadReport.Moment?) -> Void
    ) {
        self.engine = engine
        self.metrics = metrics
        self.groups = groups
        self.duration = duration
        self.progress = progress
    }

    func run(_ source: any TrafficSource, warmUp: Double) -> EventLoopFuture<Result> {
        let loop = engine.loop
        windowStart = engine.now + UInt64(warmUp * 1e9)
        windowEnd = windowStart + UInt64(duration * 1e9)
        lastTick = windowStart
        engine.window = windowStart..<windowEnd
        engine.begin(source)
        tickAgain(at: warmUp < 1 ? windowStart : engine.now + UInt64(1e9 * warmUp.truncatingRemainder(dividingBy: 1)))
        loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(windowStart)) { [self] in
            engine.answeredInAll = 0
            times = groups.map { $0.time() }
        }
        let promise = loop.makePromise(of: Result.self)
        loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(windowEnd)) { [self] in finish(promise) }
        return promise.futureResult
    }

    private func tickAgain(at time: UInt64) {
        ticking = engine.loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time)) { [self] in
            // One that is due together with the end can't be called off any more.
            guard !isOver else { return }
            tick()
            tickAgain(at: time + 1_000_000_000)
        }
    }

    private func tick() {
        let now = engine.now
        if now > lastTick + 500_000_000, now <= windowEnd + 100_000_000 {
            let seconds = Double(now - lastTick) / 1e9
            let (latency, errors) = engine.recorder.takeInterval()
            var moment = LoadReport.Moment(
                second: (Double(now - windowStart) / 1e7).rounded() / 100,
                perSecond: (Double(latency.count) / seconds).rounded(), errors: errors, latency: latency,
                outstanding: engine.outstanding)
            timeline.append(moment)
            lastTick = now
            moment.lagMilliseconds = metrics.latest?.lag
            progress(moment)
            readMetrics(into: timeline.count - 1)
        } else {
            progress(nil)
            _ = metrics.read()
        }
    }

    /// What they tell of this moment comes later. An answer that is still on its way is an earlier moment's.
    private func readMetrics(into place: Int) {
        guard !metrics.isReading else { return }
        metrics.read().assumeIsolated().whenSuccess { [self] reading in
            timeline[place].lagMilliseconds = reading?.lag
            timeline[place].logEntries = reading?.logEntries
        }
    }

    private func finish(_ promise: EventLoopPromise<Result>) {
        if engine.now > lastTick + 500_000_000 { tick() }
        isOver = true
        ticking?.cancel()
        engine.end(within: LoadLimits.drainSeconds).assumeIsolated().whenComplete { [self] _ in
            drain(since: engine.now) { [self] drainSeconds in
                let seconds = Double(engine.now - windowStart) / 1e9
                let after = groups.map { $0.time() }
                var (processes, ended): ([LoadReport.Process], [ProcessGroup]) = ([], [])
                for (group, (before, after)) in zip(groups, zip(times, after)) {
                    guard let before, let after else {
                        ended.append(group)
                        continue
                    }
                    processes.append(
                        LoadReport.Process(
                            name: group.name, pids: group.pids, time: after - before, requests: engine.answeredInAll,
                            seconds: seconds))
                }
                promise.succeed(
                    Result(
                        recorder: engine.takeRecorder(), seconds: duration, timeline: timeline, processes: processes,
                        ended: ended, drainSeconds: drainSeconds))
            }
        }
    }

    /// Waits until the log is empty. Tells how long that took; nil where nobody knows.
    private func drain(since start: UInt64, _ then: @escaping (Double?) -> Void) {
        metrics.read().assumeIsolated().whenComplete { [self] result in
            let waited = Double(engine.now - start) / 1e9
            guard case .success(let reading?) = result, let entries = reading.logEntries else { return then(nil) }
            if entries == 0 || waited > LoadLimits.logDrainSeconds { return then(waited) }
            engine.loop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { [self] in drain(since: start, then) }
        }
    }
}
