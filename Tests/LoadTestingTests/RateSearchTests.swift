import LoadTesting
import Testing

@Suite struct RateSearchTests {
    /// The rates that are tried where those up to `most` hold.
    private func rates(reached: Double, most: Double) -> [Double] {
        var search = RateSearch(reached: reached)
        var rates: [Double] = []
        while let rate = search.next {
            rates.append(rate)
            search.note(rate, holds: rate <= most)
        }
        return rates
    }

    @Test func itGoesUpUntilOneFailsAndThenHalves() {
        #expect(rates(reached: 1000, most: 3000) == [600, 1000, 2000, 4000, 3000, 3500, 3250, 3125, 3063])
    }

    @Test func itGoesDownFromOneThatFails() {
        #expect(rates(reached: 1000, most: 100) == [600, 300, 150, 75, 113, 94, 104, 99, 102])
    }

    @Test func whatFailsAlwaysEndsAtNothing() {
        #expect(rates(reached: 4, most: 0) == [2, 1])
        #expect(rates(reached: 0, most: 0) == [1])
    }

    @Test func itEndsWhereNothingFails() {
        #expect(rates(reached: 600_000, most: .infinity) == [360_000, 600_000, 1_000_000])
        #expect(rates(reached: 1, most: .infinity).count == LoadLimits.searchSteps)
    }
}
