import SessionModel
import SessionTesting
import Testing

/// The main flows, with one shard and with sixteen.
@Suite struct ShardTests {
    @Test(arguments: [Stacks.ordinary, Stacks.sharded])
    func aLifeOfASession(of task: Task<Stack, any Error>) async throws {
        let stack = try await task.value
        for _ in 0..<12 {
            let person = Person(stack)
            let created = try await person.post(
                "/sessions/", #"{"session_metadata":{"a":1.0}}"#, [("Idempotency-Key", "k")])
            let session = try created.json(201)["user_session"]["id"].text()
            #expect(
                try await person.post("/sessions/", #"{"session_metadata":{"a":1.0}}"#, [("Idempotency-Key", "k")]).body
                    == created.body)
            try await person.append(210, to: session)
            let mission = try await person.newMission()
            _ = try await person.post("/sessions/\(session)/link-mission/\(mission)").json(200)
            _ = try await person.send("PATCH", "/sessions/\(session)", #"{"session_metadata":{"b":2}}"#).json(200)
            #expect(try await person.get("/sessions/active").json(200)["id"] == .string(session))
            let whole = try await person.get("/sessions/\(session)?messages=200")
            let body = try whole.json(200)
            #expect(Shape.wholeSession("active").faults(in: body) == [])
            #expect(body["mission"]["id"] == .string(mission))
            #expect(whole.text.contains(#""session_metadata":{"a":1.0,"b":2}"#))

            let completed = try await person.post("/sessions/\(session)/complete", nil, DurabilityHeaderTests.durable)
            #expect(completed.header("Preference-Applied") == "durability=durable")
            try await stack.makeCold(session)
            let list = try await person.get("/sessions/").json(200)
            #expect(list["total"].int == 1 && list["sessions"][0]["id"] == .string(session))
            let cold = try await person.get("/sessions/\(session)")
            #expect(cold.header("Cache-Status") == "sessiond; fwd=miss")
            #expect(try cold.json(200)["message_count"].int == 210)
            let pages = try await person.get("/sessions/\(session)/messages?limit=500").json(200)["messages"].elements
            #expect(pages.map { $0["sequence_order"].int } == (1...210).map { $0 })
            _ = try await person.post("/sessions/\(session)/resume").json(200)
            #expect(try await person.append(one: session).json(201)["message"]["sequence_order"].int == 211)
            #expect(try await person.send("DELETE", "/sessions/\(session)").status == 204)
            #expect(try await person.post("/sessions/").json(201)["user_session"]["name"] == .string("Session 2"))
        }
    }

    /// crc16(user id) mod shards, in the low bits of every id, in the Write-Id, in the keys, and as the name of the file.
    @Test func everythingOfAPersonIsInOneShard() async throws {
        let stack = try await Stacks.sharded.value
        let shards = try #require(ShardCount(16))
        var used: Set<Int> = []
        for _ in 0..<40 {
            let person = Person(stack)
            let shard = Int(shards.shard(of: try #require(UserID(person.id))).number)
            used.insert(shard)
            let created = try await person.post("/sessions/", "{}", DurabilityHeaderTests.durable)
            let session = try created.json(201)["user_session"]["id"].text()
            let mission = try await person.newMission()
            #expect(Int(session.suffix(4), radix: 16) == shard && Int(mission.suffix(4), radix: 16) == shard)
            #expect(created.header("Write-Id")?.hasPrefix("\(shard)-") == true)
            #expect(try stack.redis.command("EXISTS", "sd:{\(shard)}:session:\(session)").int == 1)
            #expect(try stack.redis.command("EXISTS", "sd:{\(shard)}:user:\(person.id)").int == 1)
            let query = "SELECT count(*) FROM user_sessions WHERE id = '\(session)'"
            let output = try await Command.run([
                "sqlite3", "-readonly", "\(stack.dataFolder)/shard-\(shard).sqlite", query,
            ])
            #expect(output.text == "1\n")
        }
        #expect(used.count > 8)
        #expect(try stack.databaseFiles().count == 16)
    }
}
