import GRDB
import SessionTesting
import Testing

/// A row of SQLite that nobody can understand is the matter of its session alone, and is mended from the hot copy.
@Suite struct DamagedRowTests {
    private let user = "1"

    private func damage(_ stack: Stack, _ sql: String) async throws {
        try await DatabaseQueue(path: "\(stack.dataFolder)/shard-0.sqlite").write { try $0.execute(sql: sql) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [false, true])
    func othersAreNotHeldUpByIt(_ losesRedis: Bool) async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user), neighbour = try await stack.newSession(for: user)
            for id in [session, neighbour] { try await stack.append("before", to: id, of: user) }
            try await stack.flushed()
            try await stack.service.stop()
            try await damage(stack, "UPDATE user_sessions SET log_id = 'none' WHERE id = '\(session)'")
            if losesRedis { try stack.redis.command("FLUSHALL") }
            try await stack.service.start()
            try await stack.takesWrites(neighbour, of: user)
            try await stack.append("after", to: neighbour, of: user)
            if !losesRedis { try await stack.append("after", to: session, of: user) }
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[neighbour]?.last == "after")
            guard !losesRedis else { return }
            try await eventually("it is mended") {
                try DurableRows(stack).integer("SELECT COUNT(*) FROM quarantine") == 0
            }
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == ["before", "after"])
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters WHERE healed_at IS NULL") == 0)
            #expect(try rows.tornSessions() == 0)
        }
    }
}
