import LoadTesting

/// One request for each of many sessions: to compare their chats at the end, or to remove them.
final class SessionSweep: TrafficSource {
    private let operation: Operation
    private var places: [Int]
    let count: Int

    init(_ operation: Operation, _ places: [Int]) {
        self.operation = operation
        self.places = places.reversed()
        count = places.count
    }

    /// Reads sessions again, at most ``LoadLimits/comparedSessions`` of them, evenly spread.
    static func comparing(_ population: Population) -> SessionSweep {
        let all = population.sessions.count
        let step = max(1, (all + LoadLimits.comparedSessions - 1) / LoadLimits.comparedSessions)
        return SessionSweep(.compare, Array(stride(from: 0, to: all, by: step)))
    }

    var isDone: Bool { places.isEmpty }
    var left: Int { places.count }

    func next(_ engine: Engine, at now: UInt64) -> LoadRequest? {
        guard let place = places.popLast() else { return nil }
        return LoadRequest(operation, user: engine.population.sessions[place].user, session: place, intended: now)
    }
}
