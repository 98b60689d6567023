import SessionTesting
import Testing

/// The primary is gone for good and its replica is promoted: the service finds it by itself, and whatever was durable is there.
@Suite struct FailoverTests {
    @Test(.timeLimit(.minutes(2)))
    func thePromotedReplicaOfAKilledPrimaryIsUsed() async throws {
        try await failover([
            { primary, replica in
                primary.kill()
                try replica.command("REPLICAOF", "NO", "ONE")
                return replica
            }
        ])
    }

    /// It was cut off and never heard that another took its place: what it holds names it in the manifest as if nothing had been.
    @Test(.timeLimit(.minutes(2)))
    func aPrimaryOfAnotherTimeTakesNoWriteBeforeItIsReconciled() async throws {
        try await failover([
            { primary, replica in
                primary.pause()
                try replica.command("REPLICAOF", "NO", "ONE")
                return replica
            },
            { primary, replica in
                // Sooner or later everything that was taken meanwhile is flushed; that much is not lost.
                replica.kill()
                primary.resume()
                return primary
            },
        ])
    }

    /// Clients write, a chat each, every third write durable, before, during and after `strike`.
    ///
    /// - Parameter strikes: each returns the server that is the primary from then on.
    private func failover(
        _ strikes: [(_ primary: RedisServer, _ replica: RedisServer) async throws -> RedisServer]
    ) async throws {
        let ports = [try freePort(), try freePort()].map(String.init)
        func settings(_ port: String) -> [String: String] {
            ["port": port, "bind": "127.0.0.1", "repl-diskless-sync-delay": "0"]
        }
        let replica = try await RedisServer.start(RedisServer.Options(settings(ports[1])))
        try replica.command("REPLICAOF", "127.0.0.1", ports[0])
        var options = Stack.Options()
        options.redis.settings = settings(ports[0])
        options.settings["redis.socket"] = "off"
        options.settings["redis.addresses"] = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        try await withStack(options) { stack in
            try await eventually("the replica is up to date") {
                try replica.command("INFO", "replication").string?.contains("master_link_status:up") == true
            }
            var last = replica
            let isOver = Flag()
            let writes = Count()
            let diaries = try await withThrowingTaskGroup(of: Diary.self) { group in
                for number in 0..<8 {
                    let diary = Diary(
                        stack: stack, user: "user-\(number)", session: try await stack.newSession(for: "user-\(number)")
                    )
                    group.addTask {
                        var diary = diary
                        while !isOver.isSet {
                            try await diary.write()
                            writes.increase()
                        }
                        return diary
                    }
                }
                try await writes.more(200)
                for strike in strikes {
                    last = try await strike(stack.redis, replica)
                    let start = ContinuousClock.now
                    try await writes.more(1)
                    print("writes were taken again after \(ContinuousClock.now - start)")
                    try await writes.more(200)
                }
                isOver.set()
                return try await group.reduce(into: [Diary]()) { $0.append($1) }
            }
            try await eventually("readiness") { try await stack.request("GET", "/health/ready").status == 200 }
            try await eventually("the log is flushed") { try last.command("XLEN", "sd:{0}:log").int == 0 }
            let rows = try DurableRows(stack)
            let durable = try rows.chats()
            #expect(try rows.tornSessions() == 0)
            // What lay in the sockets of a primary that was cut off is done when it wakes, upon what it remembers: it is set
            // aside, for people, and its session goes on.
            #expect(
                try rows.integer("SELECT COUNT(*) FROM \(strikes.count == 1 ? "dead_letters" : "quarantine")") == 0)
            for diary in diaries {
                // Fails at a gap.
                let chat = try await stack.contents(of: diary.session, user: diary.user)
                #expect(durable[diary.session] == chat)
                let lost = diary.acknowledged.filter { !chat.contains($0.content) }
                #expect(!lost.contains { $0.isDurable }, "\(diary.user): \(lost)")
                // The others in their order, none twice.
                #expect(chat == diary.acknowledged.map(\.content).filter { chat.contains($0) }, "\(diary.user)")
                // What is lost is one piece out of the time of the failover.
                if strikes.count == 1, let first = diary.acknowledged.firstIndex(where: { !chat.contains($0.content) })
                {
                    #expect(diary.acknowledged[first...].prefix(lost.count).elementsEqual(lost, by: ==), "\(lost)")
                }
            }
            let all = diaries.flatMap(\.acknowledged)
            let lost = all.count - diaries.reduce(0) { $0 + (durable[$1.session]?.count ?? 0) }
            print("\(all.count) writes acknowledged, \(all.count { $0.isDurable }) of them durable; \(lost) lost")
            #expect(stack.service.isRunning)
        }
    }
}

/// A client with a chat of its own, and what it was told.
private struct Diary {
    struct Entry: Equatable {
        var content: String
        var isDurable: Bool
    }

    let stack: Stack
    let user: String
    let session: String
    private(set) var acknowledged: [Entry] = []

    init(stack: Stack, user: String, session: String) {
        self.stack = stack
        self.user = user
        self.session = session
    }

    /// Writes the next message, until it is acknowledged.
    mutating func write() async throws {
        let content = "\(user) \(acknowledged.count)"
        var headers = [("Content-Type", "application/json"), ("Idempotency-Key", content)]
        if acknowledged.count % 3 == 0 { headers.append(("Prefer", "durability=durable, wait=5")) }
        for _ in 0..<2000 {
            let answer = try await stack.request(
                "POST", "/api/sessions/\(session)/messages", as: user,
                json: #"{"role":"user","content":"\#(content)"}"#, headers: headers)
            if answer.status == 201 {
                let isDurable = answer.header("Preference-Applied") == "durability=durable"
                return acknowledged.append(Entry(content: content, isDurable: isDurable))
            }
            guard [502, 503, 504].contains(answer.status) else {
                throw TestingError("\(content) was refused: \(answer.status) \(answer.text)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestingError("\(content) was never accepted")
    }
}
