import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct MessagesTests {
    /// Sequence numbers of a page, read from the messages themselves.
    private func sequences(_ page: MessagePage) throws -> [Int64] {
        let list = try JSONTape([UInt8(ascii: "[")] + page.json + [UInt8(ascii: "]")])
        return list.root.elements.compactMap {
            $0["sequence_order"].flatMap { Int64(String(decoding: $0.raw, as: UTF8.self)) }
        }
    }

    private func expectPage(_ found: HotMessages, _ range: MessageRange, _ location: SourceLocation = #_sourceLocation)
        throws
    {
        let bounds = range.bounds(last: found.lastSequence)
        let wanted = bounds.filter { $0 >= found.windowStart }
        #expect(try sequences(found.page) == wanted, "\(range)", sourceLocation: location)
        #expect(found.page.count == wanted.count, sourceLocation: location)
        if let first = wanted.first { #expect(found.page.firstSequence == first, sourceLocation: location) }
    }

    @Test func anyRangeIsAsTheModelHasIt() async throws {
        var random = SeededGenerator.announced()
        var options = HotBenchOptions()
        options.lifecycle.hotWindow = 20
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            var last: Int64 = 0, flushed: Int64 = 0, start: Int64 = 1
            for _ in 0..<150 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    let count = Int.random(in: 1...8, using: &random)
                    _ = try bench.done(try await bench.store.append(bench.append(id, count, content: "x")))
                    last += Int64(count)
                case 1 where last > flushed:
                    flushed = Int64.random(in: flushed...last, using: &random)
                    try await bench.log.settle(
                        AppliedBatch(
                            cursor: LogID(milliseconds: 1, sequence: 1),
                            sessions: [bench.settled(id, .active, messages: flushed)], deadLetters: 0),
                        missions: [:], in: bench.shard)
                    if flushed > 20 { start = max(start, last - max(20, last - flushed) + 1) }
                default:
                    let limit = Int.random(in: 1...30, using: &random)
                    let edge = Int64.random(in: -2...(last + 3), using: &random)
                    let range =
                        [MessageRange.newest(limit: limit), .before(edge, limit: limit), .after(edge, limit: limit)]
                        .randomElement(using: &random) ?? .newest(limit: limit)
                    let found = try bench.done(try await bench.store.messages(range, of: id, user: bench.user))
                    #expect(found.lastSequence == last)
                    #expect(found.windowStart == start)
                    try expectPage(found, range)
                    let view = try bench.done(
                        try await bench.store.load(id, of: bench.user, messages: limit, touching: false))
                    let shown = try sequences(view.messages)
                    let expected = Array((start...(last + 1)).dropLast().suffix(limit))
                    #expect(shown == expected)
                    #expect(view.messages.hasMore == (last > Int64(shown.count)))
                }
            }
        }
    }

    /// While others append and the flusher trims, a range is whole or it is said that it can't be had.
    @Test func aRangeStaysWholeWhileTheChatGrowsAndIsTrimmed() async throws {
        var options = HotBenchOptions()
        options.lifecycle.hotWindow = 30
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            _ = try bench.done(try await bench.store.append(bench.append(id, 60, content: "x")))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<25 {
                            let made = try bench.done(try await bench.store.append(bench.append(id, 2, content: "x")))
                            try await bench.log.settle(
                                AppliedBatch(
                                    cursor: LogID(milliseconds: 1, sequence: 1),
                                    sessions: [bench.settled(id, .active, messages: made.firstSequence)], deadLetters: 0
                                ),
                                missions: [:], in: bench.shard)
                        }
                    }
                }
                for seed: UInt64 in 0..<3 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed)
                        for _ in 0..<60 {
                            let edge = Int64.random(in: 20...200, using: &random)
                            let range =
                                [MessageRange.newest(limit: 25), .before(edge, limit: 9), .after(edge, limit: 9)]
                                .randomElement(using: &random) ?? .newest(limit: 5)
                            let found = try bench.done(try await bench.store.messages(range, of: id, user: bench.user))
                            try expectPage(found, range)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aChatIsItsOwnersByBytes() async throws {
        var options = HotBenchOptions()
        options.user = "\u{e9}"
        try await withHotTier(options) { bench in
            let id = try await bench.session()
            let lookalike = try #require(UserID("e\u{301}"))
            try await bench.refused(.miss) {
                try await bench.store.messages(.newest(limit: 1), of: id, user: lookalike)
            }
            try await bench.refused(.miss) {
                try await bench.store.load(id, of: lookalike, messages: 1, touching: true)
            }
            #expect(try await bench.store.sessions([id], of: lookalike) == [nil])
            try await bench.refused(.miss) {
                try await bench.store.messages(.newest(limit: 1), of: bench.newID(), user: bench.user)
            }
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: id, userID: bench.user, condition: .any)))
            try await bench.refused(.absent) {
                try await bench.store.messages(.newest(limit: 1), of: id, user: bench.user)
            }
        }
    }
}
