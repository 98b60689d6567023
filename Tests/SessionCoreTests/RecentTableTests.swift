import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

@Suite struct RecentTableTests {
    /// Whatever was put in, what comes out is what was put in last under that very id, or nothing.
    @Test func itRemembersRightOrNotAtAll() {
        var generator = SeededGenerator.announced()
        let table = RecentTable<SessionKind, Int>(log2: 4)
        let ids = (0..<64).map { _ in SessionID(high: generator.next(), low: generator.next()) }
        var truth: [SessionID: Int] = [:]
        var hits = 0
        for number in 0..<10_000 {
            guard let id = ids.randomElement(using: &generator) else { continue }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                table[id] = number
                truth[id] = number
            case 1:
                table[id] = nil
                truth[id] = nil
            default:
                guard let found = table[id] else { continue }
                hits += 1
                #expect(found == truth[id])
            }
        }
        #expect(hits > 100)
    }

    /// Ids of one shard end alike.
    @Test func idsOfOneShardHavePlacesOfTheirOwn() {
        var generator = SeededGenerator.announced()
        let table = RecentTable<SessionKind, Int>(log2: 12)
        let ids = (0..<1000).map { number in
            SessionID.random(
                in: Shard(number: 0), at: Timestamp(milliseconds: 1_795_000_000_000 + number), using: &generator)
        }
        for (number, id) in ids.enumerated() { table[id] = number }
        let kept = ids.enumerated().filter { table[$0.element] == $0.offset }.count
        #expect(kept > 700)
    }
}
