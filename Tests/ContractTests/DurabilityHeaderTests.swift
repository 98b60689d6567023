import FoundationEssentials
import SessionTesting
import Testing

/// Prefer: durability=durable, and what is answered where SQLite is late.
@Suite struct DurabilityHeaderTests {
    static let durable = [("Prefer", "durability=durable")]

    @Test func everyWriteCanBeWaitedForUntilSQLiteHasIt() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let created = try await person.post("/sessions/", "{}", Self.durable)
        let session = try created.json(201)["user_session"]["id"].text()
        #expect(created.header("Preference-Applied") == "durability=durable")
        #expect(try await stack.rows("SELECT status FROM user_sessions WHERE id = '\(session)'") == ["active"])
        let mission = try await person.post("/missions/", #"{"name":"n"}"#, Self.durable)
        #expect(mission.header("Preference-Applied") == "durability=durable")
        let link = "/link-mission/\(try mission.json(201)["id"].text())"
        for (method, path, body) in [
            ("POST", "/messages", #"{"role":"user","content":"x"}"#), ("PUT", "", #"{"name":"n"}"#),
            ("PATCH", "", #"{"session_metadata":{"a":1}}"#), ("POST", link, nil), ("POST", "/complete", nil),
            ("POST", "/resume", nil), ("POST", "/archive", nil), ("DELETE", "", nil),
        ] as [(String, String, String?)] {
            let answer = try await person.send(method, "/sessions/\(session)\(path)", body, Self.durable)
            #expect((200...204).contains(answer.status))
            #expect(answer.header("Preference-Applied") == "durability=durable", "\(method) \(path)")
            let write = try #require(answer.header("Write-Id"))
            #expect(try await person.get("/writes/\(write)").json(200)["durable"] == .bool(true))
        }
        #expect(try await stack.rows("SELECT id FROM user_sessions WHERE id = '\(session)'") == [])
    }

    @Test(
        arguments: [
            "Durability=durable", "respond-async, durability=durable; x=y, wait=3", "durability=\"durable\"",
            "wait=9,durability=durable",
        ])
    func thePreferenceIsUnderstoodInEverySpelling(text: String) async throws {
        let answer = try await Person(Stacks.ordinary.value).post("/sessions/", "{}", [("Prefer", text)])
        #expect(answer.status == 201 && answer.header("Preference-Applied") == "durability=durable")
    }

    @Test(arguments: ["durability=x", "durability", "durable", "wait=5", ";;", "durability=durable=", ""])
    func whatIsNotUnderstoodIsNoError(text: String) async throws {
        let answer = try await Person(Stacks.ordinary.value).post("/sessions/", "{}", [("Prefer", text)])
        #expect(answer.status == 201)
        if !text.hasPrefix("durability=durable") { #expect(answer.header("Preference-Applied") == nil) }
    }

    @Test func nothingIsPromisedWhereNothingWasAsked() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let answer = try await person.post("/sessions/")
        #expect(answer.header("Preference-Applied") == nil)
        let read = try await person.get("/sessions/active", Self.durable)
        #expect(read.status == 200 && read.header("Preference-Applied") == nil && read.header("Write-Id") == nil)
    }

    /// SQLite locked by somebody else: what is accepted is answered so, without a promise; the log fills to its bound;
    /// reads and the log's contents survive.
    @Test func aWriteThatSQLiteIsLateForIsAcceptedWithoutAPromise() async throws {
        var options = Stack.Options()
        options.settings = ["write-behind.max-backlog": "20"]
        try await withStack(options) { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.waitUntilDurable(person.append(one: session))
            let lock = try await DatabaseLock.take(stack)
            let clock = ContinuousClock()
            let began = clock.now
            let late = try await person.post(
                "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#,
                [("Prefer", "durability=durable, wait=1")])
            #expect(late.status == 201 && late.header("Preference-Applied") == nil)
            #expect(began.duration(to: clock.now) >= .milliseconds(900))
            let write = try #require(late.header("Write-Id"))
            #expect(try await person.get("/writes/\(write)").json(200)["durable"] == .bool(false))
            let atOnce = try await person.post(
                "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#,
                [("Prefer", "durability=durable, wait=0")])
            #expect(atOnce.status == 201 && atOnce.header("Preference-Applied") == nil)

            var accepted = 3
            var refused: HTTPAnswer?
            while refused == nil, accepted < 100 {
                let answer = try await person.append(one: session)
                if answer.status == 201 { accepted += 1 } else { refused = answer }
            }
            #expect(accepted >= 21 && accepted <= 23, "\(accepted)")
            for (method, path, body) in [
                ("POST", "/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#),
                ("POST", "/sessions/", "{}"),
                ("PUT", "/sessions/\(session)", #"{"name":"n"}"#), ("POST", "/missions/", #"{"name":"n"}"#),
                ("POST", "/sessions/\(session)/complete", nil), ("DELETE", "/sessions/\(session)", nil),
            ] as [(String, String, String?)] {
                let answer = try await person.send(method, path, body)
                try answer.problem(503)
                #expect(Int(answer.header("Retry-After") ?? "") ?? 0 > 0)
            }
            #expect(try await person.look(session)["message_count"].int == accepted)
            #expect(try await person.post("/sessions/\(session)/activity").status == 200)

            lock.release()
            try await person.waitUntilDurable(late)
            try await eventually("writes again", within: .seconds(20)) {
                try await person.append(one: session).status == 201
            }
            let count = try await person.look(session)["message_count"].int ?? 0
            try await eventually("all of them in SQLite", within: .seconds(20)) {
                try await stack.rows("SELECT count(*) FROM chat_messages") == ["\(count)"]
            }
        }
    }
}

extension Person {
    @discardableResult
    func append(one session: String) async throws -> HTTPAnswer {
        try await post("/sessions/\(session)/messages", #"{"role":"user","content":"x"}"#)
    }
}

/// Somebody else who writes to the database, and does not end.
final class DatabaseLock: Sendable {
    private let process: ChildProcess

    private init(_ process: ChildProcess) { self.process = process }

    /// Returns when the lock is held.
    static func take(_ stack: Stack) async throws -> DatabaseLock {
        let (file, held) = (try stack.databaseFiles()[0], stack.folder.file("locked"))
        let process = try await ChildProcess.start(
            ["sqlite3", "-cmd", ".timeout 10000", file, "BEGIN IMMEDIATE;", ".shell touch \(held) && sleep 300"],
            folder: stack.folder.path, logFile: stack.folder.file("lock.log"))
        try await eventually("the lock", within: .seconds(20)) {
            guard process.isRunning else { throw TestingError("no lock: \(process.logTail())") }
            return FileManager.default.fileExists(atPath: held)
        }
        return DatabaseLock(process)
    }

    func release() { process.kill() }
}
