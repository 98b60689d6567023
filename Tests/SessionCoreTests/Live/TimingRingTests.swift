import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite struct TimingRingTests {
    private let start = Timestamp(milliseconds: 1_000_000_000_050)

    private func ring(reach: Int64 = 1000, from now: Timestamp? = nil) -> TimingRing<Int> {
        TimingRing(step: 100, reach: reach, from: now ?? start)
    }

    private func after(_ milliseconds: Int64) -> Timestamp { start.adding(milliseconds: milliseconds) }

    @Test func whatIsDueIsTakenOnceAndNeverEarly() {
        var ring = ring(), random = SeededGenerator.announced()
        var expected: [Int: Int64] = [:], now: Int64 = 0
        for number in 0..<2000 {
            let due = now + Int64.random(in: -50...900, using: &random)
            expected[number] = due
            ring.add(number, at: after(due))
            guard number % 20 == 0 else { continue }
            now += Int64.random(in: 0...300, using: &random)
            for taken in ring.take(upTo: after(now)) {
                let due = expected.removeValue(forKey: taken)
                #expect(due.map { $0 <= now } == true, "\(taken) due at \(String(describing: due)), taken at \(now)")
            }
            // A step, and one more for what was overdue when it came.
            #expect(expected.values.allSatisfy { $0 > now - 300 - 200 })
        }
        #expect(Set(ring.take(upTo: after(now + 2000))) == Set(expected.keys))
        #expect(ring.take(upTo: after(now + 4000)).isEmpty)
    }

    @Test func whatIsTooFarIsTakenAtTheEndOfTheRing() {
        var ring = ring()
        ring.add(1, at: Timestamp(milliseconds: .max))
        #expect(ring.take(upTo: after(900)) == [])
        #expect(ring.take(upTo: after(1000)) == [1])
    }

    @Test func whatIsLongOverIsTakenWithTheNextStep() {
        var ring = ring()
        ring.add(1, at: Timestamp(milliseconds: .min))
        #expect(ring.take(upTo: after(0)) == [])
        #expect(ring.take(upTo: after(100)) == [1])
    }

    @Test func aClockThatIsSetMakesNobodyWaitForLonger() {
        for jump in [-3_600_000, 3_600_000] as [Int64] {
            var ring = ring()
            for number in 0..<10 { ring.add(number, at: after(Int64(number) * 100)) }
            var taken = ring.take(upTo: after(jump))
            for step in 1...10 as ClosedRange<Int64> { taken += ring.take(upTo: after(jump + step * 100)) }
            #expect(taken.sorted() == Array(0..<10), "\(jump)")
        }
    }

    @Test func timeBefore1970IsTimeToo() {
        var ring = ring(from: Timestamp(milliseconds: -5000))
        ring.add(1, at: Timestamp(milliseconds: -4700))
        #expect(ring.take(upTo: Timestamp(milliseconds: -4800)) == [])
        // Division rounds towards zero there.
        #expect(ring.take(upTo: Timestamp(milliseconds: -4600)) == [1])
    }
}
