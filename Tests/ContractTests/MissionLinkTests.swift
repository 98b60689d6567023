import SessionTesting
import Testing

/// A mission and its session: each other's, or nobody's; in the hot tier together, and out of it together.
@Suite struct MissionLinkTests {
    @Test func aMissionBelongsToOneSessionAtMost() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let (first, second) = (try await person.newSession(), try await person.newSession())
        let mission = try await person.newMission()
        _ = try await person.post("/sessions/\(first)/link-mission/\(mission)").json(200)
        // Once more is no harm.
        _ = try await person.post("/sessions/\(first)/link-mission/\(mission)").json(200)
        try await person.post("/sessions/\(second)/link-mission/\(mission)").problem(409)
        try await person.send("PUT", "/sessions/\(second)", #"{"mission_id":"\#(mission)"}"#).problem(409)
        #expect(try await person.look(second)["version"].int == 1)

        _ = try await person.send("PUT", "/sessions/\(first)", #"{"mission_id":null}"#).json(200)
        _ = try await person.post("/sessions/\(second)/link-mission/\(mission)").json(200)
        #expect(try await person.look(first)["mission"] == .null)
        #expect(try await person.look(second)["mission"]["id"] == .string(mission))
        // Another takes its place, and it is free again.
        let other = try await person.post("/missions/?session_id=\(second)", #"{"name":"other"}"#).json(201)["id"]
            .text()
        #expect(try await person.look(second)["mission_id"] == .string(other))
        _ = try await person.post("/sessions/\(first)/link-mission/\(mission)").json(200)
        try await person.post("/sessions/\(second)/link-mission/\(mission)").problem(409)
    }

    @Test func aDeletedSessionLeavesItsMissionAndADeletedMissionItsSession() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        for status in ["", "complete", "archive"] {
            let session = try await person.newSession()
            let planned = try await person.plannedMission(session: session)
            if !status.isEmpty { _ = try await person.post("/sessions/\(session)/\(status)").json(200) }
            let version = try #require(try await person.look(session)["version"].int)
            let deleted = try await person.send("DELETE", planned.path)
            #expect(deleted.status == 204)
            let left = try await person.look(session)
            #expect(left["mission_id"] == .null && left["mission"] == .null && left["version"].int == version + 1)
            for path in [planned.path, planned.hopPath, planned.stepPath, planned.assetPath] {
                try await person.get(path).problem(404)
            }
            try await person.waitUntilDurable(deleted)
            for (table, id) in [
                ("missions", planned.id), ("hops", planned.hop), ("tool_steps", planned.step),
                ("assets", planned.asset),
            ] {
                #expect(try await stack.rows("SELECT count(*) FROM \(table) WHERE id = '\(id)'") == ["0"], "\(table)")
            }
            #expect(try stack.redis.command("EXISTS", stack.key("mission", planned.id)).int == 0)
            try await person.get(planned.path).problem(404)

            let second = try await person.plannedMission()
            let other = try await person.newSession()
            _ = try await person.post("/sessions/\(other)/link-mission/\(second.id)").json(200)
            let before = try await person.get(second.path)
            let gone = try await person.send("DELETE", "/sessions/\(other)")
            #expect(gone.status == 204)
            #expect(try await person.get(second.path).body == before.body)
            let third = try await person.newSession()
            _ = try await person.post("/sessions/\(third)/link-mission/\(second.id)").json(200)
        }
    }

    /// The same where neither is hot any more.
    @Test func linksAreKeptWhereBothAreCold() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        func cold() async throws -> (session: String, planned: PlannedMission) {
            let session = try await person.newSession()
            let planned = try await person.plannedMission(session: session)
            let done = try await person.post("/sessions/\(session)/complete")
            try await person.waitUntilDurable(done)
            try await stack.makeCold(session)
            try await eventually("the mission's leave") {
                try stack.redis.command("PTTL", stack.key("mission", planned.id)).int ?? -1 > 0
            }
            try stack.redis.command("DEL", stack.key("mission", planned.id))
            return (session, planned)
        }
        let loaded = try await cold()
        let whole = try await person.get("/sessions/\(loaded.session)")
        #expect(whole.header("Cache-Status") == "sessiond; fwd=miss")
        #expect(try whole.json(200)["mission"]["hops"][0]["tool_steps"][0]["id"] == .string(loaded.planned.step))

        let taken = try await cold()
        let other = try await person.newSession()
        try await person.post("/sessions/\(other)/link-mission/\(taken.planned.id)").problem(409)

        let discarded = try await cold()
        #expect(try await person.send("DELETE", discarded.planned.path).status == 204)
        #expect(try await person.look(discarded.session)["mission_id"] == .null)

        let deleted = try await cold()
        #expect(try await person.send("DELETE", "/sessions/\(deleted.session)").status == 204)
        _ = try await person.post("/sessions/\(other)/link-mission/\(deleted.planned.id)").json(200)

        let changed = try await cold()
        _ = try await person.send("PUT", changed.planned.stepPath, #"{"name":"x"}"#).json(200)
        #expect(
            try await person.look(changed.session)["mission"]["hops"][0]["tool_steps"][0]["name"] == .string("x"))
    }

    @Test func aMissionLeavesTheHotTierWithItsSessionAndReturnsWithIt() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        let planned = try await person.plannedMission(session: session)
        let hash = try stack.key("mission", planned.id)
        func ttl() throws -> Int { try #require(try stack.redis.command("PTTL", hash).int) }
        func flush() async throws {
            try await eventually("the flush") { try stack.redis.command("XLEN", "sd:{0}:log").int == 0 }
        }
        try await flush()
        #expect(try ttl() == -1, "as long as its session is active")
        _ = try await person.post("/sessions/\(session)/complete").json(200)
        try await eventually("its leave") { try ttl() > 0 }
        _ = try await person.send("PUT", planned.path, #"{"name":"changed"}"#).json(200)
        try await eventually("its leave again") { try ttl() > 0 }
        _ = try await person.post("/sessions/\(session)/resume").json(200)
        try await eventually("its return") { try ttl() == -1 }
        _ = try await person.send("PUT", "/sessions/\(session)", #"{"mission_id":null}"#).json(200)
        try await eventually("the leave of a mission of no session") { try ttl() > 0 }

        // Its use keeps it.
        try stack.redis.command("PEXPIRE", hash, "100000")
        _ = try await person.get(planned.path).json(200)
        #expect(try ttl() > 100_000)
    }
}
