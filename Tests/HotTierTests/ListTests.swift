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

            let unsettled = try await bench.store.unsettledSessions(of: bench.user)
            #expect(unsettled.present.map(\.session) == [active, completed] && unsettled.deleted == [deleted])
            #expect(unsettled.present.last?.lastActivityAt == Timestamp(milliseconds: 1))

            let found = try await bench.store.sessions(
                [deleted, active, settled, bench.newID(), completed], of: bench.user)
            #expect(found.map { $0?.id } == [nil, active, settled, nil, completed])
            #expect(found.map { $0?.status } == [nil, .active, .archived, nil, .completed])
            #expect(found[1]?.abandonsAt != nil && found[2]?.abandonsAt == nil)
            let nobodys = try await bench.store.unsettledSessions(of: try #require(UserID("nobody")))
            #expect(nobodys.present.isEmpty && nobodys.deleted.isEmpty)
        }
    }

    @Test func aHotTierThatLostItsDataDoesNotSayNone() async throws {
        try await withHotTier { bench in
            try bench.server.command("DEL", bench.keys.manifest)
            await #expect(throws: HotError.self) { try await bench.store.unsettledSessions(of: bench.user) }
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
                #expect(try await bench.store.unsettledSessions(of: user).present.map(\.session) == [id])
                for other in sessions.keys where other != user {
                    #expect(try await bench.store.sessions([id], of: other) == [nil])
                }
            }
        }
    }
}
