import NIOCore
import Testing

@testable import Redis

/// Random schedules of everything that can happen to a connection, against a Redis that echoes what was written.
@Suite struct PipelinePropertyTests {
    private struct Model {
        var random: Seeded
        var state: PipelineState<Int>
        var now = NIODeadline.uptimeNanoseconds(1_000_000)
        var places: [UInt64] = []
        /// Waiters by number: replies wanted, replies had, failure.
        var wanted: [Int] = []
        var had: [Int] = []
        var failures: [RedisError?] = []
        /// What Redis has read and not answered, by waiter, each as often as it has replies to give.
        var unanswered = CircularBuffer<Int>()
        var everWritten: Set<Int> = []

        init(seed: UInt64, limits: RedisLimits) {
            random = Seeded(seed)
            state = PipelineState(limits: limits)
        }
    }

    @Test func whateverHappensARepliesGoesToItsOwnCommand() throws {
        for _ in 0..<300 {
            let seed = UInt64.random(in: 0 ... .max)
            try run(seed: seed)
        }
    }

    private func run(seed: UInt64) throws {
        var limits = RedisLimits()
        limits.commandsInFlight = 40
        limits.bytesInFlight = 1_500
        limits.reply = .milliseconds(20)
        limits.stall = .milliseconds(60)
        var model = Model(seed: seed, limits: limits)
        for _ in 0..<600 { step(&model, seed) }
        for failure in model.state.close(.connectionLost) { fail(&model, failure.waiter, failure.error, seed) }
        for waiter in model.wanted.indices {
            let isAnswered = model.had[waiter] == model.wanted[waiter]
            #expect(
                isAnswered != (model.failures[waiter] != nil), "waiter \(waiter) was told twice or never; seed \(seed)")
            if case .notWritten = model.failures[waiter] {
                #expect(!model.everWritten.contains(waiter), "waiter \(waiter) was written; seed \(seed)")
            }
            if case .unknown = model.failures[waiter] {
                #expect(model.everWritten.contains(waiter), "waiter \(waiter) was not written; seed \(seed)")
            }
        }
    }

    private func step(_ model: inout Model, _ seed: UInt64) {
        switch Int.random(in: 0..<100, using: &model.random) {
        case ..<40: enqueue(&model)
        case ..<60: write(&model, seed)
        case ..<85: answer(&model, seed)
        case ..<92:
            guard let waiter = model.places.indices.randomElement(using: &model.random) else { return }
            if let failure = model.state.cancel(model.places[waiter]) {
                #expect(failure.waiter == waiter, "another's wait was cancelled; seed \(seed)")
                fail(&model, failure.waiter, failure.error, seed)
            }
        case ..<99:
            model.now = model.now + .milliseconds(.random(in: 0..<12, using: &model.random))
            let expiry = model.state.expire(now: model.now)
            for failure in expiry.failures { fail(&model, failure.waiter, failure.error, seed) }
            if expiry.isStalled { lose(&model, .stalled, seed) }
        default:
            lose(&model, .connectionLost, seed)
        }
    }

    private func enqueue(_ model: inout Model) {
        let waiter = model.wanted.count
        let replies = Int.random(in: 0..<4, using: &model.random) == 0 ? 3 : 1
        let command = RedisCommand(
            concatenating: Array(repeating: RedisCommand("ECHO", "\(waiter)"), count: replies))
        let timeout = TimeAmount.milliseconds(.random(in: 1..<80, using: &model.random))
        guard
            case .accepted(let place, _) = model.state.enqueue(
                command, replies: replies, for: waiter, timeout: timeout, now: model.now)
        else { return }
        model.places.append(place)
        model.wanted.append(replies)
        model.had.append(0)
        model.failures.append(nil)
        #expect(model.state.inFlight <= 40)
    }

    private func write(_ model: inout Model, _ seed: UInt64) {
        var buffer = ByteBuffer()
        model.state.write(into: &buffer, limit: .random(in: 1..<200, using: &model.random), now: model.now)
        guard var reader = try? ReplyReader(limits: .init()) else { return }
        buffer.withUnsafeReadableBytes { bytes in
            try? reader.read(bytes) { command in
                let waiter = command[1]?.integer ?? -1
                model.unanswered.append(waiter)
                model.everWritten.insert(waiter)
                #expect(model.failures[waiter] == nil, "written after it was given up; seed \(seed)")
            }
        }
    }

    private func answer(_ model: inout Model, _ seed: UInt64) {
        guard let waiter = model.unanswered.popFirst() else { return }
        switch model.state.reply() {
        case .deliver(let receiver, let isLast):
            #expect(receiver == waiter, "\(receiver) got the reply of \(waiter); seed \(seed)")
            #expect(model.failures[receiver] == nil, "a reply after a failure; seed \(seed)")
            model.had[receiver] += 1
            #expect(isLast == (model.had[receiver] == model.wanted[receiver]), "seed \(seed)")
        case .discard:
            #expect(model.failures[waiter] != nil, "the reply of \(waiter) was thrown away; seed \(seed)")
        case .unexpected:
            Issue.record("the reply of \(waiter) was not expected; seed \(seed)")
        }
    }

    private func fail(_ model: inout Model, _ waiter: Int, _ error: RedisError, _ seed: UInt64) {
        #expect(model.failures[waiter] == nil, "\(waiter) failed twice; seed \(seed)")
        model.failures[waiter] = error
    }

    private func lose(_ model: inout Model, _ reason: RedisError.Unknown, _ seed: UInt64) {
        for failure in model.state.close(reason) { fail(&model, failure.waiter, failure.error, seed) }
        model.unanswered.removeAll()
    }
}
