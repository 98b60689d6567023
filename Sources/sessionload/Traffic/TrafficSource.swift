import LoadTesting

/// Decides on what is sent, and when. Called on the event loop; times are nanoseconds of the monotonic clock.
protocol TrafficSource: AnyObject {
    /// When it wants to be woken next.
    var nextDue: UInt64? { get }
    /// Whether nothing more will come of it.
    var isDone: Bool { get }
    func start(_ engine: Engine, at now: UInt64)
    /// Submits everything that is due.
    func wake(_ engine: Engine, at now: UInt64)
    /// A request for a connection that has nothing to do.
    func next(_ engine: Engine, at now: UInt64) -> LoadRequest?
    /// `made`: the id of what was made or found. `isGood`: answered without fault; not, if it couldn't even be sent.
    func finished(_ request: LoadRequest, made: [UInt8], isGood: Bool, _ engine: Engine, at now: UInt64)
}

extension TrafficSource {
    var nextDue: UInt64? { nil }
    var isDone: Bool { false }
    func start(_ engine: Engine, at now: UInt64) {}
    func wake(_ engine: Engine, at now: UInt64) {}
    func next(_ engine: Engine, at now: UInt64) -> LoadRequest? { nil }
    func finished(_ request: LoadRequest, made: [UInt8], isGood: Bool, _ engine: Engine, at now: UInt64) {}
}
