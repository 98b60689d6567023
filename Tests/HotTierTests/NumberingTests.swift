import SessionCore
import SessionModel
import Testing

@testable import HotTier

/// `Session N`: one above the highest number such a name of that user ever had.
@Suite(.timeLimit(.minutes(1))) struct NumberingTests {
    private func create(_ bench: HotBench, _ name: String? = nil, knowing highest: Int64? = nil) async throws -> String
    {
        var creation = bench.creation(name: name)
        creation.highestNumber = highest
        return try bench.done(try await bench.store.create(creation)).name
    }

    @Test(arguments: [1, 16]) func numbersGoUpWhateverBecomesOfTheSessions(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            #expect(try await create(bench, knowing: 0) == "Session 1")
            #expect(try await create(bench) == "Session 2")
            #expect(try await create(bench, "Session 7") == "Session 7")
            #expect(try await create(bench, "Session 3") == "Session 3", "given names may repeat")
            #expect(try await create(bench, "Session 09") == "Session 09", "no such name")
            #expect(try await create(bench) == "Session 8")
            let id = try await bench.session()
            var rename = bench.update(id, name: "Session 20")
            _ = try bench.done(try await bench.store.update(rename))
            rename.name = "no number"
            _ = try bench.done(try await bench.store.update(rename))
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: id, userID: bench.user, condition: .any)))
            #expect(try await create(bench) == "Session 21", "ever had")
            let ttl = try bench.ttl(bench.keys.numbers(bench.user))
            #expect((1...Int(LifecyclePolicy.sessionNumber)).contains(ttl))
            #expect(try await bench.newest().change.name == "Session 21")
        }
    }

    @Test func whatIsForgottenIsAskedFor() async throws {
        try await withHotTier { bench in
            #expect(try await create(bench, knowing: 41) == "Session 42")
            try bench.server.command("DEL", bench.keys.numbers(bench.user))
            try await bench.refused(.numberUnknown) { try await bench.store.create(bench.creation(name: nil)) }
            try await bench.refused(.numberUnknown) { try await bench.store.create(bench.creation(name: "Session 1")) }
            _ = try await create(bench, "no number")
            #expect(try await create(bench, "Session 5", knowing: 42) == "Session 5")
            #expect(try await create(bench) == "Session 43")
        }
    }

    /// SQLite was read before somebody else numbered: what Redis knows by then counts too.
    @Test func theHigherOfBothCounts() async throws {
        try await withHotTier { bench in
            #expect(try await create(bench, knowing: 10) == "Session 11")
            #expect(try await create(bench, knowing: 10) == "Session 12")
            #expect(try await create(bench, knowing: 50) == "Session 51")
            var rename = bench.update(try await bench.session(), name: "Session 2")
            rename.highestNumber = 0
            _ = try bench.done(try await bench.store.update(rename))
            #expect(try await create(bench) == "Session 52")
        }
    }

    @Test func eachUserCountsAlone() async throws {
        try await withHotTier { bench in
            _ = try await create(bench, knowing: 9)
            let another = try #require(UserID("another"))
            var creation = bench.creation(name: nil, user: another)
            creation.highestNumber = 0
            #expect(try bench.done(try await bench.store.create(creation)).name == "Session 1")
        }
    }

    @Test func concurrentCreationsNeverShareANumber() async throws {
        try await withHotTier { bench in
            let names = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 { group.addTask { try await create(bench, knowing: 0) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(names == Set((1...50).map { "Session \($0)" }))
        }
    }
}
