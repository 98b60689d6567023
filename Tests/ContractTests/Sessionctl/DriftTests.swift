import SessionTesting
import Testing

/// `sessionctl drift`: every difference is found, named, and put right.
@Suite struct DriftTests {
    /// Sessions of several people, with chats and missions, of which some have ended and one is deleted; all flushed.
    private func load(_ stack: Stack) async throws -> (person: Person, sessions: [String], mission: String) {
        let person = Person(stack)
        var sessions: [String] = []
        for number in 0..<8 {
            let session = try await person.newSession(#"{"session_metadata":{"n":\#(number)}}"#)
            try await person.append(4, to: session)
            sessions.append(session)
        }
        let mission = try await person.post(
            "/missions/?session_id=\(sessions[0])",
            #"{"name":"m","assets":[{"name":"a","role":"output","content":"small"}]}"#
        ).json(201)["id"].text()
        _ = try await person.newMission()
        for (index, move) in [(4, "complete"), (5, "archive")] {
            try await person.post("/sessions/\(sessions[index])/\(move)")
        }
        try await person.waitUntilDurable(try await person.send("DELETE", "/sessions/\(sessions[6])"))
        try await flushed(stack)
        return (person, sessions, mission)
    }

    private func flushed(_ stack: Stack) async throws {
        try await eventually("everything is flushed", within: .seconds(20)) {
            try stack.redis.command("XLEN", "sd:{0}:log").int == 0
                && stack.redis.command("ZCARD", "sd:{0}:touched").int == 0
        }
    }

    private func withLoad(
        _ body: (Stack, Person, [String], _ mission: String) async throws -> Void
    ) async throws {
        var options = Stack.Options()
        options.settings["write-behind.activity-flush"] = "100ms"
        try await withStack(options) { stack in
            let (person, sessions, mission) = try await load(stack)
            try await body(stack, person, sessions, mission)
        }
    }

    @Test func tiersThatAgreeAreSaidTo() async throws {
        try await withLoad { stack, person, sessions, _ in
            let found = try await stack.sessionctl("drift", "--json").json()
            #expect(found["differences"].elements.isEmpty)
            #expect(found["sessions"].int == 7 && found["missions"].int == 2)
            let text = try await stack.sessionctl("drift")
            #expect(text.code == 0 && text.text.contains("the tiers agree"), "\(text.text)")
            #expect(try await stack.sessionctl("drift", "--sample", "3").code == 0)
            #expect(try await stack.sessionctl("drift", "--sample", "0").code == 64)
            // In motion too.
            let writing = Task {
                for _ in 0..<200 { _ = try await person.append(one: sessions[0]) }
            }
            for _ in 0..<3 {
                let output = try await stack.sessionctl("drift", "--json")
                #expect(output.code == 0, "\(output.text)")
            }
            try await writing.value
        }
    }

    private struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        /// Part of what is said of it.
        let says: String
        let remedy: String
        let act: @Sendable (Stack, _ session: String, _ ended: String, _ mission: String) async throws -> Void
        var testDescription: String { name }
    }

    private static let damages: [Damage] = [
        Damage(name: "an older version in Redis", says: "differ in", remedy: "reload") { stack, session, _, _ in
            try stack.redis.command("HSET", "sd:{0}:session:\(session)", "version", "1", "name", "older")
        },
        Damage(name: "an older row in SQLite", says: "differ in", remedy: "rewrite") { stack, session, _, _ in
            try await stack.change("UPDATE user_sessions SET version = 2, name = 'older' WHERE id = '\(session)'")
        },
        Damage(name: "no row in SQLite", says: "SQLite doesn't", remedy: "rewrite") { stack, session, _, _ in
            try await stack.change("PRAGMA foreign_keys = on; DELETE FROM user_sessions WHERE id = '\(session)'")
        },
        Damage(name: "no hot copy", says: "must be in Redis", remedy: "reload") { stack, session, _, _ in
            try stack.redis.command("DEL", "sd:{0}:session:\(session)", "sd:{0}:messages:\(session)")
        },
        Damage(name: "a hash without sense", says: "differ in", remedy: "reload") { stack, session, _, _ in
            try stack.redis.command("HSET", "sd:{0}:session:\(session)", "version", "many")
        },
        Damage(name: "another message", says: "hot window", remedy: "reload") { stack, session, _, _ in
            try stack.redis.command("LSET", "sd:{0}:messages:\(session)", "1", "{}")
        },
        Damage(name: "a message less", says: "hot window", remedy: "reload") { stack, session, _, _ in
            try stack.redis.command("LPOP", "sd:{0}:messages:\(session)")
        },
        Damage(name: "no place in the index", says: "missing in the index activity", remedy: "index") {
            stack, session, _, _ in try stack.redis.command("ZREM", "sd:{0}:activity", session)
        },
        Damage(name: "no liveness key", says: "no liveness key", remedy: "index") { stack, session, _, _ in
            try stack.redis.command("DEL", "sd:{0}:alive:\(session)")
        },
        Damage(name: "an index that knows it still", says: "in the index activity", remedy: "index") {
            stack, _, ended, _ in try stack.redis.command("ZADD", "sd:{0}:activity", "1", ended)
        },
        Damage(name: "an index that knows what never was", says: "in the index touched", remedy: "index") {
            stack, _, ended, _ in
            try stack.redis.command("ZADD", "sd:{0}:touched", "1", "01a214d0-9be9-7575-8c41-8fb47a990000")
        },
        Damage(name: "an ended one for ever", says: "stays in Redis for ever", remedy: "settle") {
            stack, _, ended, _ in
            try stack.redis.command("PERSIST", "sd:{0}:session:\(ended)")
        },
        Damage(name: "a mission's older part", says: "its parts", remedy: "reload") { stack, _, _, mission in
            let document = try stack.redis.command("HGET", "sd:{0}:mission:\(mission)", "mission").string ?? ""
            let other = String(document.map { $0 == "m" ? "n" : $0 })
            try stack.redis.command("HSET", "sd:{0}:mission:\(mission)", "mission", other.isEmpty ? "{}" : other)
        },
        Damage(name: "no mission in SQLite", says: "SQLite doesn't", remedy: "rewrite") { stack, _, _, mission in
            try await stack.change("PRAGMA foreign_keys = on; DELETE FROM missions WHERE id = '\(mission)'")
        },
    ]

    @Test(arguments: damages.indices) func aDifferenceIsFoundAndPutRight(_ index: Int) async throws {
        let damage = Self.damages[index]
        try await withLoad { stack, person, sessions, mission in
            let before = try await person.get("/sessions/\(sessions[0])?touch=false").json(200)
            try await stack.service.stop()
            try await damage.act(stack, sessions[0], sessions[4], mission)
            try await stack.service.start()
            let found = try await stack.sessionctl("drift", "--json").json(1)["differences"].elements
            let named = found.contains {
                $0["what"].string?.contains(damage.says) == true && $0["remedy"].string == damage.remedy
            }
            #expect(named, "\(damage.name): \(found)")
            let healed = try await stack.sessionctl("drift", "--heal", "--json")
            #expect(healed.code == 0, "\(damage.name): \(healed.text)")
            try await flushed(stack)
            let again = try await stack.sessionctl("drift", "--json")
            #expect(again.code == 0, "\(damage.name): \(again.text)")
            let after = try await person.get("/sessions/\(sessions[0])?touch=false").json(200)
            for field in ["name", "status", "message_count", "session_metadata", "chat"] {
                #expect(after[field] == before[field], "\(damage.name): \(field)")
            }
            #expect(after["mission"]["name"] == before["mission"]["name"])
            #expect(try await stack.sessionctl("verify", "--quick").code == 0)
        }
    }
}
