/// Draws what is asked, and of which session: one sequence for each seed.
package struct RequestPicker: Sendable {
    private let mix: OperationMix
    private let groups: (plain: Int, missions: Int, moving: Int)
    private var random: SeededRandom
    private var picks: UInt64 = 0

    package init(_ workload: Workload, seed: UInt64) {
        mix = OperationMix(workload.operations)
        groups = workload.groups
        random = SeededRandom(seed, stream: 0x91c)
    }

    package mutating func pick(_ population: Population, intended: UInt64) -> LoadRequest {
        var request = choose(population, intended)
        picks += 1
        request.draw = SeededRandom.Stream.pick.of(picks)
        return request
    }

    private mutating func choose(_ population: Population, _ intended: UInt64) -> LoadRequest {
        let operation = mix.draw(&random)
        switch operation {
        case .create, .active, .list:
            return LoadRequest(operation, user: random.below(population.users.count), intended: intended)
        case .mission:
            return request(operation, groups.plain + random.below(groups.missions), population, intended)
        case .complete:
            // Both are drawn each time: what is busy must not change what is drawn later.
            let (start, other) = (random.below(groups.moving), random.below(max(groups.plain, 1)))
            for step in 0..<groups.moving {
                let place = groups.plain + groups.missions + (start + step) % groups.moving
                if !population.sessions[place].isMoving { return request(operation, place, population, intended) }
            }
            // All are on their way already: it would be refused.
            return request(.load, other, population, intended)
        default:
            return request(operation, random.below(groups.plain), population, intended)
        }
    }

    private func request(
        _ operation: Operation, _ place: Int, _ population: Population, _ intended: UInt64
    ) -> LoadRequest {
        LoadRequest(operation, user: population.sessions[place].user, session: place, intended: intended)
    }
}
