import NIOCore
import Testing

@testable import Redis

@Suite struct PipelineStateTests {
    private typealias State = PipelineState<Int>
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func limits() -> RedisLimits {
        var limits = RedisLimits()
        limits.reply = .milliseconds(100)
        limits.stall = .milliseconds(300)
        limits.commandsInFlight = 8
        limits.bytesInFlight = 1_000
        return limits
    }

    private func enqueue(
        _ waiter: Int, replies: Int = 1, timeout: TimeAmount? = nil, at now: NIODeadline? = nil, on state: inout State
    ) -> UInt64? {
        let command = RedisCommand("ECHO", "\(waiter)")
        switch state.enqueue(command, replies: replies, for: waiter, timeout: timeout, now: now ?? start) {
        case .accepted(let place, _): return place
        case .rejected: return nil
        }
    }

    private func write(_ state: inout State, limit: Int = .max, at now: NIODeadline? = nil) -> String {
        var buffer = ByteBuffer()
        state.write(into: &buffer, limit: limit, now: now ?? start)
        return String(buffer: buffer)
    }

    private func delivered(_ state: inout State) -> Int? {
        if case .deliver(let waiter, isLast: true) = state.reply() { waiter } else { nil }
    }

    @Test func repliesGoToWrittenCommandsInTheirOrder() {
        var state = State(limits: limits())
        for waiter in 1...3 { _ = enqueue(waiter, on: &state) }
        #expect(write(&state).contains("$1\r\n1\r\n*2\r\n$4\r\nECHO\r\n$1\r\n2\r\n"))
        #expect((1...3).map { _ in delivered(&state) } == [1, 2, 3])
        #expect(state.inFlight == 0)
    }

    @Test func aReplyThatNothingAskedForIsUnexpected() {
        var state = State(limits: limits())
        guard case .unexpected = state.reply() else { return #expect(Bool(false), "an empty line was answered") }
        _ = enqueue(1, on: &state)
        guard case .unexpected = state.reply() else { return #expect(Bool(false), "an unwritten command was answered") }
    }

    @Test func aPlaceWithSeveralRepliesTakesThemAll() {
        var state = State(limits: limits())
        _ = enqueue(1, replies: 3, on: &state)
        _ = enqueue(2, on: &state)
        _ = write(&state)
        for _ in 0..<2 {
            guard case .deliver(1, isLast: false) = state.reply() else {
                return #expect(Bool(false), "not the first's")
            }
        }
        #expect(delivered(&state) == 1)
        #expect(delivered(&state) == 2)
    }

    @Test func cancelledBeforeTheWriteItIsNeverWritten() {
        var state = State(limits: limits())
        let places = (1...3).map { enqueue($0, on: &state) }
        let failure = state.cancel(places[1] ?? 0)
        #expect(failure?.waiter == 2)
        #expect(failure?.error == .notWritten(.cancelled))
        #expect(!write(&state).contains("$1\r\n2\r\n"))
        #expect(delivered(&state) == 1)
        #expect(delivered(&state) == 3)
        #expect(state.inFlight == 0)
    }

    @Test func cancelledAfterTheWriteItKeepsItsPlace() {
        var state = State(limits: limits())
        let places = (1...3).map { enqueue($0, on: &state) }
        _ = write(&state)
        #expect(state.cancel(places[0] ?? 0)?.error == .unknown(.cancelled))
        #expect(state.cancel(places[0] ?? 0) == nil)
        #expect(state.inFlight == 3)
        guard case .discard = state.reply() else { return #expect(Bool(false), "the reply went to somebody else") }
        #expect(delivered(&state) == 2)
        #expect(state.cancel(places[1] ?? 0) == nil)
        #expect(delivered(&state) == 3)
        #expect(state.cancel(99) == nil)
        #expect(state.cancel(.max) == nil)
    }

    @Test func deadlinesPassForTheWrittenAndTheUnwritten() {
        var state = State(limits: limits())
        _ = enqueue(1, on: &state)
        _ = write(&state)
        _ = enqueue(2, on: &state)
        _ = enqueue(3, timeout: .milliseconds(200), on: &state)
        let early = state.expire(now: start + .milliseconds(99))
        #expect(early.failures.isEmpty)
        #expect(early.alarm == start + .milliseconds(99) + State.alarmGrain)
        let expiry = state.expire(now: start + .milliseconds(100))
        #expect(expiry.failures.map(\.waiter) == [1, 2])
        #expect(expiry.failures.map(\.error) == [.unknown(.deadline), .notWritten(.deadline)])
        #expect(expiry.alarm == start + .milliseconds(200))
        #expect(!expiry.isStalled)
        _ = write(&state)
        guard case .discard = state.reply() else { return #expect(Bool(false), "the late reply went to somebody else") }
        #expect(delivered(&state) == 3)
        #expect(state.expire(now: start + .seconds(9)).alarm == nil)
    }

    @Test func theAlarmIsSetOnlyForSomethingSooner() {
        var state = State(limits: limits())
        func alarm(_ timeout: TimeAmount) -> NIODeadline? {
            let admission = state.enqueue(RedisCommand("PING"), replies: 1, for: 0, timeout: timeout, now: start)
            guard case .accepted(_, let alarm) = admission else { return nil }
            return alarm
        }
        #expect(alarm(.seconds(60)) == start + .milliseconds(300))
        #expect(alarm(.milliseconds(100)) == start + .milliseconds(100))
        #expect(alarm(.milliseconds(100)) == nil)
        #expect(alarm(.milliseconds(200)) == nil)
    }

    @Test func anOldHeadOfTheLineIsAStall() {
        var state = State(limits: limits())
        _ = enqueue(1, timeout: .seconds(60), on: &state)
        _ = write(&state, at: start + .milliseconds(50))
        let before = state.expire(now: start + .milliseconds(349))
        #expect(!before.isStalled)
        #expect(state.expire(now: start + .milliseconds(350)).isStalled)
        #expect(state.close(.stalled).map(\.error) == [.unknown(.stalled)])
    }

    @Test func anAbandonedHeadOfTheLineIsAStallToo() {
        var state = State(limits: limits())
        _ = enqueue(1, on: &state)
        _ = write(&state)
        #expect(state.expire(now: start + .milliseconds(100)).alarm == start + .milliseconds(300))
        #expect(state.expire(now: start + .milliseconds(300)).isStalled)
    }

    @Test func tooManyCommandsAreRejected() {
        var state = State(limits: limits())
        for waiter in 0..<8 { #expect(enqueue(waiter, on: &state) != nil) }
        guard
            case .rejected(.queueFull) = state.enqueue(
                RedisCommand("PING"), replies: 1, for: 9, timeout: nil, now: start)
        else { return #expect(Bool(false), "a ninth was admitted") }
        _ = state.cancel(3)
        #expect(enqueue(9, on: &state) != nil)
        #expect(enqueue(10, on: &state) == nil)
    }

    @Test func repliesOfOnePlaceCountEach() {
        var state = State(limits: limits())
        #expect(enqueue(1, replies: 9, on: &state) == nil)
        #expect(enqueue(1, replies: 8, on: &state) != nil)
        #expect(enqueue(2, on: &state) == nil)
    }

    @Test func tooManyBytesAreRejectedUntilTheyAreAnswered() {
        var state = State(limits: limits())
        let big = RedisCommand("SET", "key", String(repeating: "x", count: 600))
        func admitted() -> UInt64? {
            guard case .accepted(let place, _) = state.enqueue(big, replies: 1, for: 1, timeout: nil, now: start) else {
                return nil
            }
            return place
        }
        let first = admitted()
        #expect(first != nil)
        #expect(admitted() == nil)
        _ = state.cancel(first ?? 0)
        #expect(admitted() != nil)
        _ = write(&state)
        #expect(admitted() == nil)
        _ = state.reply()
        #expect(admitted() != nil)
    }

    @Test func drainingTakesNothingNewAndEndsWithTheLastReply() {
        var state = State(limits: limits())
        _ = enqueue(1, on: &state)
        let queued = enqueue(2, on: &state)
        _ = write(&state, limit: 1)
        state.drain()
        guard
            case .rejected(.draining) = state.enqueue(
                RedisCommand("PING"), replies: 1, for: 3, timeout: nil, now: start)
        else { return #expect(Bool(false), "a command was admitted") }
        _ = delivered(&state)
        #expect(!state.isDrained)
        _ = state.cancel(queued ?? 0)
        #expect(state.isDrained)
    }

    @Test func closingTellsEachWhatItKnows() {
        var state = State(limits: limits())
        let places = (1...4).map { enqueue($0, on: &state) }
        _ = write(&state, limit: 40)
        _ = state.cancel(places[0] ?? 0)
        let failures = state.close(.connectionLost)
        #expect(failures.map(\.waiter) == [2, 3, 4])
        #expect(
            failures.map(\.error) == [
                .unknown(.connectionLost), .notWritten(.notConnected), .notWritten(.notConnected),
            ])
        #expect(state.close(.stalled).isEmpty)
        #expect(state.inFlight == 0)
        #expect(state.cancel(places[2] ?? 0) == nil)
        guard
            case .rejected(.notConnected) = state.enqueue(
                RedisCommand("PING"), replies: 1, for: 9, timeout: nil, now: start)
        else { return #expect(Bool(false), "a command was admitted") }
        guard case .discard = state.reply() else { return #expect(Bool(false), "a reply was delivered") }
        #expect(state.expire(now: start + .seconds(9)).failures.isEmpty)
    }
}
