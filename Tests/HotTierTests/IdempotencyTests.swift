import SessionCore
import SessionModel
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    /// The same write again answers as the first did, and leaves everything as it was.
    private func replayed<Value: Equatable>(
        _ bench: HotBench, _ first: Value, _ step: () async throws -> HotReply<Value>
    ) async throws {
        let before = try bench.dump()
        guard case .replayed(let value) = try await step() else {
            Issue.record("no replay")
            return
        }
        #expect(value == first)
        #expect(try bench.dump() == before)
    }

    @Test(arguments: [1, 16]) func aRepeatedCreationIsTheFirst(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let first = try bench.done(
                try await bench.store.create(bench.creation(name: "a b  c", key: HotBench.key())))
            try await replayed(bench, first) {
                try await bench.store.create(bench.creation(name: "a b  c", key: HotBench.key()))
            }
            let ttl = try bench.ttl(bench.keys.idempotency(bench.user, HotBench.key().keyHash))
            #expect((1...Int(LifecyclePolicy.idempotency)).contains(ttl))
        }
    }

    @Test(arguments: [1, 100]) func aRepeatedAppendIsTheFirst(_ count: Int) async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let append = bench.append(id, count, key: HotBench.key())
            let first = try bench.done(try await bench.store.append(append))
            #expect(first.ids.count == count)
            _ = try bench.done(try await bench.store.append(bench.append(id)))
            try await replayed(bench, first) { try await bench.store.append(append) }
        }
    }

    @Test func aRepeatedMissionIsTheFirst() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let creation = bench.newMission(in: id, key: HotBench.key(), details: "a b  c ")
            let first = try bench.done(try await bench.store.create(creation))
            try await replayed(bench, first) { try await bench.store.create(creation) }
        }
    }

    @Test func aReplaySurvivesTheDeletionOfTheSession() async throws {
        try await withHotTier { bench in
            let creation = bench.creation(key: HotBench.key())
            let made = try bench.done(try await bench.store.create(creation))
            let append = bench.append(made.id, key: HotBench.key("c"))
            let appended = try bench.done(try await bench.store.append(append))
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: made.id, userID: bench.user, condition: .any)))
            try await replayed(bench, made) { try await bench.store.create(creation) }
            try await replayed(bench, appended) { try await bench.store.append(append) }
        }
    }

    /// A replay is an answer, not a write: nothing that refuses writes refuses it.
    @Test func aReplaySurvivesWhatRefusesWrites() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let append = bench.append(id, key: HotBench.key())
            let first = try bench.done(try await bench.store.append(append))
            _ = try bench.done(try await bench.store.update(bench.update(id, .archive)))
            bench.gate.set(bench.shard, closed: true)
            try await replayed(bench, first) { try await bench.store.append(append) }
            try bench.server.command("DEL", bench.keys.log)
            try await replayed(bench, first) { try await bench.store.append(append) }
        }
    }

    @Test func aKeyBelongsToItsUser() async throws {
        try await withHotTier { bench in
            let first = try bench.done(try await bench.store.create(bench.creation(key: HotBench.key())))
            // A user whose id and key, put together, spell the other's.
            for name in ["a", "a:b{1}%", "a:b{1}% e\u{301}\u{1f600}", "b"] {
                let other = try #require(UserID(name))
                let made = try bench.done(
                    try await bench.store.create(bench.creation(user: other, key: HotBench.key())))
                #expect(made.id != first.id)
            }
        }
    }

    @Test func ofConcurrentRepeatsOneHappens() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let append = bench.append(id, 2, key: HotBench.key())
            let answers = try await withThrowingTaskGroup(of: (Bool, AppendedMessages?).self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        switch try await bench.store.append(append) {
                        case .done(let value): (true, value)
                        case .replayed(let value): (false, value)
                        case .refused: (false, nil)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.0 } == 1)
            #expect(Set(answers.map { $0.1?.logID }).count == 1)
            #expect(try await bench.loaded(id).messageCount == 2)
        }
    }

    @Test func aRefusedWriteUsesNoKeyUp() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            let append = bench.append(id, condition: .oneOf([9]), key: HotBench.key())
            try await bench.refused(.version(1)) { try await bench.store.append(append) }
            var again = append
            again.condition = .any
            _ = try bench.done(try await bench.store.append(again))
        }
    }
}
