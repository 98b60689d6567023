import SessionTesting
import Testing

/// Invariant 6: an entry that can't be applied blocks nobody, and breaks nothing built on it.
@Suite struct QuarantineTests {
    private let user = "1"

    @Test(.timeLimit(.minutes(1)))
    func aPoisonedSessionIsWrittenOutWholeAndItsNeighboursAreNotHeldUp() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user), neighbour = try await stack.newSession(for: user)
            var writers = [session, neighbour].map { id in
                Writer(stack: stack, user: user, session: id, name: id, generator: SeededGenerator(seed: 1))
            }
            for number in 0..<3 { for index in writers.indices { _ = try await writers[index].write(number) } }
            for (version, first) in [("99", "4"), ("5", "50"), ("garbage", "1")] {
                try stack.redis.command(
                    "XADD", "sd:{0}:log", "*", "op", "append", "sid", session, "user_id", user, "version", version,
                    "at", "1", "last_activity_at", "1", "first", first, "m", "{}")
                for index in writers.indices { _ = try await writers[index].write(writers[index].acknowledged.count) }
            }
            _ = try await stack.expect(200, "PUT", "/api/sessions/\(session)", as: user, json: #"{"name":"renamed"}"#)
            try await stack.flushed()
            try await eventually("everything is healed", within: .seconds(20)) {
                let rows = try DurableRows(stack)
                // What nobody wrote is nowhere else: it stays for an operator to look at.
                return try rows.integer("SELECT COUNT(*) FROM quarantine") == 0
                    && rows.integer(
                        "SELECT COUNT(*) FROM dead_letters WHERE healed_at IS NULL AND error LIKE 'waits%'") == 0
            }
            let rows = try DurableRows(stack)
            for writer in writers {
                #expect(try rows.chats()[writer.session] == writer.acknowledged)
                #expect(try await stack.contents(of: writer.session, user: user) == writer.acknowledged)
            }
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") >= 3)
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE name = 'renamed'") == 1)
            #expect(try await stack.metric("sessiond_dead_letters_total") >= 3)
            #expect(try await stack.metric("sessiond_healed_total") >= 1)
            // And it ends as any other.
            _ = try await stack.expect(200, "POST", "/api/sessions/\(session)/complete", as: user)
            try await stack.flushed()
            try await eventually("it may leave the hot tier") {
                try stack.redis.command("PTTL", "sd:{0}:session:\(session)").int ?? -1 > 0
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aPoisonedMissionIsWrittenOutWholeWithItsContents() async throws {
        try await withStack { stack in
            let large = String(repeating: "x", count: 5000)
            let made = try await stack.expect(
                201, "POST", "/api/missions/", as: user,
                json: #"{"name":"plan","assets":[{"name":"a","role":"output","content":"\#(large)"}]}"#)
            struct Made: Decodable { var id: String }
            let mission = try made.decode(Made.self).id
            try await stack.flushed()
            try stack.redis.command(
                "XADD", "sd:{0}:log", "*", "op", "amend", "mid", mission, "user_id", user, "mission_version", "7",
                "at", "1", "hop:\(mission)", "{}")
            for number in 0..<3 {
                _ = try await stack.expect(
                    201, "POST", "/api/missions/\(mission)/hops", as: user, json: #"{"name":"h\#(number)"}"#)
                if number < 2 { try await complete(stack, mission) }
            }
            try await stack.flushed()
            try await eventually("everything is healed", within: .seconds(20)) {
                try DurableRows(stack).integer("SELECT COUNT(*) FROM quarantine") == 0
            }
            let rows = try DurableRows(stack)
            #expect(try rows.integer("SELECT COUNT(*) FROM hops") == 3)
            #expect(try rows.integer("SELECT COUNT(*) FROM asset_contents WHERE bytes = 5002") == 1)
        }
    }

    /// So that the next hop may be added.
    private func complete(_ stack: Stack, _ mission: String) async throws {
        struct Hops: Decodable { var hops: [Hop]; struct Hop: Decodable { var id: String } }
        let answer = try await stack.expect(200, "GET", "/api/missions/\(mission)/hops", as: user)
        let hop = try #require(try answer.decode(Hops.self).hops.last).id
        _ = try await stack.expect(
            200, "PATCH", "/api/missions/\(mission)/hops/\(hop)/status", as: user, json: #"{"status":"cancelled"}"#)
    }
}
