import SessionCore
import SessionModel
import SessionTesting
import Testing

@testable import HotTier

@Suite(.timeLimit(.minutes(1))) struct ListTests {
    @Test(arguments: [1, 16]) func theHotTierAnswersForWhatSQLiteCannotKnow(_ shards: Int) async throws {
        try await withHotTier(HotBenchOptions(shards: shards)) { bench in
            let active = try await bench.session(), completed = try await bench.session(.completed)
            let deleted = try await bench.session(), settled = try await bench.session(.archived)
            _ = try bench.done(
                try await bench.store.delete(SessionDeletion(session: deleted, userID: bench.user, condition: .any)))
            // Only this one's last change is flushed.
            try await bench.flush([bench.settled(settled, .archived)])
            try bench.server.command("ZADD", bench.keys.user(bench.user), "1", completed.description)

            for limit in [2, 3, .max] {
                let unsettled = try await bench.store.unsettledSessions(of: bench.user, after: nil, limit: limit)
                #expect(unsettled.ids == [active, completed, deleted] && unsettled.deleted == 1)
                #expect(unsettled.places.map(\.session) == [active, completed])
                #expect(unsettled.places.last?.lastActivityAt == Timestamp(milliseconds: 1))
                let newest = try await bench.store.newestUnsettled(of: bench.user, limit: limit)
                #expect(newest == unsettled.places)
            }
            #expect(
                try await bench.store.newestUnsettled(of: bench.user, limit: 1).map(\.session) == [active])

            let found = try await bench.store.sessions(
                [deleted, active, settled, bench.newID(), completed], of: bench.user)
            #expect(found.map { $0?.id } == [nil, active, settled, nil, completed])
            #expect(found.map { $0?.status } == [nil, .active, .archived, nil, .completed])
            #expect(found[1]?.abandonsAt != nil && found[2]?.abandonsAt == nil)
            let nobody = try #require(UserID("nobody"))
            #expect(
                try await bench.store.unsettledSessions(of: nobody, after: nil, limit: 9) == UnsettledSessions())
            #expect(try await bench.store.newestUnsettled(of: nobody, limit: 9).isEmpty)
        }
    }

    /// Also where so many were active in one millisecond that a page of them tells nothing, and where Redis' memory is full.
    @Test func placesBehindAPlaceAreAllOfThoseAndNoOthers() async throws {
        try await withHotTier { bench in
            var random = SeededGenerator.announced()
            let deleted: SessionID = bench.newID()
            try bench.server.command("ZADD", bench.keys.user(bench.user), "0", deleted.description)
            var all: [SessionActivity] = []
            for _ in 0..<60 {
                let place = SessionActivity(
                    session: bench.newID(),
                    lastActivityAt: Timestamp(milliseconds: .random(in: 1...6, using: &random)))
                try bench.server.command(
                    "ZADD", bench.keys.user(bench.user), "\(place.time.milliseconds)", place.id.description)
                all.append(place)
            }
            all.sort { $0.comesBefore($1) }
            let starts: [SessionActivity?] = [nil] + all
            for memory in ["256mb", "1mb"] {
                try bench.server.command("CONFIG", "SET", "maxmemory", memory)
                for (index, after) in starts.enumerated() {
                    for limit in [1, 4, 30, .max] {
                        let found = try await bench.store.unsettledSessions(
                            of: bench.user, after: after, limit: limit)
                        #expect(found.places.prefix(limit) == all.dropFirst(index).prefix(limit))
                        #expect(found.ids == all.map(\.session) + [deleted] && found.deleted == 1)
                    }
                }
            }
            try bench.server.command("CONFIG", "SET", "maxmemory", "256mb")
        }
    }

    @Test func aHotTierThatLostItsDataDoesNotSayNone() async throws {
        try await withHotTier { bench in
            try bench.server.command("DEL", bench.keys.manifest)
            await #expect(throws: HotError.self) {
                try await bench.store.unsettledSessions(of: bench.user, after: nil, limit: 9)
            }
            await #expect(throws: HotError.self) { try await bench.store.newestUnsettled(of: bench.user, limit: 9) }
        }
    }

    @Test func usersAreKeptApartInEveryKey() async throws {
        try await withHotTier { bench in
            var random = SeededGenerator.announced()
            let alphabet = [":", "{", "}", "%", " ", "*", "?", "a", "\u{e9}", "e\u{301}", "3A"]
            var sessions: [UserID: SessionID] = [:]
            for _ in 0..<40 {
                let name = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                }
                guard let user = UserID(name.joined()), sessions[user] == nil else { continue }
                sessions[user] = try await bench.session(user)
            }
            for (user, id) in sessions {
                #expect(try await bench.store.newestUnsettled(of: user, limit: 9).map(\.session) == [id])
                for other in sessions.keys where other != user {
                    #expect(try await bench.store.sessions([id], of: other) == [nil])
                }
            }
        }
    }
}
