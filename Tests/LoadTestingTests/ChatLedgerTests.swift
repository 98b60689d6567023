import LoadTesting
import Testing

@Suite struct ChatLedgerTests {
    @Test func oneAfterAnotherHasNoGap() {
        var chat = ChatLedger()
        for number in 1...5 as ClosedRange<UInt32> {
            #expect(chat.issue(1) == number)
            #expect(chat.acknowledge(number, count: 1, floor: number - 1) == nil)
        }
        #expect(chat.contiguous == 5)
        #expect(chat.isOrdered)
        #expect(chat.lengths == 5...5)
    }

    @Test func whatIsUnderWayTogetherMayBeAnsweredInAnyOrder() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        _ = chat.issue(2)
        #expect(chat.acknowledge(2, count: 2, floor: 0) == nil)
        #expect((chat.contiguous, chat.highest) == (0, 3))
        #expect(chat.acknowledge(1, count: 1, floor: 0) == nil)
        #expect(chat.contiguous == 3)
        #expect(!chat.isOrdered)
    }

    @Test func aNumberGivenTwiceIsFound() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        _ = chat.issue(1)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == nil)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == .twice(1))
    }

    @Test func aGapIsFoundWhenNothingIsUnderWay() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        _ = chat.issue(2)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == nil)
        #expect(chat.acknowledge(3, count: 2, floor: 0) == .beyond(4, issued: 3))
        _ = chat.issue(1)
        #expect(chat.acknowledge(3, count: 1, floor: 1) == .gap(2))
    }

    @Test func aNumberBeyondWhatCanBeCountedIsFound() {
        var chat = ChatLedger()
        _ = chat.issue(2)
        #expect(chat.acknowledge(.max, count: 2, floor: 0) == .beyond(.max, issued: 2))
    }

    @Test func aNumberBelowWhatWasReadBeforeIsFound() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == nil)
        _ = chat.issue(1)
        #expect(chat.acknowledge(1, count: 1, floor: 1) == .notAbove(1, floor: 1))
    }

    @Test func moreThanWereSentAreFound() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        #expect(chat.acknowledge(2, count: 1, floor: 0) == .beyond(2, issued: 1))
    }

    @Test func whatWasLostMayBeThereOrNot() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        chat.lose(1)
        _ = chat.issue(1)
        #expect(chat.acknowledge(2, count: 1, floor: 0) == nil)
        #expect(chat.unknown == 1)
        #expect(chat.lengths == 2...2)
    }

    @Test func whatWasLostLeavesAHoleAndNothingWaitsBehindIt() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        chat.lose(1)
        for number in 2...1000 as ClosedRange<UInt32> {
            _ = chat.issue(1)
            #expect(chat.acknowledge(number, count: 1, floor: number - 1) == nil)
        }
        #expect(chat.ahead.isEmpty)
        #expect(chat.contiguous == 1000)
        #expect(chat.acknowledge(2, count: 1, floor: 0) == .twice(2))
    }

    @Test func aHoleOfWhatIsUnderWayIsFilledOnce() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        chat.lose(1)
        _ = chat.issue(1)
        _ = chat.issue(1)
        #expect(chat.acknowledge(2, count: 1, floor: 0) == nil)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == nil)
        #expect(chat.acknowledge(1, count: 1, floor: 0) == .twice(1))
    }

    @Test func aGapIsFoundBeyondWhatWasLost() {
        var chat = ChatLedger()
        _ = chat.issue(1)
        chat.lose(1)
        _ = chat.issue(1)
        _ = chat.issue(2)
        #expect(chat.acknowledge(2, count: 1, floor: 0) == nil)
        #expect(chat.acknowledge(5, count: 2, floor: 0) == .beyond(6, issued: 4))
        _ = chat.issue(1)
        #expect(chat.acknowledge(5, count: 1, floor: 2) == .gap(3))
    }
}
