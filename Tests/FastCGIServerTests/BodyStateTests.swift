import NIOCore
import Testing

@testable import FastCGIServer

/// The machine between a connection and a body's reader; a waiter is a number here.
@Suite struct BodyStateTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test func whatArrivesIsKeptUntilItIsTaken() {
        var state = FastCGIBodyState<Int>(self.bytes("a"))
        #expect(state.receive(self.bytes("b")) == nil)
        #expect(state.bufferedBytes == 2)
        #expect(state.take() == .success(self.bytes("ab")))
        #expect(state.take() == nil)
        #expect(state.finish(.whole) == nil)
        #expect(state.take() == .success(nil))
        #expect(state.take() == .success(nil))
    }

    @Test func whoWaitsIsResumedOnce() {
        var state = FastCGIBodyState<Int>(ByteBuffer())
        #expect(state.park(7) == nil)
        let (waiter, outcome) = state.receive(self.bytes("a")) ?? (0, .failure(.aborted))
        #expect(waiter == 7)
        #expect(outcome == .success(self.bytes("a")))
        #expect(state.receive(self.bytes("b")) == nil)
        #expect(state.park(8) == .success(self.bytes("b")))
        #expect(state.park(9) == nil)
        let end = state.finish(.whole) ?? (0, .failure(.aborted))
        #expect(end.0 == 9)
        #expect(end.1 == .success(nil))
    }

    @Test func aMismatchDropsWhatIsBuffered() {
        var state = FastCGIBodyState<Int>(self.bytes("abc"))
        #expect(state.finish(.lengthMismatch) == nil)
        #expect(state.take() == .failure(.lengthMismatch))
        #expect(state.bufferedBytes == 0)
        #expect(state.receive(self.bytes("x")) == nil)
        #expect(state.fail(.aborted) == nil)
        #expect(state.take() == .failure(.lengthMismatch))
    }

    @Test func aWholeBodyOutlivesItsConnection() {
        var state = FastCGIBodyState<Int>(self.bytes("abc"))
        #expect(state.finish(.whole) == nil)
        #expect(state.fail(.aborted) == nil)
        #expect(state.take() == .success(self.bytes("abc")))
    }

    @Test func onlyOneMayWait() {
        var state = FastCGIBodyState<Int>(ByteBuffer())
        #expect(state.park(1) == nil)
        #expect(state.park(2) == .failure(.alreadyReading))
        let failed = state.fail(.aborted) ?? (0, .success(nil))
        #expect(failed.0 == 1)
        #expect(failed.1 == .failure(.aborted))
    }
}
