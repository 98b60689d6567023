import SessionTesting

/// All rounds, on as few stacks as the faults allow.
struct Campaign: Sendable {
    /// Rounds on one stack. A new one then: what is compared at the end of each grows.
    static let roundsPerSite = 20

    let faults: [any CrashFault]
    let rounds: Int
    let seed: UInt64
    let clients: Int
    let shards: Int
    /// Gets what the stacks of rounds with findings left; nil: nothing is kept.
    let keep: String?

    /// Faults in turn, so that each gets its share, put together by the setup that they need. The seed decides on the order.
    func plan() -> [[any CrashFault]] {
        var generator = SeededGenerator(seed: seed)
        var turn: [any CrashFault] = []
        while turn.count < rounds { turn += faults.shuffled(using: &generator) }
        var sites: [[any CrashFault]] = []
        for setup in Setup.allCases {
            let own = turn.prefix(rounds).filter { $0.setup == setup }
            for start in stride(from: 0, to: own.count, by: Self.roundsPerSite) {
                sites.append(Array(own[start..<min(start + Self.roundsPerSite, own.count)]))
            }
        }
        return sites.shuffled(using: &generator)
    }

    /// - Returns: a result for each round, fewer if it was told to stop.
    func run(_ progress: Progress, until isInterrupted: @Sendable () -> Bool) async throws -> [Round.Result] {
        var results: [Round.Result] = []
        for site in plan() {
            var left = site[...]
            while !left.isEmpty, !isInterrupted() {
                results += try await run(&left, from: results.count + 1, progress, isInterrupted)
            }
        }
        return results
    }

    /// Rounds on one stack, up to the first with a finding: what comes after one is no finding of its own.
    private func run(
        _ faults: inout ArraySlice<any CrashFault>, from first: Int, _ progress: Progress,
        _ isInterrupted: @Sendable () -> Bool
    ) async throws -> [Round.Result] {
        guard let setup = faults.first?.setup else { return [] }
        let site = try await Site.start(setup, shards: shards)
        var kept: String?
        defer { site.end(keepingIn: kept) }
        var generator = SeededGenerator(seed: seed &+ UInt64(first))
        var clients = (0..<clients).map { Client(number: $0, site: site, seed: generator.next()) }
        var results: [Round.Result] = []
        while let fault = faults.popFirst(), !isInterrupted() {
            let number = first + results.count
            let round = Round(number: number, fault: fault, site: site, isLast: faults.isEmpty) {
                progress.show(number, fault.name, $0, site.ledger.counts)
            }
            let result = await round.run(&clients, &generator)
            results.append(result)
            progress.finished(result)
            if !result.isClean {
                kept = keep.map { "\($0)/round-\(number)-\(fault.name)" }
                break
            }
        }
        return results
    }
}
