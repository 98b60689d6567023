import SessionModel
import Testing

@Suite struct SessionLifecycleTests {
    /// domain.md's table, whole: what is not in it is refused.
    private static let table: [SessionMove: (from: Set<SessionStatus>, to: SessionStatus)] = [
        .complete: ([.active], .completed),
        .archive: ([.active, .completed, .abandoned], .archived),
        .resume: ([.completed, .abandoned, .archived], .active),
        .use: ([.active, .abandoned], .active),
        .abandon: ([.active], .abandoned),
        .retire: ([.abandoned], .archived),
    ]

    @Test func everyMoveFromEveryStatusIsAsTheDomainSays() throws {
        for move in SessionMove.allCases {
            let row = try #require(Self.table[move])
            #expect(move.to == row.to)
            for status in SessionStatus.allCases {
                #expect(move.from.contains(status) == row.from.contains(status), "\(status), \(move)")
            }
            #expect(Set(move.from).count == move.from.count)
        }
    }

    @Test func onlyPeopleResumeWhatTheyEnded() {
        for status in [SessionStatus.completed, .archived] {
            let ways = SessionMove.allCases.filter { $0.from.contains(status) && $0.to == .active }
            #expect(ways == [.resume])
        }
    }

    @Test func aWishForAStatusIsAMove() {
        #expect(SessionMove(to: .active) == .resume)
        #expect(SessionMove(to: .completed) == .complete)
        #expect(SessionMove(to: .archived) == .archive)
        #expect(SessionMove(to: .abandoned) == nil)
    }

    @Test func theWordsAreTheWiresOwn() {
        #expect(SessionStatus.allCases.map(\.rawValue) == ["active", "completed", "abandoned", "archived"])
        #expect(MessageRole.allCases.map(\.rawValue) == ["user", "assistant", "system", "tool", "status"])
        #expect(
            MissionStatus.allCases.map(\.rawValue)
                == ["awaiting_approval", "in_progress", "completed", "failed", "cancelled"])
    }
}
