import NIOCore
import Testing

@testable import Redis

@Suite struct BackoffTests {
    private func limits() -> RedisLimits {
        var limits = RedisLimits()
        limits.firstPause = .milliseconds(10)
        limits.longestPause = .milliseconds(100)
        return limits
    }

    @Test func theBoundDoublesUpToTheLongest() {
        var backoff = Backoff(limits: limits())
        let pauses = (0..<7).map { _ in backoff.pause(fraction: 1).nanoseconds / 1_000_000 }
        #expect(pauses == [10, 20, 40, 80, 100, 100, 100])
    }

    @Test func anyPartOfTheBoundMayBeWaited() {
        var backoff = Backoff(limits: limits())
        #expect(backoff.pause(fraction: 0) == .zero)
        #expect(backoff.pause(fraction: 0.5) == .milliseconds(10))
        #expect(backoff.pause(fraction: .nan) <= .milliseconds(40))
        #expect(backoff.pause(fraction: 7) == .milliseconds(80))
    }

    @Test func onlyAConnectionThatLastedStartsItAnew() {
        var backoff = Backoff(limits: limits())
        _ = backoff.pause(fraction: 1)
        backoff.lasted(.milliseconds(99))
        #expect(backoff.pause(fraction: 1) == .milliseconds(20))
        backoff.lasted(.milliseconds(100))
        #expect(backoff.pause(fraction: 1) == .milliseconds(10))
    }
}
