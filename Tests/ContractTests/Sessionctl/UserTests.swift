import SessionTesting
import Testing

/// `sessionctl user delete`.
@Suite struct UserTests {
    /// Ids that might be taken for one another.
    private static let users = ["a", "a:", "a*", "{a}", "a%3A", "A"]

    /// - Returns: one of the person's sessions.
    @discardableResult
    private func fill(_ person: Person) async throws -> String {
        let key = [("Idempotency-Key", "k")]
        let session = try await person.post("/sessions/", #"{"session_metadata":{"a":1}}"#, key)
            .json(201)["user_session"]["id"].text()
        try await person.append(3, to: session)
        let ended = try await person.newSession()
        let mission = try await person.post(
            "/missions/?session_id=\(session)", #"{"name":"m","assets":[{"name":"a","role":"output","content":1}]}"#)
        let id = try mission.json(201)["id"].text()
        let hop = try await person.post("/missions/\(id)/hops", #"{"name":"h"}"#).json(201)["id"].text()
        _ = try await person.post("/missions/\(id)/hops/\(hop)/tool-steps", #"{"tool_id":"t","name":"s"}"#).json(201)
        _ = try await person.newMission()
        try await person.waitUntilDurable(try await person.post("/sessions/\(ended)/archive"))
        try await person.stack.makeCold(ended)
        return session
    }

    @Test func everythingOfOneUserGoesAndNothingOfAnother() async throws {
        try await withStack { stack in
            let people = Self.users.map { Person(stack, id: $0) }
            var sessions: [String] = []
            for person in people { sessions.append(try await fill(person)) }
            let victim = people[2]
            let before = try await stack.sessionctl("export", "--user", "a:")
            let follower = try EventReader(
                socket: stack.nginx.socket, "/api/sessions/\(sessions[2])/events", token: victim.token)
            #expect(follower.status == 200)
            #expect(try await stack.sessionctl("user", "delete", victim.id).code == 1, "it takes a yes")
            let receipt = try await stack.sessionctl("user", "delete", victim.id, "--yes", "--json").json()
            for (name, count) in [
                ("sessions", 2), ("messages", 3), ("missions", 2), ("hops", 1), ("tool_steps", 1), ("assets", 1),
                ("idempotency_keys", 1), ("numbers", 1),
            ] { #expect(receipt["deleted"][name].int == count, "\(name): \(receipt)") }
            #expect(receipt["left"].elements.isEmpty)
            #expect(try follower.next("end").data == #"{"reason":"deleted"}"#)
            for path in ["/sessions/", "/missions/"] { #expect(try await victim.get(path).json(200)["total"].int == 0) }
            let tables = try await stack.rows(
                """
                SELECT user_id FROM user_sessions UNION SELECT user_id FROM missions UNION SELECT user_id FROM users
                UNION SELECT user_id FROM idempotency_keys ORDER BY 1
                """)
            #expect(Set(tables) == Set(Self.users).subtracting([victim.id]))
            let keys = try stack.redis.command("KEYS", "*").strings
            #expect(!keys.contains { $0.contains(":a%2A") }, "\(keys)")
            #expect(
                try await stack.sessionctl("export", "--user", "a:").text.split(separator: "\n").dropFirst()
                    == before.text.split(separator: "\n").dropFirst())
            #expect(try await stack.sessionctl("drift").code == 0)
            // Once more there is nothing; and it begins anew like anybody.
            let again = try await stack.sessionctl("user", "delete", victim.id, "--yes", "--json").json()
            #expect(again["deleted"]["sessions"].int == 0)
            let first = try await victim.post("/sessions/", "{}").json(201)["user_session"]
            #expect(first["name"] == .string("Session 1"))
            #expect(try await stack.sessionctl("user", "delete", "", "--yes").code == 64)
        }
    }

    @Test func whoWritesMeanwhileIsDeletedAllTheSame() async throws {
        try await withStack { stack in
            let person = Person(stack)
            for _ in 0..<20 { try await person.append(3, to: try await person.newSession()) }
            let writing = Task {
                for _ in 0..<40 { _ = try? await person.append(one: try await person.newSession()) }
            }
            _ = try await stack.sessionctl("user", "delete", person.id, "--yes")
            await writing.value
            let receipt = try await stack.sessionctl("user", "delete", person.id, "--yes")
            #expect(receipt.code == 0, "\(receipt.text)")
            #expect(try await person.get("/sessions/").json(200)["total"].int == 0)
            #expect(try await stack.rows("SELECT count(*) FROM chat_message_documents") == ["0"])
            #expect(try await stack.sessionctl("drift").code == 0)
        }
    }
}
