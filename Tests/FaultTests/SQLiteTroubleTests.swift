import FoundationEssentials
import SessionTesting
import Testing

/// SQLite is locked, its disk is full, or its file damaged: hot traffic goes on, the log keeps what SQLite can't take, and it drains by
/// itself afterwards.
@Suite struct SQLiteTroubleTests {
    private let user = "1"

    /// Appends one after another, each timed, for so many times.
    private func append(_ count: Int, _ writer: inout Writer) async throws -> [Duration] {
        var times: [Duration] = []
        for _ in 0..<count {
            let began = ContinuousClock.now
            _ = try await writer.write(writer.acknowledged.count)
            times.append(ContinuousClock.now - began)
        }
        return times.sorted()
    }

    private func writer(_ stack: Stack, _ session: String) -> Writer {
        var writer = Writer(
            stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
        (writer.cuts, writer.repeats) = (0, 0)
        return writer
    }

    @Test(.timeLimit(.minutes(2)))
    func whileAnotherProcessLocksTheFileHotTrafficGoesOnAsFast() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            _ = try await append(50, &writer)
            let before = try await append(300, &writer)
            try await stack.flushed()
            let lock = try DatabaseLock(stack)
            let during = try await append(300, &writer)
            #expect(try stack.redis.command("XLEN", "sd:{0}:log").int == 300)
            print("append: median \(before[150]), 99 % \(before[296]); locked: \(during[150]), \(during[296])")
            #expect(during[150] < before[150] * 2 + .milliseconds(2))
            _ = try await stack.expect(200, "GET", "/api/sessions/\(session)", as: user)
            try await eventually("readiness tells", within: .seconds(20)) {
                try await stack.request("GET", "/health/ready").status == 503
            }
            try lock.release()
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session] == writer.acknowledged)
            try await eventually("it is ready again", within: .seconds(20)) {
                try await stack.request("GET", "/health/ready").status == 200
            }
        }
    }

    /// Invariant 7: the backlog is bounded.
    @Test(.timeLimit(.minutes(2)))
    func atItsBoundTheBacklogRefusesWritesAndReadsGoOn() async throws {
        var options = Stack.Options()
        options.settings["write-behind.max-backlog"] = "40"
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            try await stack.flushed()
            let lock = try DatabaseLock(stack)
            _ = try await append(40, &writer)
            for _ in 0..<5 {
                let refused = try await stack.request(
                    "POST", "/api/sessions/\(session)/messages", as: user, json: #"{"role":"user","content":"x"}"#)
                #expect(refused.status == 503 && refused.header("Retry-After") == "5", "\(refused.text)")
            }
            #expect(try stack.redis.command("XLEN", "sd:{0}:log").int == 40)
            let read = try await stack.expect(200, "GET", "/api/sessions/\(session)", as: user)
            #expect(read.header("Cache-Status") == "sessiond; hit")
            _ = try await stack.expect(200, "POST", "/api/sessions/\(session)/activity", as: user)
            try lock.release()
            _ = try await append(5, &writer)
            try await stack.flushed()
            #expect(try DurableRows(stack).chats()[session] == writer.acknowledged)
        }
    }

    /// In bytes too: a share of what Redis may use.
    @Test(.timeLimit(.minutes(2)))
    func theBacklogIsBoundedInBytes() async throws {
        var options = Stack.Options()
        options.redis.settings["maxmemory"] = "64mb"
        options.settings["write-behind.max-backlog-memory"] = "20%"
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user)
            try await stack.flushed()
            let lock = try DatabaseLock(stack)
            let large = String(repeating: "x", count: 60_000)
            var taken = 0
            for _ in 0..<900 {
                let answer = try await stack.request(
                    "POST", "/api/sessions/\(session)/messages", as: user,
                    json: #"{"role":"user","content":"\#(large)"}"#)
                if answer.status == 503 { break }
                #expect(answer.status == 201)
                taken += 1
                // The log is measured once a second.
                try await Task.sleep(for: .milliseconds(25))
            }
            let info = try stack.redis.command("INFO", "memory").string ?? ""
            let used =
                info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
                .flatMap { Int($0.dropFirst("used_memory:".count)) } ?? 0
            print("\(taken) messages of 60 kB taken, then 503; Redis uses \(used) of 64 MiB")
            #expect(taken > 20 && taken < 900)
            #expect(used < 64 * 1024 * 1024 * 95 / 100)
            try lock.release()
            try await stack.flushed()
            try await eventually("writes are taken again", within: .seconds(20)) {
                try await stack.request(
                    "POST", "/api/sessions/\(session)/messages", as: user, json: #"{"role":"user","content":"x"}"#
                ).status == 201
            }
        }
    }

    /// On a disk of a few MiB that somebody else fills, twice.
    @Test(.timeLimit(.minutes(2)))
    func aFullDiskCostsNothing() async throws {
        guard let disk = try SmallDisk(mebibytes: 8) else {
            print("not tried: a small disk can't be mounted here")
            return
        }
        var options = Stack.Options()
        options.settings["data.folder"] = disk.folder
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            _ = try await append(20, &writer)
            try await stack.flushed()
            for _ in 0..<2 {
                try disk.fill()
                _ = try await append(200, &writer)
                try await eventually("the flusher meets it", within: .seconds(20)) {
                    try await stack.request("GET", "/health/ready").status == 503
                }
                #expect(try stack.redis.command("XLEN", "sd:{0}:log").int ?? 0 > 0)
                _ = try await stack.expect(200, "GET", "/api/sessions/\(session)", as: user)
                disk.empty()
                try await stack.flushed(within: .seconds(30))
            }
            let rows = try DurableRows(folder: disk.folder)
            #expect(try rows.chats()[session] == writer.acknowledged)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            stack.service.kill()
        }
    }

    /// A damaged file is never made anew: hot traffic goes on, and an operator must look.
    @Test(.timeLimit(.minutes(2)))
    func aDamagedFileIsLeftAsItIs() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            var writer = writer(stack, session)
            _ = try await append(200, &writer)
            try await stack.flushed()
            try await stack.service.stop()
            let path = "\(stack.dataFolder)/shard-0.sqlite"
            let before = try damage(path)
            // Whether it starts or not, nothing is written over it and nothing is lost.
            try? await stack.service.start(until: .listening, within: .seconds(10))
            if stack.service.isRunning {
                try await eventually("it says that it is not ready", within: .seconds(10)) {
                    try await stack.request("GET", "/health/ready").status != 200
                }
            } else {
                #expect(stack.service.logTail().contains("damaged") || stack.service.logTail().contains("malformed"))
            }
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == before)
            #expect(try stack.redis.command("HGET", "sd:{0}:session:\(session)", "messages").int == 200)
        }
    }

    /// Overwrites the middle of the file. Returns what it holds then.
    private func damage(_ path: String) throws -> [UInt8] {
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        for index in 4096..<bytes.count - 4096 where index % 4096 < 200 { bytes[index] = 0xa5 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return bytes
    }
}
