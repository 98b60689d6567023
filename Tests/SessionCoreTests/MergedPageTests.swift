import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

/// Against the plainest way to do it: all of them in order, and then the page is cut out.
@Suite struct MergedPageTests {
    private typealias Spot = Place<MissionKind>

    private func spots(_ count: Int, _ parity: UInt64, _ random: inout SeededGenerator) -> [Spot] {
        var spots: Set<Spot> = []
        for _ in 0..<count {
            // Few different times: ties are the rule. Ids of the two lists differ.
            let id = MissionID(high: UInt64.random(in: 0...3, using: &random), low: random.next() << 1 | parity)
            spots.insert(Spot(id: id, time: Timestamp(milliseconds: Int64.random(in: 0...4, using: &random))))
        }
        return spots.sorted { $0.comesBefore($1) }
    }

    private func request(_ all: [Spot], _ random: inout SeededGenerator) -> PageRequest<MissionKind> {
        let size = Int.random(in: 1...7, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .following(nil, limit: size)
        case 1: return .following(all.randomElement(using: &random), limit: size)
        case 2:
            // A place that is nobody's any more.
            let time = Timestamp(milliseconds: Int64.random(in: -1...5, using: &random))
            return .following(Spot(id: MissionID(high: 1, low: 1 << 63), time: time), limit: size)
        default: return .numbered(page: Int.random(in: 1...4, using: &random), size: size)
        }
    }

    @Test func aPageIsCutOutOfAllInOrder() {
        var random = SeededGenerator.announced()
        for _ in 0..<3000 {
            let hot = spots(Int.random(in: 0...12, using: &random), 0, &random)
            let cold = spots(Int.random(in: 0...12, using: &random), 1, &random)
            let all = (hot + cold).sorted { $0.comesBefore($1) }
            let request = request(all, &random)
            let (after, skip, limit): (Spot?, Int, Int)
            switch request {
            case .numbered(let page, let size): (after, skip, limit) = (nil, (page - 1) * size, size)
            case .following(let place, let size): (after, skip, limit) = (place, 0, size)
            }
            let behind = all.filter { place in after.map { $0.comesBefore(place) } ?? true }
            let expected = Array(behind.dropFirst(skip).prefix(limit))
            let isMore = behind.count > skip + limit

            let read = cold.filter { place in after.map { $0.comesBefore(place) } ?? true }
                .prefix(request.reach)
            let page = MergedPage(hot: hot, cold: Array(read), page: request) { $0 }
            #expect(page.shown.map(\.place) == expected)
            #expect(page.shown.map(\.cold) == expected.map { cold.contains($0) ? $0 : nil })
            #expect(page.hasMore == isMore)
            #expect(page.next == (isMore ? expected.last : nil))
            #expect(page.source == (expected.contains { cold.contains($0) } ? .loaded : .hot))
        }
    }

    @Test func nothingIsAPageToo() {
        let page = MergedPage(hot: [], cold: [Spot](), page: .numbered(page: 3, size: 5)) { $0 }
        #expect(page.shown.isEmpty && !page.hasMore && page.next == nil && page.source == .hot)
    }
}
