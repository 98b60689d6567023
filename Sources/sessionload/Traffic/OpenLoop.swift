import LoadTesting

/// Requests at a fixed rate, whatever becomes of those before.
final class OpenLoop: TrafficSource {
    private var schedule: ArrivalSchedule
    private var picker: RequestPicker
    private var start: UInt64 = 0

    init(_ workload: Workload, rate: Double, seed: UInt64) {
        schedule = ArrivalSchedule(rate: rate, isRandom: workload.isRandom, seed: seed)
        picker = RequestPicker(workload, seed: seed)
    }

    var nextDue: UInt64? { start + schedule.next }

    func start(_ engine: Engine, at now: UInt64) { start = now }

    func wake(_ engine: Engine, at now: UInt64) {
        while start + schedule.next <= now {
            engine.submit(picker.pick(engine.population, intended: start + schedule.next))
            schedule.advance()
        }
    }
}
