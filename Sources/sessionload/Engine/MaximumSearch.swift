import LoadTesting

/// Looks for the highest rate that holds a latency target: first what a closed loop reaches, then halving between what
/// holds and what doesn't, in so many steps.
struct MaximumSearch {
    let p99Below: Double
    let duration: Double

    /// A rate holds if this share of it is answered, with no error.
    private static let answered = 0.99
    /// Where what holds and what doesn't are as near, the search ends.
    private static let precision = 0.03

    func run(
        _ measure: (_ rate: Double?, _ seconds: Double) async throws -> Measurement.Result
    ) async throws -> LoadReport.Search {
        let seconds = min(duration, 5)
        let closed = try await measure(nil, min(duration, 3))
        let most = Double(closed.recorder.answered) / closed.seconds
        var search = LoadReport.Search(p99BelowMilliseconds: p99Below, closedLoopPerSecond: most.rounded())
        var (holds, fails) = (0.0, most * 1.05)
        var rate = most * 0.6
        for _ in 0..<LoadLimits.searchSteps where rate >= 1 {
            let result = try await measure(rate.rounded(), seconds)
            let perSecond = Double(result.recorder.answered) / result.seconds
            let p99 = result.recorder.total.p99
            let isGood =
                Double(p99) < p99Below * 1000 && result.recorder.errors == 0
                && perSecond >= rate.rounded() * Self.answered
            search.steps.append(
                LoadReport.Step(
                    rate: rate.rounded(), perSecond: perSecond.rounded(), p99: p99, errors: result.recorder.errors,
                    holds: isGood))
            if isGood { holds = rate } else { fails = rate }
            if fails - holds < most * Self.precision { break }
            rate = (holds + fails) / 2
        }
        search.rate = search.steps.filter(\.holds).map(\.rate).max()
        return search
    }
}
