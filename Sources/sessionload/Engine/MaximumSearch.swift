import LoadTesting

/// Looks for the highest rate that holds a latency target. A rate holds if its p99 is below it and nothing went wrong: latency
/// is counted from when a request was due, so one that is answered too slowly shows there, and what couldn't be sent is an
/// error.
struct MaximumSearch {
    let p99Below: Double
    let duration: Double

    func run(
        _ measure: (_ rate: Double?, _ seconds: Double) async throws -> Measurement.Result
    ) async throws -> LoadReport.Search {
        let seconds = min(duration, 5)
        let closed = try await measure(nil, min(duration, 3))
        let reached = Double(closed.recorder.answered) / closed.seconds
        var search = LoadReport.Search(p99BelowMilliseconds: p99Below, closedLoopPerSecond: reached.rounded())
        var rates = RateSearch(reached: reached)
        while let rate = rates.next {
            let result = try await measure(rate, seconds)
            let recorder = result.recorder
            let p99 = recorder.total.p99
            let isGood = Double(p99) < p99Below * 1000 && recorder.errors == 0 && recorder.answered > 0
            search.steps.append(
                LoadReport.Step(
                    rate: rate, perSecond: (Double(recorder.answered) / result.seconds).rounded(), p99: p99,
                    errors: recorder.errors, holds: isGood))
            rates.note(rate, holds: isGood)
        }
        search.rate = search.steps.filter(\.holds).map(\.rate).max()
        search.isBounded = !search.steps.allSatisfy(\.holds)
        return search
    }
}
