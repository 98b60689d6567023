import LoadTesting

/// Makes what the workload says is there at the start: sessions, then messages in them, one request at a time for each
/// session, then missions.
final class SetUp: TrafficSource {
    private let workload: Workload
    private let batch: Int
    private var toCreate: Int
    private var creating = 0
    private var isSettled = false
    /// Sessions that the next request can be for.
    private var ready: [Int] = []
    private var working = 0
    /// Of missions that are made: how many hops, and steps of the last one, there are.
    private var plans: [Int: (hops: Int, steps: Int)] = [:]
    private(set) var done = 0
    let total: Int

    init(_ workload: Workload) {
        self.workload = workload
        toCreate = workload.users * workload.sessions
        batch = min(
            max(LoadLimits.batchBytes / (Int(workload.messageBytes.largest) + 100), 1), LoadLimits.messagesInRequest)
        let fills = (workload.messages + batch - 1) / batch
        let plans = workload.groups.missions
        let parts = workload.missions.map { 1 + $0.hops * ($0.steps + 2) } ?? 0
        total = toCreate * (1 + fills) + plans * parts
    }

    var isDone: Bool { isSettled && ready.isEmpty && working == 0 }

    func start(_ engine: Engine, at now: UInt64) { settleIfCreated(engine) }

    private func settleIfCreated(_ engine: Engine) {
        guard !isSettled, toCreate == 0, creating == 0 else { return }
        isSettled = true
        engine.population.settle()
        for place in engine.population.sessions.indices.reversed() where isUnfinished(place, engine) {
            ready.append(place)
        }
    }

    private func hasMission(_ place: Int) -> Bool {
        let groups = workload.groups
        return (groups.plain..<(groups.plain + groups.missions)).contains(place)
    }

    private func isUnfinished(_ place: Int, _ engine: Engine) -> Bool {
        if engine.population.sessions[place].chat.issued < workload.messages { return true }
        guard hasMission(place), let missions = workload.missions else { return false }
        guard let plan = plans[place] else { return true }
        return plan.hops < missions.hops || plan.steps < missions.steps + 1
    }

    func next(_ engine: Engine, at now: UInt64) -> LoadRequest? {
        if toCreate > 0 {
            toCreate -= 1
            creating += 1
            let user = toCreate / workload.sessions
            // A user's sessions are alike: which of them is answered first decides on its place.
            return LoadRequest(
                .create, user: user, intended: now, draw: SeededRandom.Stream.create.of(UInt64(user)))
        }
        guard isSettled, let place = ready.popLast() else { return nil }
        working += 1
        let session = engine.population.sessions[place]
        /// - Parameter step: What is there already, below 2^24.
        func of(
            _ operation: Operation, count: Int = 1, _ stream: SeededRandom.Stream, _ step: Int
        ) -> LoadRequest {
            LoadRequest(
                operation, user: session.user, session: place, intended: now, count: UInt32(count),
                draw: stream.of(UInt64(place) << 24 | UInt64(step)))
        }
        let left = workload.messages - Int(session.chat.issued)
        if left > 0 { return of(.fill, count: min(left, batch), .fill, Int(session.chat.issued)) }
        guard session.mission != nil, let plan = plans[place], let missions = workload.missions else {
            return of(.makeMission, .mission, 0)
        }
        if session.hop.isEmpty { return of(.makeHop, .mission, plan.hops + 1) }
        // Another hop can't begin while one is open. A step's contents are not drawn.
        return of(plan.steps < missions.steps ? .makeStep : .cancelHop, .mission, plan.hops)
    }

    func finished(_ request: LoadRequest, made: [UInt8], isGood: Bool, _ engine: Engine, at now: UInt64) {
        guard isGood else { return }
        done += 1
        if request.operation == .create {
            creating -= 1
            return settleIfCreated(engine)
        }
        working -= 1
        let place = request.session
        switch request.operation {
        case .makeMission:
            engine.population.sessions[place].mission = made
            plans[place] = (0, workload.missions?.hops == 0 ? Int.max : 0)
        case .makeHop:
            engine.population.sessions[place].hop = made
            plans[place]?.hops += 1
            plans[place]?.steps = 0
        case .makeStep: plans[place]?.steps += 1
        case .cancelHop:
            engine.population.sessions[place].hop = []
            plans[place]?.steps = Int.max
        default: break
        }
        if isUnfinished(place, engine) { ready.append(place) }
    }
}
