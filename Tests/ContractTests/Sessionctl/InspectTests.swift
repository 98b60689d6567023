import FoundationEssentials
import SessionTesting
import Testing

/// `sessionctl inspect`.
@Suite struct InspectTests {
    @Test func bothTiersStandSideBySide() async throws {
        let stack = try await Stacks.sharded.value
        let person = Person(stack)
        let session = try await person.newSession(
            #"{"name":"\#(hostileJSON)","session_metadata":{"secret":"marker-1"}}"#)
        let mission = try await person.post(
            "/missions/?session_id=\(session)", #"{"name":"Plan","mission_metadata":{"secret":"marker-2"}}"#
        ).json(201)["id"].text()
        _ = try await person.post("/missions/\(mission)/hops", #"{"name":"h"}"#).json(201)
        try await person.append(3, to: session)
        try await person.waitUntilDurable(
            person.send("PATCH", "/sessions/\(session)", #"{"session_metadata":{"more":1}}"#))

        let sealed = try await stack.sessionctl("inspect", session, "--json").json()
        #expect(sealed["verdict"] == .string("agree") || sealed["verdict"] == .string("activity-unwritten"))
        for tier in ["redis", "sqlite"] {
            #expect(sealed[tier]["user_id"].string == person.id)
            #expect(sealed[tier]["status"] == .string("active"))
            #expect(sealed[tier]["version"] == .string("4"))
            #expect(sealed[tier]["messages"] == .string("3"))
            #expect(sealed[tier]["mission"]["id"].string == mission)
            #expect(sealed[tier]["mission"]["hops"].int == 1)
            #expect(try sealed[tier]["session_metadata"].text().hasPrefix("sealed, "))
            #expect(try sealed[tier]["session_metadata"].text().hasSuffix(" bytes, key k1"))
        }
        #expect(sealed["unflushed"].elements.isEmpty && sealed["differences"].elements.isEmpty)
        #expect(sealed["redis"]["name"].string?.contains("\u{1b}[2J") == true, "the value itself is whole")
        let keys = Set(sealed["keys"].elements.compactMap { $0["key"].string })
        for kind in ["session", "messages", "alive"] { #expect(try keys.contains(stack.key(kind, session))) }
        #expect(try keys.contains(stack.key("mission", mission)))
        let alive = try sealed["keys"].elements.first { $0["key"].string == (try stack.key("alive", session)) }
        #expect((1...86_400_000).contains(alive?["ttl_ms"].int ?? 0))

        let text = try await stack.sessionctl("inspect", session)
        #expect(text.code == 0 && text.text.contains("sealed, "), "\(text.text)")
        #expect(text.text.contains(#"\u{1B}[2J\u{1B}[H\u{D}\u{A}\u{9B}2J"#), "\(text.text)")
        for command in ["redis-cli -s ", "sqlite3 -readonly "] { #expect(text.text.contains(command)) }
        for arguments in [["inspect", session], ["inspect", session, "--json"]] {
            let output = try await stack.sessionctl(arguments)
            #expect(output.isHarmless && !output.text.contains("marker-"))
            let revealed = try await stack.sessionctl(arguments + ["--reveal"])
            #expect(revealed.isHarmless)
            #expect(revealed.text.contains("marker-1") && revealed.text.contains("marker-2"), "\(revealed.text)")
        }
    }

    /// The commands that it prints show the same, without it.
    @Test func theCommandsThatItNamesWork() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let session = try await person.newSession(#"{"name":"by hand"}"#)
        try await person.waitUntilDurable(person.post("/sessions/\(session)/complete"))
        let commands = try await stack.sessionctl("inspect", session, "--json").json()["commands"].elements
        for command in commands.compactMap(\.string) {
            let output = try await Command.run(["/bin/sh", "-c", command])
            #expect(output.code == 0 && !output.text.contains("ERR"), "\(command): \(output.text)")
            if command.contains("HGETALL") || command.contains("sqlite3") { #expect(output.text.contains("by hand")) }
        }
        #expect(commands.count >= 5)
    }

    @Test func whatIsNotFlushedIsListed() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.waitUntilDurable(person.send("PATCH", "/sessions/\(session)", #"{"name":"before"}"#))
            let file = try #require(stack.databaseFiles().first)
            // Somebody else's transaction keeps the flusher from writing, for as long as this process is there.
            let lock = try await ChildProcess.start(
                ["/usr/bin/env", "sqlite3", file, "BEGIN IMMEDIATE", ".shell echo locked; sleep 60"],
                folder: stack.folder.path, logFile: stack.folder.file("lock.log"))
            defer { lock.kill() }
            try await eventually("the lock") { lock.logTail().contains("locked") }
            _ = try await person.send("PATCH", "/sessions/\(session)", #"{"name":"after"}"#).json(200)
            try await person.append(2, to: session)
            let other = try await person.newSession()

            let seen = try await stack.sessionctl("inspect", session, "--json").json()
            #expect(seen["verdict"] == .string("unflushed"))
            #expect(seen["unflushed"].elements.map { $0["operation"].string } == ["use", "append"])
            #expect(seen["redis"]["name"] == .string("after") && seen["sqlite"]["name"] == .string("before"))
            #expect(
                Set(seen["differences"].elements.compactMap(\.string)).isSuperset(of: ["name", "version", "messages"]))
            let text = try await stack.sessionctl("inspect", session)
            #expect(text.code == 0 && text.text.contains("≠") && text.text.contains("behind by 2 log entries"))
            let new = try await stack.sessionctl("inspect", other, "--json").json()
            #expect(new["sqlite"] == .null && new["verdict"] == .string("unflushed"))
            _ = try await person.send("DELETE", "/sessions/\(session)")
            let gone = try await stack.sessionctl("inspect", session, "--json").json()
            #expect(gone["verdict"] == .string("deletion-unflushed"))
            #expect(gone["unflushed"].elements.map { $0["operation"].string }.last == "delete")
        }
    }

    @Test func aDifferenceThatNothingExplainsIsAFinding() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession(#"{"name":"right"}"#)
            try await person.waitUntilDurable(person.send("PATCH", "/sessions/\(session)", #"{"session_metadata":{}}"#))
            try stack.redis.command("HSET", stack.key("session", session), "name", "wrong\u{1b}[H")
            let seen = try await stack.sessionctl("inspect", session, "--json").json(1)
            #expect(seen["verdict"] == .string("differ") && seen["differences"].elements == [.string("name")])
            let text = try await stack.sessionctl("inspect", session)
            #expect(text.code == 1 && text.isHarmless && text.text.contains("differ in name"), "\(text.text)")
            // Gone from Redis, though it is active.
            try stack.redis.command("DEL", stack.key("session", session))
            #expect(try await stack.sessionctl("inspect", session).code == 1)
        }
    }

    @Test func endedDeletedAndUnknownOnesAreTold() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let ended = try await person.newSession()
        try await person.waitUntilDurable(person.post("/sessions/\(ended)/archive"))
        try await stack.makeCold(ended)
        #expect(try await stack.sessionctl("inspect", ended, "--json").json()["verdict"] == .string("cold"))
        let deleted = try await person.newSession()
        try await person.waitUntilDurable(person.send("DELETE", "/sessions/\(deleted)"))
        let gone = try await stack.sessionctl("inspect", deleted, "--json")
        // Its tombstone stays for 10 s.
        #expect(
            gone.text.contains(#""verdict":"deleted""#) || gone.text.contains(#""verdict":"unknown""#), "\(gone.text)")
        let unknown = "01234567-89ab-7cde-8f01-234567890000"
        let answer = try await stack.sessionctl("inspect", unknown)
        #expect(answer.code == 1 && answer.text.contains("Neither tier has it."))
    }

    @Test func whatCannotBeReachedIsSaidAndWhatToDo() async throws {
        let stack = try await Stacks.ordinary.value
        let session = try await Person(stack).newSession()
        let redis = try await stack.sessionctl("inspect", session, set: ["redis.socket": "/nowhere/\u{202e}redis"])
        #expect(redis.code == 1 && redis.text.contains("check-config") && redis.isHarmless, "\(redis.text)")
        let data = try await stack.sessionctl("inspect", session, set: ["data.folder": "/nowhere"])
        #expect(data.code == 1 && data.text.contains("/nowhere/shard-0.sqlite"), "\(data.text)")
        for wrong in ["", "x\u{1b}[2J", session.uppercased(), "\(session)0"] {
            let output = try await stack.sessionctl("inspect", wrong)
            #expect(output.code == 64 && output.isHarmless, "\(output.text)")
        }
        let foreign = try await stack.sessionctl("inspect", "01234567-89ab-7cde-8f01-23456789abcd")
        #expect(foreign.code == 1 && foreign.text.contains("shard 43981"), "\(foreign.text)")
        #expect(try await stack.sessionctl("inspect", session, "--set", "shards").code == 64)
    }
}
