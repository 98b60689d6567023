import SessionModel
import SessionTesting
import Testing

@Suite struct PlaceTests {
    private func place(_ time: Int64, _ high: UInt64 = 0, _ low: UInt64 = 0) -> Place<MissionKind> {
        Place(id: MissionID(high: high, low: low), time: Timestamp(milliseconds: time))
    }

    @Test func theMostRecentIsFirstAndThenTheHigherId() {
        let ordered = [
            place(9), place(5, .max, 0), place(5, 1 << 63, 9), place(5, 2, 0), place(5, 1, .max), place(5, 1, 1 << 63),
            place(5, 1, 1), place(5), place(0, 7), place(-1, .max, .max), place(.min),
        ]
        for (first, one) in ordered.enumerated() {
            #expect(one.isBehind(nil))
            for (second, other) in ordered.enumerated() {
                #expect(one.comesBefore(other) == (first < second))
                #expect(one.isBehind(other) == (first > second))
            }
        }
    }

    /// An id's text sorts as its bits do, which is how SQLite and Redis sort them.
    @Test func theOrderIsThatOfTheTexts() {
        var random = SeededGenerator.announced()
        let places = (0..<300).map { _ in
            place(
                Int64.random(in: 0...3, using: &random), [0, 1, random.next()].randomElement(using: &random) ?? 0,
                random.next())
        }
        let byText = places.sorted { one, other in
            one.time == other.time ? one.id.description > other.id.description : one.time > other.time
        }
        #expect(places.sorted { $0.comesBefore($1) } == byText)
    }
}
