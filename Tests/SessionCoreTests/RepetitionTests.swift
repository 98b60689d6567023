import SessionModel
import Synchronization
import Testing

@testable import SessionCore

@Suite(.timeLimit(.minutes(1))) struct RepetitionTests {
    /// Answers in turn; the last one for ever.
    private final class Step: Sendable {
        private let answers: Mutex<[Result<HotReply<Int>, HotError>]>
        let taken = Mutex(0)

        init(_ answers: Result<HotReply<Int>, HotError>...) { self.answers = Mutex(answers) }

        func take() throws(HotError) -> HotReply<Int> {
            taken.withLock { $0 += 1 }
            return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }
    }

    private static let unknown = HotError.outcomeUnknown("lost")
    private static let unavailable = HotError.unavailable("not connected")

    private func outcome(_ step: Step, isAllowed: Bool) async -> String {
        do {
            return "\(try await Repetition(isAllowed: isAllowed).take { () throws(HotError) in try step.take() })"
        } catch { return "\(error)" }
    }

    @Test func whatIsUnknownIsTakenAgainUntilItIsKnown() async {
        let step = Step(
            .failure(Self.unknown), .failure(Self.unavailable), .failure(Self.unknown), .success(.replayed(7)))
        #expect(await outcome(step, isAllowed: true) == "replayed(7)")
        #expect(step.taken.withLock { $0 } == 4)
    }

    @Test func withoutAKeyNothingIsTakenTwice() async {
        let step = Step(.failure(Self.unknown), .success(.done(1)))
        #expect(await outcome(step, isAllowed: false) == "\(Self.unknown)")
        #expect(step.taken.withLock { $0 } == 1)
    }

    @Test func whatCertainlyDidNotHappenIsSaidAtOnce() async {
        let step = Step(.failure(Self.unavailable), .success(.done(1)))
        #expect(await outcome(step, isAllowed: true) == "\(Self.unavailable)")
        #expect(step.taken.withLock { $0 } == 1)
    }

    @Test func nonsenseIsNotRepeated() async {
        let step = Step(.failure(Self.unknown), .failure(.broken("x")), .success(.done(1)))
        #expect(await outcome(step, isAllowed: true) == "\(HotError.broken("x"))")
        #expect(step.taken.withLock { $0 } == 2)
    }

    @Test func aRefusalIsAnAnswer() async {
        let step = Step(.success(.refused(.miss)))
        #expect(await outcome(step, isAllowed: true).contains("miss"))
        #expect(step.taken.withLock { $0 } == 1)
    }

    /// What was unknown stays so, even if the last try certainly did nothing.
    @Test func whoGivesUpSaysThatItIsUnknown() async {
        let step = Step(.failure(Self.unknown), .failure(Self.unavailable))
        let task = Task { await outcome(step, isAllowed: true) }
        while step.taken.withLock({ $0 }) < 3 { await Task.yield() }
        task.cancel()
        #expect(await task.value == "\(Self.unknown)")
    }
}
