import LoadTesting

/// Everybody loads their active session at once, again and again; beside it, requests at a fixed rate if there is one.
final class StormLoop: TrafficSource {
    private let storm: Workload.Storm
    private let beside: OpenLoop?
    private var random: SeededRandom
    private var agenda = Agenda()
    private var nextStorm: UInt64 = 0

    init(_ storm: Workload.Storm, beside: OpenLoop?, seed: UInt64) {
        self.storm = storm
        self.beside = beside
        random = SeededRandom(seed, stream: 0x570)
    }

    var nextDue: UInt64? { [agenda.next, nextStorm, beside?.nextDue].compactMap { $0 }.min() }

    func start(_ engine: Engine, at now: UInt64) {
        nextStorm = now
        beside?.start(engine, at: now)
    }

    func wake(_ engine: Engine, at now: UInt64) {
        while nextStorm <= now {
            for user in engine.population.users.indices {
                agenda.add(user, due: nextStorm + UInt64(random.unit() * storm.within * 1e9))
            }
            nextStorm += UInt64(storm.every * 1e9)
        }
        while let (due, user) = agenda.take(now) { engine.submit(LoadRequest(.active, user: user, intended: due)) }
        beside?.wake(engine, at: now)
    }
}
