import FoundationEssentials
import LoadTesting
import NIOCore
import NIOPosix

/// A run from its sessions' making to its report.
struct LoadRun {
    private let options: Run
    private let workload: Workload
    private let target: LoadTarget
    private let metrics: MetricsAddress?
    private let groups: [ProcessGroup]
    private let population: Population
    private let startedAt = Date()
    private static let closedLoopConnections = 32

    /// What lives on the event loop.
    private struct Parts {
        let engine: Engine
        let metrics: MetricsPoller
    }

    init(_ options: Run, _ workload: Workload, secret: String) throws {
        guard let target = LoadTarget(options.target) else { throw LoadFailure("no target") }
        self.options = options
        self.workload = workload
        self.target = target
        metrics = options.metrics.flatMap { MetricsAddress($0) }
        let named = options.cpu.compactMap { ProcessGroup($0) }
        let found = named.isEmpty && target.isLocal ? ProcessGroup.found() : named
        // In the order in which a request meets them.
        let order = ["nginx", "sessiond", "redis"]
        let sorted = found.sorted {
            (order.firstIndex(of: $0.name) ?? 3, $0.name) < (order.firstIndex(of: $1.name) ?? 3, $1.name)
        }
        groups = sorted + [ProcessGroup(name: "sessionload", pids: [ProcessInfo.processInfo.processIdentifier])]
        let signer = LoadToken(secret: secret, issuer: options.issuer, audience: options.audience)
        let now = Int(startedAt.timeIntervalSince1970)
        var population = Population(users: workload.users, run: "\(options.seed)-\(String(now, radix: 36))") {
            signer.token(user: $0, now: now)
        }
        population.areAbandoned = workload.visits != nil
        self.population = population
    }

    func run() async throws -> LoadReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let limit =
            options.connections ?? (mode == .closed ? Self.closedLoopConnections : LoadLimits.openLoopConnections)
        let parts = try await loop.submit { [self] in
            let engine = Engine(
                population, workload, target: target, connections: limit, multiplex: options.multiplex,
                seed: options.seed, loop: loop)
            let poller = MetricsPoller(metrics?.target ?? target, path: metrics?.path ?? "/metrics", loop: loop)
            return NIOLoopBound(Parts(engine: engine, metrics: poller), eventLoop: loop)
        }.get()
        do {
            let report = try await run(parts, loop, limit)
            await close(parts, group)
            return report
        } catch {
            await close(parts, group)
            throw error
        }
    }

    private func close(_ parts: NIOLoopBound<Parts>, _ group: MultiThreadedEventLoopGroup) async {
        try? await group.next().submit {
            parts.value.engine.close()
            parts.value.metrics.close()
        }.get()
        try? await group.shutdownGracefully()
    }

    private enum Mode: String {
        case open
        case closed
        case people
        case storm
    }

    private var mode: Mode {
        if workload.visits != nil { return .people }
        if workload.storm != nil { return .storm }
        return options.rate == nil ? .closed : .open
    }

    private func run(
        _ parts: NIOLoopBound<Parts>, _ loop: any EventLoop, _ limit: Int
    ) async throws -> LoadReport {
        try await setUp(parts, loop)
        var search: LoadReport.Search?
        var rate = options.rate
        var searched: [Recorder] = []
        // A search has both loops: the closed one comes first.
        let openLimit = options.connections ?? LoadLimits.openLoopConnections
        if options.findMax {
            let found = try await MaximumSearch(p99Below: options.p99Below, duration: options.duration).run {
                rate, seconds in
                let result = try await measure(
                    parts, loop, rate: rate, rate == nil ? limit : openLimit, seconds: seconds,
                    warmUp: min(options.warmUp, 2))
                searched.append(result.recorder)
                return result
            }
            search = found
            rate = found.rate ?? found.steps.map(\.rate).min()
        }
        let limit = rate == nil ? limit : openLimit
        let result = try await measure(
            parts, loop, rate: rate, limit, seconds: options.duration, warmUp: options.warmUp)
        let compared = try await compare(parts, loop)
        var report = report(result, rate: rate, limit)
        report.comparedSessions = compared.count
        report.search = search
        // A rate that doesn't hold is no fault; a wrong answer is one at any rate.
        for recorder in searched { addViolations(of: recorder, to: &report) }
        addViolations(of: compared.recorder, to: &report)
        if options.cleanUp { addViolations(of: try await remove(parts, loop).recorder, to: &report) }
        return report
    }

    private func addViolations(of recorder: Recorder, to report: inout LoadReport) {
        report.errors += recorder.violations
        for (kind, count) in recorder.counts { report.violations[kind.rawValue, default: 0] += count }
        report.firstViolations = Array(
            (report.firstViolations + recorder.shown).prefix(LoadLimits.shownViolations))
    }

    private func setUp(_ parts: NIOLoopBound<Parts>, _ loop: any EventLoop) async throws {
        let progress = PhaseProgress("making sessions")
        try await loop.flatSubmit { [workload] in
            let engine = parts.value.engine
            let source = SetUp(workload)
            engine.isClosedLoop = true
            progress.watch(loop) { (source.done, source.total) }
            return engine.run(source, isStrict: true)
        }.get()
        progress.finish()
    }

    private func measure(
        _ parts: NIOLoopBound<Parts>, _ loop: any EventLoop, rate: Double?, _ limit: Int, seconds: Double,
        warmUp: Double
    ) async throws -> Measurement.Result {
        let progress = RunProgress(workload.name, rate: rate, seconds: seconds)
        defer { progress.finish() }
        return try await loop.flatSubmit { [self] in
            let engine = parts.value.engine
            let source = source(rate: rate, limit)
            engine.isClosedLoop = source is ClosedLoop
            engine.pool.limit = limit
            let poller = parts.value.metrics
            let measurement = Measurement(engine, poller, groups, duration: seconds) { progress.show($0, engine) }
            return measurement.run(source, warmUp: warmUp)
        }.get()
    }

    private func source(rate: Double?, _ limit: Int) -> any TrafficSource {
        if let visits = workload.visits { return VisitLoop(visits, seed: options.seed) }
        let open = rate.map { OpenLoop(workload, rate: $0, seed: options.seed) }
        if let storm = workload.storm { return StormLoop(storm, beside: open, seed: options.seed) }
        if let open { return open }
        var asked = workload
        // A search asks how much there is, not what people leave.
        if options.findMax { asked.thinkTime = .fixed(0) }
        return ClosedLoop(asked, slots: limit * options.multiplex, seed: options.seed)
    }

    private func compare(
        _ parts: NIOLoopBound<Parts>, _ loop: any EventLoop
    ) async throws -> (count: Int, recorder: Recorder) {
        try await sweep(parts, loop, "comparing chats") { SessionSweep.comparing($0) }
    }

    private func remove(
        _ parts: NIOLoopBound<Parts>, _ loop: any EventLoop
    ) async throws -> (count: Int, recorder: Recorder) {
        try await sweep(parts, loop, "deleting sessions") { SessionSweep(.remove, Array($0.sessions.indices)) }
    }

    private func sweep(
        _ parts: NIOLoopBound<Parts>, _ loop: any EventLoop, _ what: String,
        _ make: @escaping @Sendable (Population) -> SessionSweep
    ) async throws -> (count: Int, recorder: Recorder) {
        let progress = PhaseProgress(what)
        defer { progress.finish() }
        let count = try await loop.flatSubmit {
            let engine = parts.value.engine
            engine.window = 0..<0
            engine.isClosedLoop = true
            let source = make(engine.population)
            let count = source.count
            progress.watch(loop) { (count - source.left, count) }
            return engine.run(source, isStrict: false).map { count }
        }.get()
        let recorder = try await loop.submit { parts.value.engine.takeRecorder() }.get()
        return (count, recorder)
    }

    private func report(_ result: Measurement.Result, rate: Double?, _ limit: Int) -> LoadReport {
        let mode = options.findMax && rate != nil ? Mode.open : mode
        let settings = LoadReport.Settings(
            target: target.description, workload: workload, mode: mode.rawValue, rate: rate, connections: limit,
            multiplex: options.multiplex, seed: options.seed, warmUpSeconds: options.warmUp,
            durationSeconds: result.seconds, startedAt: startedAt,
            processors: ProcessInfo.processInfo.activeProcessorCount)
        func row(_ name: String, _ latency: LatencyFigures) -> LoadReport.Row {
            LoadReport.Row(
                operation: name, perSecond: (Double(latency.count) / result.seconds * 10).rounded() / 10,
                latency: latency)
        }
        var report = LoadReport(settings: settings, total: row("all", result.recorder.total))
        report.operations = result.recorder.figures.map { row($0.0.rawValue, $0.1) }
        report.timeline = result.timeline
        report.processes = result.processes
        for group in result.ended { Notice.put("a process of \(group.name) has ended: no CPU figures of it") }
        report.errors = result.recorder.errors
        report.notSent = result.recorder.notSent
        report.violations = Dictionary(
            uniqueKeysWithValues: result.recorder.counts.map { ($0.key.rawValue, $0.value) })
        report.firstViolations = result.recorder.shown
        report.drainSeconds = result.drainSeconds
        return report
    }
}
