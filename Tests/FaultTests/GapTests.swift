import SessionTesting
import Testing

/// Invariant 10: entries that SQLite never saw are never trimmed unnoticed.
@Suite struct GapTests {
    private let user = "1"

    /// A backup of SQLite is put back while Redis went on: the log was trimmed further than the backup has seen.
    @Test(.timeLimit(.minutes(1)))
    func aRestoredBackupIsBroughtUpFromTheHotTier() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user), quiet = try await stack.newSession(for: user)
            let deleted = try await stack.newSession(for: user)
            var writer = Writer(
                stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
            for number in 0..<5 { _ = try await writer.write(number) }
            try await stack.flushed()
            try await stack.service.stop()
            let copy = stack.folder.file("backup")
            try copyFolder(stack.dataFolder, to: copy)
            try await stack.service.start()
            for number in 5..<10 { _ = try await writer.write(number) }
            let born = try await stack.newSession(for: user)
            let mission = try await stack.expect(
                201, "POST", "/api/missions/?session_id=\(born)", as: user,
                json: #"{"name":"plan","assets":[{"name":"a","role":"output","content":{"k":1}}]}"#)
            _ = try await stack.expect(200, "PUT", "/api/sessions/\(quiet)", as: user, json: #"{"name":"renamed"}"#)
            _ = try await stack.expect(204, "DELETE", "/api/sessions/\(deleted)", as: user)
            try await stack.flushed()
            try await stack.service.stop()
            try copyFolder(copy, to: stack.dataFolder)
            try await stack.service.start()
            for number in 10..<12 { _ = try await writer.write(number) }
            try await stack.flushed()

            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == (0..<12).map { "c \($0)" })
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE name = 'renamed'") == 1)
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE id = '\(born)'") == 1)
            #expect(try rows.integer("SELECT COUNT(*) FROM missions") == 1)
            #expect(try rows.integer("SELECT COUNT(*) FROM assets") == 1)
            #expect(try rows.integer("SELECT COUNT(*) FROM asset_contents WHERE content = '{\"k\":1}'") == 1)
            #expect(try rows.tornSessions() == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters WHERE healed_at IS NULL") == 0)
            #expect(try await stack.contents(of: session, user: user) == (0..<12).map { "c \($0)" })
            #expect(mission.text.contains("plan"))
        }
    }

    /// Somebody trims the log by hand.
    @Test(.timeLimit(.minutes(1)), arguments: ["XTRIM", "XDEL", "all"])
    func entriesThatSomebodyTookAwayAreMadeUpForFromTheHotTier(_ how: String) async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = Writer(
                stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
            (writer.cuts, writer.repeats) = (0, 0)
            for number in 0..<3 { _ = try await writer.write(number) }
            try await stack.flushed()
            let lock = try DatabaseLock(stack)
            for number in 3..<8 { _ = try await writer.write(number) }
            if how == "XTRIM" || how == "all" {
                // Where none is left behind them, nothing but the count tells of them.
                try stack.redis.command("XTRIM", "sd:{0}:log", "MAXLEN", how == "all" ? "0" : "2")
            } else {
                let first = try stack.redis.command("XRANGE", "sd:{0}:log", "-", "+", "COUNT", "1")
                try stack.redis.command("XDEL", "sd:{0}:log", first.array?.first?.array?.first?.string ?? "")
            }
            try lock.release()
            // Noticed within a second; until then what is left of the log waits in quarantine.
            try await eventually("SQLite has it all", within: .seconds(20)) {
                try DurableRows(stack).chats()[session] == (0..<8).map { "c \($0)" }
            }
            try await stack.takesWrites(session, of: user)
            for number in 8..<10 { _ = try await writer.write(number) }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.chats()[session] == (0..<10).map { "c \($0)" })
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters WHERE healed_at IS NULL") == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM quarantine") == 0)
        }
    }
}
