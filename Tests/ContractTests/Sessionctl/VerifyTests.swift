import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl verify`.
@Suite struct VerifyTests {
    @Test func aRunningServicesFilesAreGood() async throws {
        let stack = try await Stacks.sharded.value
        for _ in 0..<5 {
            let person = Person(stack)
            let session = try await person.newSession(#"{"session_metadata":{"a":1}}"#)
            try await person.append(3, to: session)
            let mission = try await person.post(
                "/missions/?session_id=\(session)",
                #"{"name":"m","mission_metadata":{"a":1},"assets":[{"name":"a","role":"output","content":[1]}]}"#)
            try await person.waitUntilDurable(mission)
        }
        let output = try await stack.sessionctl("verify", "--json")
        let found = try output.json()
        #expect(found["ok"] == .bool(true) && found["files"].elements.count == 16)
        let checks = found["files"].elements.flatMap { $0["checks"].elements }
        #expect(checks.allSatisfy { $0["outcome"] != .string("failed") })
        let messages = checks.filter { $0["check"] == .string("gapless chats") }.reduce(0) {
            $0 + ($1["looked_at"].int ?? 0)
        }
        #expect(messages >= 15)
        let text = try await stack.sessionctl("verify", "--quick")
        #expect(
            text.code == 0 && text.text.contains("quick_check") && text.text.contains("Everything is as it must be."))
    }

    @Test func aGapInAChatIsFoundAndNamed() async throws {
        try await withStack { stack in
            let (torn, whole) = try await twoSessions(stack)
            try await stack.change(
                "DELETE FROM chat_message_documents WHERE sequence_order = 2 AND session = (SELECT number FROM user_sessions WHERE id = '\(torn)')"
            )
            let text = try await stack.sessionctl("verify")
            #expect(text.code == 1 && text.text.contains("FAILED (1)"), "\(text.text)")
            #expect(text.text.contains("session \(torn) has message_count 3, 2 messages, the first 1, the last 3"))
            #expect(!text.text.contains(whole))
            let found = try await stack.sessionctl("verify", "--json").json(1)
            let failed = found["files"][0]["checks"].elements.filter { $0["outcome"] == .string("failed") }
            #expect(failed.map { $0["check"] } == [.string("gapless chats")])
        }
    }

    @Test func aFlippedByteIsFound() async throws {
        try await withStack { stack in
            _ = try await twoSessions(stack)
            let file = try #require(stack.databaseFiles().first)
            // Into the file, all of it.
            try await stack.change("PRAGMA wal_checkpoint(TRUNCATE)")
            let root = try #require(
                Int(
                    try await stack.rows(
                        "SELECT rootpage FROM sqlite_schema WHERE name = 'user_sessions_by_activity'")[0]))
            let handle = try FileFlip(file)
            // The last byte of the page: within the first entry of the index.
            try handle.flip(at: root * 4096 - 1)
            let text = try await stack.sessionctl("verify")
            #expect(text.code == 1 && text.text.contains("integrity_check:"), "\(text.text)")
            #expect(text.text.contains("restore a backup"))
            // Tables and indexes aren't compared by the quick one, which is what it says.
            #expect(try await stack.sessionctl("verify", "--quick").text.contains("quick_check          ok"))
            // A page that is none at all.
            try handle.flip(at: (root - 1) * 4096)
            #expect(try await stack.sessionctl("verify", "--quick").code == 1)
            // And a file that is none.
            try handle.flip(at: 0)
            let none = try await stack.sessionctl("verify", "--json").json(1)
            #expect(none["ok"] == .bool(false))
        }
    }

    @Test func whatAFileQuotesIsHarmless() async throws {
        try await withStack { stack in
            _ = try await twoSessions(stack)
            try await stack.change(
                "UPDATE user_sessions SET log_id = 'x' || char(27) || '[2J' || char(13, 10, 155, 8232)")
            for arguments in [["verify"], ["verify", "--json"]] {
                let output = try await stack.sessionctl(arguments)
                #expect(output.code == 1 && output.isHarmless && output.text.contains("[2J"), "\(output.text)")
            }
        }
    }

    @Test func whatIsMissingIsSaid() async throws {
        let stack = try await Stacks.ordinary.value
        let missing = try await stack.sessionctl("verify", set: ["data.folder": "/nowhere"])
        #expect(
            missing.code == 1 && missing.text.contains("there is no file /nowhere/shard-0.sqlite"), "\(missing.text)")
        let backup = try await stack.sessionctl("verify", "/nowhere/backup")
        #expect(backup.code == 1 && backup.text.contains("there is nothing at /nowhere/backup"))
        let other = try await stack.sessionctl("verify", set: ["shards": "2"])
        #expect(other.code == 1 && other.text.contains("it is shard 0 of 1, not 0 of 2"), "\(other.text)")
    }

    /// Two sessions with three messages each, in a stack whose service has stopped.
    private func twoSessions(_ stack: Stack) async throws -> (String, String) {
        let person = Person(stack)
        let (first, second) = (try await person.newSession(), try await person.newSession())
        for session in [first, second] { try await person.append(3, to: session) }
        try await stack.service.stop()
        return (first, second)
    }
}

/// Turns bytes of a file over.
private struct FileFlip {
    let path: String

    init(_ path: String) throws { self.path = path }

    func flip(at offset: Int) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[offset] ^= 0xff
        try bytes.write(to: URL(filePath: path))
    }
}
