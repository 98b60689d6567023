import SessionTesting
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct WakeupTests {
    private static let forever: Int64 = 3_600_000

    @Test func aCallThatCameBeforeEndsTheNextSleepAndNoOther() async {
        let wakeup = Wakeup()
        wakeup.call()
        wakeup.call()
        await wakeup.sleep(milliseconds: Self.forever)
        let start = ContinuousClock.now
        await wakeup.sleep(milliseconds: 20)
        #expect(start.duration(to: .now) >= .milliseconds(20))
    }

    @Test func aCallEndsASleepWheneverItComes() async {
        for _ in 0..<200 {
            let wakeup = Wakeup()
            async let sleep: Void = wakeup.sleep(milliseconds: Self.forever)
            wakeup.call()
            await sleep
        }
    }

    @Test func aSleepEndsByItself() async {
        await Wakeup().sleep(milliseconds: 1)
        await Wakeup().sleep(milliseconds: 0)
        await Wakeup().sleep(milliseconds: -1)
    }

    @Test func cancellationEndsASleep() async {
        for _ in 0..<100 {
            let wakeup = Wakeup()
            let sleep = Task { await wakeup.sleep(milliseconds: Self.forever) }
            await Task.yield()
            sleep.cancel()
            await sleep.value
        }
    }

    @Test func ofTwoSleepersOneSleeps() async {
        let wakeup = Wakeup()
        await withTaskGroup { group in
            for _ in 0..<2 { group.addTask { await wakeup.sleep(milliseconds: Self.forever) } }
            await group.next()
            wakeup.call()
            await group.waitForAll()
        }
    }
}
