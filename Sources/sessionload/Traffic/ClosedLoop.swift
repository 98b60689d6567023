import LoadTesting

/// As many requests as the connections can carry: each is sent when the one before it on its connection was answered, and
/// a think time after that.
final class ClosedLoop: TrafficSource {
    private var picker: RequestPicker
    private let thinkTime: Distribution?
    private let slots: Int
    private var random: SeededRandom
    private var agenda = Agenda()

    init(_ workload: Workload, slots: Int, seed: UInt64) {
        picker = RequestPicker(workload, seed: seed)
        thinkTime = workload.thinkTime == .fixed(0) ? nil : workload.thinkTime
        self.slots = slots
        random = SeededRandom(seed, stream: 0x71c)
    }

    var nextDue: UInt64? { agenda.next }

    func start(_ engine: Engine, at now: UInt64) {
        guard thinkTime != nil else { return }
        for slot in 0..<slots { agenda.add(slot, due: now) }
    }

    func wake(_ engine: Engine, at now: UInt64) {
        while let (due, _) = agenda.take(now) { engine.submit(picker.pick(engine.population, intended: due)) }
    }

    func next(_ engine: Engine, at now: UInt64) -> LoadRequest? {
        thinkTime == nil ? picker.pick(engine.population, intended: now) : nil
    }

    func finished(_ request: LoadRequest, made: [UInt8], isGood: Bool, _ engine: Engine, at now: UInt64) {
        // A resume follows a good complete by itself.
        guard let thinkTime, request.operation != .complete || !isGood else { return }
        agenda.add(0, due: now + UInt64(thinkTime.sample(&random) * 1e9))
    }
}
