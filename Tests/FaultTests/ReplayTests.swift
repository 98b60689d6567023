import FoundationEssentials
import SessionTesting
import Testing

/// Redis' append-only file ends in the midst of a script's writes. Redis 7.0 drops the command that is cut off and keeps the
/// script's others in the file: it carries them out at the next start, in the midst of what was written since.
@Suite struct ReplayTests {
    private let user = "1"

    @Test(.timeLimit(.minutes(1)), arguments: [3, 4, 6])
    func halfAScriptThatComesBackChangesNothing(_ commands: Int) async throws {
        var options = Stack.Options()
        // What was answered is in the file, however slow the disk is.
        options.redis.settings["appendfsync"] = "always"
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user), other = try await stack.newSession(for: user)
            var acknowledged: [String: [String]] = [:]
            func write(_ content: String, to id: String) async throws {
                try await stack.append(content, to: id, of: user)
                acknowledged[id, default: []].append(content)
            }
            try await write("first", to: session)
            try await write("first", to: other)
            try await stack.flushed()
            let before = try stack.redis.appendOnlyBytes()
            let lock = try DatabaseLock(stack)
            try await write("cut off", to: session)
            let cut = try stack.redis.middle(ofTheScriptBehind: before, commands: commands)
            try await stack.redis.restart(cutAt: cut)
            try lock.release()
            try await stack.takesWrites(session, of: user)
            // It survives where the flusher had read it before Redis died, and waited for the lock.
            let survives = try await stack.contents(of: session, user: user).last == "cut off"
            if !survives { acknowledged[session]?.removeLast() }
            // In the place of the one that is lost.
            try await write("second", to: session)
            try await write("second", to: other)
            try await stack.flushed()
            try await stack.redis.restart(cutAt: try stack.redis.appendOnlyBytes())
            try await stack.takesWrites(session, of: user)
            try await write("third", to: session)
            try await stack.flushed()

            let rows = try DurableRows(stack)
            for (id, contents) in acknowledged {
                let found = try await stack.contents(of: id, user: user), stored = try rows.chats()[id]
                #expect(found == contents, "\(found), not \(contents)")
                #expect(stored == contents, "\(stored ?? []), not \(contents)")
            }
            #expect(try rows.tornSessions() == 0)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters WHERE healed_at IS NULL") == 0)
            let drift = try await stack.sessionctl("drift")
            #expect(drift.code == 0, "\(drift.text)")
        }
    }
}

extension RedisServer {
    /// A place in the append-only file in the midst of a command of the first script that was written behind `offset`.
    /// - Parameter commands: of the script, MULTI among them, that come before it.
    fileprivate func middle(ofTheScriptBehind offset: Int, commands: Int) throws -> Int {
        let bytes = Array(try Data(contentsOf: URL(filePath: try appendOnlyFile())))
        let script = Array("*1\r\n$5\r\nMULTI\r\n".utf8)
        guard let start = bytes[offset...].firstRange(of: script + Array("*".utf8))?.lowerBound else {
            throw TestingError("no script in the file")
        }
        var place = start
        for _ in 0..<commands { place = Self.end(ofTheCommandAt: place, bytes) }
        return place + 9
    }

    private static func end(ofTheCommandAt start: Int, _ bytes: [UInt8]) -> Int {
        func number(_ place: inout Int) -> Int {
            let end = bytes[place...].firstIndex(of: UInt8(ascii: "\r")) ?? place
            defer { place = end + 2 }
            return Int(String(decoding: bytes[(place + 1)..<end], as: UTF8.self)) ?? 0
        }
        var place = start
        for _ in 0..<number(&place) { place += number(&place) + 2 }
        return place
    }
}
