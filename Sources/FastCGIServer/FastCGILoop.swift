import FastCGI
import Logging
import NIOCore
import Synchronization

/// Everything of the server that lives on one event loop: its responder, its connections, its clock.
///
/// `@unchecked Sendable`: the counters are atomic, the constants constant, and the rest is touched on the loop only.
final class FastCGILoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    let responder: any FastCGIResponder
    let limits: FastCGILimits
    let logger: Logger
    /// This loop's share of ``FastCGILimits/requestsInFlight``.
    let requestLimit: Int

    let openConnections = Atomic(0)
    let requestsInFlight = Atomic(0)

    /// The time of the last tick: time-outs are counted in ticks, so that a request reads no clock.
    private(set) var now = NIODeadline.now()
    private var connections: [ObjectIdentifier: FastCGIConnection] = [:]
    private var ticker: RepeatedTask?
    private var drained: EventLoopPromise<Void>?

    init(
        _ eventLoop: any EventLoop,
        responder: any FastCGIResponder,
        limits: FastCGILimits,
        requestLimit: Int,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.executor = LoopExecutor(eventLoop)
        self.responder = responder
        self.limits = limits
        self.requestLimit = requestLimit
        self.logger = logger
    }

    /// Runs `body` on the loop: now, if this is it.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if self.eventLoop.inEventLoop { body() } else { self.eventLoop.execute(body) }
    }

    // MARK: Connections

    /// `false`: the loop is draining, and the connection must close.
    func add(_ connection: FastCGIConnection) -> Bool {
        guard self.drained == nil else { return false }
        self.connections[ObjectIdentifier(connection)] = connection
        self.openConnections.add(1, ordering: .relaxed)
        return true
    }

    func remove(_ connection: FastCGIConnection) {
        guard self.connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        self.openConnections.subtract(1, ordering: .relaxed)
        self.finishDrainIfEmpty()
    }

    // MARK: Requests

    /// `false`: too many responders run.
    func beginRequest() -> Bool {
        guard self.requestsInFlight.load(ordering: .relaxed) < self.requestLimit else { return false }
        self.requestsInFlight.add(1, ordering: .relaxed)
        return true
    }

    func endRequest() {
        self.requestsInFlight.subtract(1, ordering: .relaxed)
        self.finishDrainIfEmpty()
    }

    // MARK: Time

    /// A quarter of the shortest time-out, between 5 ms and 1 s.
    func startTicking() {
        let timeouts = [
            self.limits.partialRequestTimeout, self.limits.unsentTimeout, self.limits.lingerTimeout,
            self.limits.idleTimeout ?? .seconds(60),
        ]
        let quarter = (timeouts.map(\.nanoseconds).min() ?? 0) / 4
        let tick = TimeAmount.nanoseconds(max(5_000_000, min(quarter, 1_000_000_000)))
        self.onLoop {
            guard self.ticker == nil, self.drained == nil else { return }
            self.ticker = self.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in self.tick() }
        }
    }

    private func tick() {
        self.now = .now()
        for connection in self.connections.values { connection.tick(self.now) }
    }

    // MARK: The end

    /// Closes every connection that has nothing to do and each other one after its last END_REQUEST. The future is done
    /// when no connection is open and no responder runs.
    func drain() -> EventLoopFuture<Void> {
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.onLoop {
            if let drained = self.drained {
                drained.futureResult.cascade(to: promise)
                return
            }
            self.drained = promise
            for connection in self.connections.values { connection.drain() }
            self.finishDrainIfEmpty()
        }
        return promise.futureResult
    }

    /// The drain's deadline: closes what is open, whatever runs, and waits for no responder.
    func cutShort() {
        self.onLoop {
            for connection in self.connections.values { connection.close() }
            self.finishDrain()
        }
    }

    private func finishDrainIfEmpty() {
        guard self.drained != nil, self.connections.isEmpty, self.requestsInFlight.load(ordering: .relaxed) == 0 else {
            return
        }
        self.finishDrain()
    }

    private func finishDrain() {
        self.ticker?.cancel()
        self.ticker = nil
        self.drained?.succeed()
    }
}
