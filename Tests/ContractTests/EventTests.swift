import SessionTesting
import Testing

extension EventReader {
    /// Reads on until one of these data.
    fileprivate func skip(to data: String, _ name: String? = nil) throws {
        while true {
            let event = try next()
            if event.data == data, name == nil || event.name == name { return }
        }
    }
}

/// Live events, through nginx and FastCGI.
@Suite struct EventTests {
    private func follow(_ session: String, _ person: Person, token: String? = nil) throws -> EventReader {
        let reader = try EventReader(
            socket: person.stack.nginx.socket, "/api/sessions/\(session)/events", token: token ?? person.token,
            timeoutSeconds: 20)
        #expect(reader.status == 200)
        return reader
    }

    private func data(_ version: Int, _ messages: Int, _ status: String = "active", mission: Int? = nil) -> String {
        let more = mission.map { #","mission_version":\#($0)"# } ?? ""
        return #"{"version":\#(version),"message_count":\#(messages),"status":"\#(status)"\#(more)}"#
    }

    @Test(arguments: [Stacks.ordinary, Stacks.sharded]) func eachChangeIsToldInOrder(of task: Task<Stack, any Error>)
        async throws
    {
        let person = Person(try await task.value)
        let session = try await person.newSession()
        let reader = try follow(session, person)
        #expect(reader.headers.contains("Content-Type: text/event-stream"))
        #expect(reader.headers.contains("Cache-Control: no-store"))
        #expect(try reader.next() == .init(name: "state", data: data(1, 0)))
        #expect((1000..<5000).contains(try #require(reader.retry)))
        // From here on everything is heard: it was looked at again.
        #expect(try reader.next() == .init(name: "state", data: data(1, 0)))
        #expect(try reader.next() == .init(name: "flushed", data: data(1, 0)))

        var told: [EventReader.Event] = []
        func take(_ name: String) throws { told.append(try reader.next(name)) }
        try await person.append(2, to: session)
        try take("message")
        try await person.send("PATCH", "/sessions/\(session)", #"{"session_metadata":{"a":1}}"#)
        try take("session")
        try await person.send("PUT", "/sessions/\(session)", #"{"name":"Other"}"#)
        try take("session")
        let mission = try await person.newMission()
        try await person.post("/sessions/\(session)/link-mission/\(mission)")
        try take("mission")
        try await person.send("PATCH", "/missions/\(mission)/status", #"{"status":"in_progress"}"#)
        try take("mission")
        try await person.send("DELETE", "/missions/\(mission)")
        try take("mission")
        try await person.post("/sessions/\(session)/complete")
        try take("status")
        try await person.post("/sessions/\(session)/resume")
        try take("status")
        #expect(
            told == [
                .init(name: "message", data: data(2, 2)), .init(name: "session", data: data(3, 2)),
                .init(name: "session", data: data(4, 2)), .init(name: "mission", data: data(5, 2)),
                .init(name: "mission", data: data(5, 2, mission: 2)),
                .init(name: "mission", data: data(6, 2, mission: 3)),
                .init(name: "status", data: data(7, 2, "completed")), .init(name: "status", data: data(8, 2)),
            ])
        try reader.skip(to: data(8, 2), "flushed")

        try await person.send("DELETE", "/sessions/\(session)")
        #expect(try reader.next("end").data == #"{"reason":"deleted"}"#)
        #expect(throws: TestingError.self) { try reader.next() }
    }

    @Test func abandonmentAndReturnAreTold() async throws {
        let person = Person(try await Stacks.forgetful.value)
        let session = try await person.newSession()
        let reader = try follow(session, person)
        #expect(try reader.next("status").data == data(2, 0, "abandoned"))
        try await person.append(1, to: session)
        #expect(try reader.next("message").data == data(3, 1))
    }

    /// Following is nobody's activity, and what has left Redis can be followed.
    @Test func whatIsNotHotIsFollowed() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession()
        try await person.post("/sessions/\(session)/complete")
        try await stack.makeCold(session)
        let reader = try follow(session, person)
        #expect(try reader.next() == .init(name: "state", data: data(2, 0, "completed")))
        #expect(try reader.next("flushed").data == data(2, 0, "completed"))
        try await person.post("/sessions/\(session)/resume")
        #expect(try reader.next("status").data == data(3, 0))
    }

    @Test func anotherInstancesChangesAreHeard() async throws {
        var options = Stack.Options()
        options.instances = 2
        options.settings = ["loops": "2"]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            // Enough that every loop of both has one.
            let readers = try (0..<8).map { _ in try follow(session, person) }
            for reader in readers { _ = try reader.next("flushed") }
            try await person.append(1, to: session)
            for reader in readers { #expect(try reader.next("message").data == data(2, 1)) }
        }
    }

    @Test func anAnswerEndsWithItsToken() async throws {
        var options = Stack.Options()
        options.settings = ["tokens.leeway": "0s"]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let reader = try follow(session, person, token: stack.signer.token(user: person.id, expiresIn: 6))
            #expect(try reader.next("end").data == #"{"reason":"expired"}"#)
        }
    }

    @Test func anAnswerEndsWithTheKeyOfItsToken() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let reader = try follow(session, person)
            _ = try reader.next("flushed")
            let secret = String(repeating: "another secret; ", count: 3)
            _ = try stack.folder.write(secret, to: "token-secret")
            let token = TokenSigner(secret: secret).token(user: person.id)
            func touch() async throws -> Int {
                try await stack.request(
                    "PUT", "/api/sessions/\(session)", json: #"{"name":"Other"}"#,
                    headers: [("Authorization", "Bearer \(token)")]
                ).status
            }
            try await eventually("the new key") { try await touch() == 200 }
            // Of the change itself nothing was told.
            #expect(try reader.next() == .init(name: "end", data: #"{"reason":"expired"}"#))
        }
    }

    @Test func followersAreBounded() async throws {
        var options = Stack.Options()
        options.settings = ["limits.followers": "2"]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            var readers = try (0..<2).map { _ in try follow(session, person) }
            for reader in readers { _ = try reader.next("flushed") }
            let refused = try await person.get("/sessions/\(session)/events")
            try refused.problem(503)
            #expect(refused.header("Retry-After") == "5")
            #expect(try await stack.request("GET", "/metrics").text.contains("sessiond_followers 2"))
            readers.removeLast()
            try await eventually("a place") {
                let text = try await stack.request("GET", "/metrics").text
                return text.contains("sessiond_followers 1")
            }
            readers.append(try follow(session, person))
            #expect(try readers[1].next().name == "state")
        }
    }

    /// Redis is killed, and a change made while nobody hears: followers are told where the session is, afterwards.
    @Test func afterAnOutageFollowersLookAgain() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let reader = try follow(session, person)
            _ = try reader.next("flushed")
            stack.redis.kill()
            // Who comes meanwhile is told what SQLite has.
            try await eventually("the outage") {
                try await person.get("/sessions/\(session)?touch=false").header("Cache-Status")?.contains("bypass")
                    == true
            }
            let late = try follow(session, person)
            #expect(try late.next() == .init(name: "state", data: data(1, 0)))
            try await stack.redis.start()
            try await eventually("a write", within: .seconds(20)) {
                try await person.post("/sessions/\(session)/messages", #"{"role":"user","content":"a"}"#).status == 201
            }
            for reader in [reader, late] {
                try reader.skip(to: data(2, 1))
            }
        }
    }

    /// What changed meanwhile may be a mission alone, with its session as it was.
    @Test func whoseSubscriptionWasCutLooksAgain() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let reader = try follow(session, person)
            _ = try reader.next("flushed")
            _ = try stack.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try reader.next() == .init(name: "state", data: data(1, 0)))
            try await person.append(1, to: session)
            #expect(try reader.next("message").data == data(2, 1))
        }
    }

    @Test func anEndingServiceSendsItsFollowersAway() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let reader = try follow(session, person)
            _ = try reader.next("flushed")
            let ending = try await stack.service.stop()
            #expect(try reader.next("end").data == #"{"reason":"draining"}"#)
            #expect(ending == .exited(code: 0))
        }
    }
}
