import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

/// What operators' tools do.
@Suite(.timeLimit(.minutes(1))) struct OrderTests {
    @Test(arguments: [1, 16]) func anOrderGoesThroughTheLog(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            for order in [
                Order.retry(7), .drop(8), .forget(bench.user), .rewrite(.session(bench.newID())),
                .rewrite(.mission(bench.newID())),
            ] {
                let id = try bench.done(try await bench.store.order(order, of: bench.shard))
                let entry = try #require(try await bench.entries().last)
                guard case .order(order) = try Change(entry) else { throw TestingError("another order") }
                #expect(entry.id == id)
            }
            try bench.unreconcile()
            try await bench.unreconciled { try await bench.store.order(.drop(1), of: bench.shard) }
        }
    }

    @Test func whatIsKeptOfAUserBesideSessionsIsForgottenAndNobodyElses() async throws {
        try await withHotTier { bench in
            // A user's id may stand for something in a pattern.
            let users = try ["a*b", "a?b", "axb"].map { try #require(UserID($0)) }
            for user in users {
                for key in ["a", "b"] as [Character] {
                    _ = try bench.done(
                        try await bench.store.create(
                            bench.creation(user: user, key: HotBench.key(key))))
                }
            }
            #expect(try await bench.store.forget(users[0]) == 2)
            #expect(try bench.server.command("KEYS", "\(bench.prefix):{0}:idem:*").strings.count == 4)
        }
    }

    @Test func aSessionIsResealedOnlyIfItIsAsItWasRead() async throws {
        try await withHotTier { bench in
            let id = try await bench.session(.completed)
            try await bench.flush([bench.settled(id, .completed)])
            let before = try await bench.loaded(id)
            let envelope = try #require(before.sealedMetadata)
            let log = try bench.done(try await bench.store.reseal(id, of: bench.user, from: envelope, to: [9, 9]))
            let after = try await bench.loaded(id)
            #expect(after.sealedMetadata == [9, 9] && after.version == before.version && after.logID == log)
            #expect(after.status == .completed && after.lastActivityAt == before.lastActivityAt)
            #expect(try bench.ttl(bench.keys.session(id)) == -1, "until it is flushed")
            guard case .resealing(id, bench.user, [9, 9]) = try Change(try #require(try await bench.entries().last))
            else { throw TestingError("another entry") }
            try await bench.refused(.moved) {
                try await bench.store.reseal(id, of: bench.user, from: envelope, to: [8])
            }
            try await bench.refused(.miss) {
                try await bench.store.reseal(id, of: bench.neighbour(), from: [9, 9], to: [8])
            }
        }
    }

    @Test func aMissionIsResealedOnlyIfNothingWasChangedSince() async throws {
        try await withHotTier { bench in
            let id = try await bench.mission()
            let before = try bench.done(try await bench.store.mission(id, of: bench.user, using: false))
            let time = Timestamp(milliseconds: try bench.now())
            let log = try bench.done(
                try await bench.store.reseal(before, parts: [.mission: before.mission], at: time))
            let after = try bench.done(try await bench.store.mission(id, of: bench.user, using: false))
            #expect(after.version == before.version && after.logID == log && after.mission == before.mission)
            guard case .mission(let change) = try Change(try #require(try await bench.entries().last)) else {
                throw TestingError("another entry")
            }
            #expect(change.kind == .resealing && change.version == before.version)
            try await bench.refused(.moved) {
                try await bench.store.reseal(before, parts: [.mission: before.mission], at: time)
            }
        }
    }
}
