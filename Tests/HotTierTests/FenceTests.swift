import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// What a reconciler does after another took over.
@Suite(.timeLimit(.minutes(1))) struct FenceTests {
    /// What is changed by one that goes on with the mark of an earlier time.
    private static let steps: [(String, @Sendable (HotBench, UserSession, String) async throws(HotError) -> Void)] = [
        (
            "drop",
            { (bench, session, mark) throws(HotError) in
                try await bench.copies.drop([SessionHead(session)], of: bench.shard, mark: mark)
            }
        ),
        (
            "drop the numbers",
            { (bench, _, mark) throws(HotError) in try await bench.copies.dropNumbers(of: bench.shard, mark: mark) }
        ),
        (
            "raise",
            { (bench, session, mark) throws(HotError) in
                var head = SessionHead(session)
                head.lastActivityAt = head.lastActivityAt.adding(milliseconds: 1)
                try await bench.copies.raise([head], of: bench.shard, mark: mark)
            }
        ),
        (
            "grant",
            { (bench, _, mark) throws(HotError) in
                try await bench.copies.grant(bench.abandonAfter + 1, toDueOf: bench.shard, mark: mark)
            }
        ),
        (
            "put back",
            { (bench, session, mark) throws(HotError) in
                var lost = session
                lost.id = bench.newID()
                let readAt = try await bench.log.time(of: bench.shard)
                try await bench.copies.restore(
                    [DurableSession(session: lost, messages: [])], of: bench.shard, mark: mark, readAt: readAt, grace: 0
                )
            }
        ),
    ]

    @Test(arguments: steps.indices) func whoseTurnIsOverChangesNothing(_ index: Int) async throws {
        let step = Self.steps[index].1
        try await withHotTier { bench in
            var numbered = bench.creation(name: nil)
            numbered.highestNumber = 3
            _ = try bench.done(try await bench.store.create(numbered))
            let id = try await bench.session()
            let session = try bench.done(
                try await bench.store.load(id, of: bench.user, messages: 0, touching: false)
            ).session
            let (old, new) = (try await bench.close(), try await bench.close())
            let isRefused: (HotError) -> Bool = { if case .unavailable = $0 { true } else { false } }
            try await bench.thrown(isRefused) { try await step(bench, session, old) }
            try await bench.admit()
            try await bench.thrown(isRefused) { try await step(bench, session, new) }

            // The step is one that changes something, in its time.
            let mark = try await bench.close()
            let before = try bench.dump()
            try await step(bench, session, mark)
            #expect(try bench.dump() != before)
        }
    }
}
