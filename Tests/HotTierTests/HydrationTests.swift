import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct HydrationTests {
    private func cold(
        _ bench: HotBench, _ status: SessionStatus, messages: Int = 3, of count: Int64 = 10, seen: Int64? = nil
    ) throws -> DurableSession {
        let now = try bench.now()
        let session = UserSession(
            id: bench.newID(), userID: bench.user, name: "cold", status: status, missionID: bench.newID(),
            sealedMetadata: [0, 255], version: 7, logID: LogID(milliseconds: 5, sequence: 6), messageCount: count,
            createdAt: Timestamp(milliseconds: 1), updatedAt: Timestamp(milliseconds: 2),
            lastActivityAt: Timestamp(milliseconds: seen ?? now - 10),
            abandonedAt: status == .abandoned ? Timestamp(milliseconds: 3) : nil)
        return DurableSession(session: session, messages: (0..<messages).map { Array(#"{"m":\#($0)}"#.utf8) })
    }

    private func hydrate(_ bench: HotBench, _ session: DurableSession, age: Int64 = 0) async throws -> Hydration {
        try await bench.store.hydrate(session, readAt: Timestamp(milliseconds: try bench.now() - age))
    }

    @Test(arguments: SessionStatus.allCases, [1, 16]) func aMissIsFilledWithAllOfIt(
        _ status: SessionStatus, _ shards: Int
    ) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let cold = try cold(bench, status)
            // Of a time before Redis lost its newest data.
            try bench.server.command("ZADD", bench.keys.abandoned, "1", cold.session.id.description)
            let log = try bench.server.command("DUMP", bench.keys.log)
            #expect(try await hydrate(bench, cold) == .created)
            #expect(try bench.server.command("DUMP", bench.keys.log) == log, "no entry")
            let view = try bench.done(
                try await bench.store.load(cold.session.id, of: bench.user, messages: 10, touching: false))
            var expected = cold.session
            if status == .active {
                expected.abandonsAt = expected.lastActivityAt.adding(milliseconds: bench.abandonAfter)
            }
            #expect(view.session == expected)
            #expect(view.messages.json == Array(#"{"m":0},{"m":1},{"m":2}"#.utf8))
            #expect(view.messages.firstSequence == 8 && view.messages.hasMore)

            let id = cold.session.id
            #expect(try bench.exists(bench.keys.alive(id)) == (status == .active))
            #expect((try bench.score(bench.keys.activity, id) != nil) == (status == .active))
            #expect((try bench.score(bench.keys.user(bench.user), id) != nil) == (status == .active))
            #expect(try bench.score(bench.keys.abandoned, id) == (status == .abandoned ? 3 : nil))
            let linger = Int(bench.configuration.lifecycle.hotLinger)
            for key: String in [bench.keys.session(id), bench.keys.messages(id)] {
                let ttl = try bench.ttl(key)
                #expect(status == .active ? ttl == -1 : (linger - 5000...linger).contains(ttl))
            }
        }
    }

    @Test func laterActivityThatSQLiteKnowsIsRaisedWhateverTheStatus() async throws {
        try await withHotTier { bench in
            for status in [SessionStatus.active, .abandoned] {
                let cold = try cold(bench, status)
                let (session, id) = (cold.session, cold.session.id)
                #expect(try await hydrate(bench, cold) == .created)
                let mark = try await bench.close()
                let at = session.lastActivityAt.adding(milliseconds: 5)
                func raise(to time: Timestamp) async throws {
                    let head = SessionHead(
                        id: id, userID: bench.user, version: session.version, logID: session.logID, status: .active,
                        lastActivityAt: time)
                    try await bench.copies.raise([head], of: bench.shard, mark: mark)
                }
                try await raise(to: at)
                try await raise(to: session.lastActivityAt)
                try await bench.admit()
                let view = try bench.done(
                    try await bench.store.load(id, of: bench.user, messages: 0, touching: false))
                #expect(view.session.lastActivityAt == at && view.session.status == status)
                #expect(try bench.exists(bench.keys.alive(id)) == (status == .active))
                #expect(try bench.score(bench.keys.activity, id) == (status == .active ? Int(at.milliseconds) : nil))
            }
        }
    }

    @Test func whatIsThereIsNeverOverwritten() async throws {
        try await withHotTier { bench in
            let id = try await bench.session()
            var cold = try cold(bench, .archived)
            cold.session.id = id
            let before = try bench.dump()
            #expect(try await hydrate(bench, cold) == .present)
            #expect(try bench.dump() == before)
        }
    }

    @Test func whatWasDeletedIsNeverRevived() async throws {
        try await withHotTier { bench in
            var cold = try cold(bench, .active)
            cold.session.id = try await bench.session()
            _ = try bench.done(
                try await bench.store.delete(
                    SessionDeletion(session: cold.session.id, userID: bench.user, condition: .any)))
            let before = try bench.dump()
            #expect(try await hydrate(bench, cold) == .deleted)
            #expect(try bench.dump() == before)
            try await bench.flush([bench.settled(cold.session.id, nil)])
            #expect(try await hydrate(bench, cold) == .deleted, "the tombstone outlives the flush")
            // Gone at last; a read that began before is too old by then.
            try bench.server.command("DEL", bench.keys.gone(cold.session.id))
            #expect(try await hydrate(bench, cold, age: LifecyclePolicy.flushedTombstone) == .stale)
            #expect(try !bench.exists(bench.keys.session(cold.session.id)))
        }
    }

    @Test func anOldReadFillsNothing() async throws {
        try await withHotTier { bench in
            let cold = try cold(bench, .active)
            let before = try bench.dump()
            #expect(try await hydrate(bench, cold, age: LifecyclePolicy.oldestHydration + 1) == .stale)
            #expect(try bench.dump() == before)
            #expect(try await hydrate(bench, cold, age: LifecyclePolicy.oldestHydration - 1000) == .created)
        }
    }

    @Test func anUnreconciledTierIsNotFilled() async throws {
        try await withHotTier { bench in
            try bench.unreconcile()
            let cold = try cold(bench, .active)
            try await bench.thrown({ if case .unreconciled = $0 { true } else { false } }) {
                _ = try await hydrate(bench, cold)
            }
        }
    }

    @Test func ofManyAtOnceOneFills() async throws {
        try await withHotTier { bench in
            let cold = try cold(bench, .active)
            let outcomes = try await withThrowingTaskGroup(of: Hydration.self) { group in
                for _ in 0..<50 { group.addTask { try await hydrate(bench, cold) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .created } == 1)
            #expect(outcomes.allSatisfy { $0 == .created || $0 == .present })
            #expect(try bench.server.command("LLEN", bench.keys.messages(cold.session.id)).int == 3)
        }
    }

    @Test func oneWhoseTimeIsUpIsFilledAndDue() async throws {
        try await withHotTier { bench in
            let cold = try cold(bench, .active, seen: 5)
            #expect(try await hydrate(bench, cold) == .created)
            let id = cold.session.id
            try await bench.refused(.due) { try await bench.store.touch(id, of: bench.user) }
            #expect(try await bench.store.overdueActive(bench.shard, offset: 0, limit: 9) == [id])
            _ = try bench.done(try await bench.store.abandon(id))
        }
    }

    /// One whose time is nearly up is as little to be heard during an outage.
    @Test func whoHasLessThanTheGraceLeftIsGivenIt() async throws {
        try await withHotTier { bench in
            let ages: [Int64] = [bench.abandonAfter + 5_000, bench.abandonAfter - 5_000, 10_000]
            let now = try bench.now()
            var ids: [SessionID] = []
            for age in ages {
                let cold = try cold(bench, .active, seen: now - age)
                #expect(try await hydrate(bench, cold) == .created)
                ids.append(cold.session.id)
            }
            try await bench.copies.grant(30_000, toDueOf: bench.shard, mark: try await bench.close())
            let left = try ids.map { try bench.ttl(bench.keys.alive($0)) }
            #expect((20_000...30_000).contains(left[0]) && (20_000...30_000).contains(left[1]))
            #expect((30_001...60_000).contains(left[2]))
        }
    }

    @Test func aRebuiltTierGivesEverybodyTheGrace() async throws {
        try await withHotTier { bench in
            let mark = try await bench.close()
            let overdue = try cold(bench, .active, seen: 5)
            let fresh = try cold(bench, .active)
            let readAt = Timestamp(milliseconds: try bench.now())
            try await bench.copies.restore(
                [overdue, fresh], of: bench.shard, mark: mark, readAt: readAt, grace: 30_000)
            #expect((25_000...30_000).contains(try bench.ttl(bench.keys.alive(overdue.session.id))))
            #expect((50_000...60_000).contains(try bench.ttl(bench.keys.alive(fresh.session.id))))
            try await bench.admit(after: LogID(milliseconds: 5, sequence: 6))
            // Who reconciles too late puts nothing back.
            try await bench.thrown({ if case .unavailable = $0 { true } else { false } }) {
                try await bench.copies.restore(
                    [try cold(bench, .active)], of: bench.shard, mark: mark, readAt: readAt, grace: 30_000)
            }
            try await bench.refused(.notDue) { try await bench.store.abandon(overdue.session.id) }
            _ = try bench.done(try await bench.store.touch(overdue.session.id, of: bench.user))
        }
    }
}
