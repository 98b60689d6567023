import SessionTesting
import Testing

/// Redis is down: reads come from SQLite, writes are refused, and it recovers by itself.
@Suite struct BypassTests {
    private let user = "1"

    /// What a reader may ask for, and the answers while all was well.
    private func reads(_ session: String, _ mission: String) -> [String] {
        [
            "/api/sessions/\(session)?touch=false", "/api/sessions/\(session)/messages?limit=500",
            "/api/sessions/active?touch=false", "/api/sessions/", "/api/sessions/?status_filter=completed",
            "/api/missions/", "/api/missions/\(mission)", "/api/missions/\(mission)/hops",
            "/api/missions/\(mission)/assets",
        ]
    }

    @Test(.timeLimit(.minutes(1)))
    func everyReadIsAnsweredFromSQLiteAsItWasBefore() async throws {
        try await withStack { stack in
            let ended = try await stack.newSession(for: user)
            _ = try await stack.expect(200, "POST", "/api/sessions/\(ended)/complete", as: user)
            let session = try await stack.newSession(for: user)
            var writer = Writer(
                stack: stack, user: user, session: session, name: "c", generator: SeededGenerator(seed: 1))
            for number in 0..<5 { _ = try await writer.write(number) }
            _ = try await stack.expect(
                200, "PUT", "/api/sessions/\(session)", as: user, json: #"{"session_metadata":{"draft":"x"}}"#)
            struct Made: Decodable { var id: String }
            let mission = try await stack.expect(
                201, "POST", "/api/missions/?session_id=\(session)", as: user,
                json: #"{"name":"plan","assets":[{"name":"a","role":"output","content":{"k":1}}]}"#
            ).decode(Made.self).id
            _ = try await stack.expect(201, "POST", "/api/missions/\(mission)/hops", as: user, json: #"{"name":"h"}"#)
            try await stack.flushed()
            var before: [String: String] = [:]
            for path in reads(session, mission) {
                before[path] = try await stack.expect(200, "GET", path, as: user).text
            }

            stack.redis.kill()
            for path in reads(session, mission) {
                let answer = try await stack.expect(200, "GET", path, as: user)
                #expect(answer.text == before[path], "\(path)")
                #expect(
                    answer.header("Cache-Status") == "sessiond; fwd=bypass; detail=hot-tier-unreachable", "\(path)")
            }
            // What SQLite doesn't know may be in the hot tier all the same: nobody can say that it isn't there.
            let unknown = try await stack.request("GET", "/api/sessions/\(mission)", as: user)
            #expect(unknown.status == 503 && unknown.header("Retry-After") != nil)
            let foreign = try await stack.request("GET", "/api/sessions/\(session)", as: "another")
            #expect(foreign.status == 503 && foreign.text == unknown.text)

            // Writes are refused at once, and taken again soon after Redis is back, nobody having done anything.
            let refused = ContinuousClock.now
            let write = try await stack.request("POST", "/api/sessions/\(session)/activity", as: user)
            #expect(write.status == 503 && ContinuousClock.now - refused < .milliseconds(500))
            try await stack.redis.start()
            let back = ContinuousClock.now
            try await stack.takesWrites(session, of: user)
            #expect(ContinuousClock.now - back < .seconds(4))
            let hot = try await stack.expect(200, "GET", "/api/sessions/\(session)", as: user)
            #expect(hot.header("Cache-Status") == "sessiond; hit")
        }
    }

    /// Fifty looks, one after another. A machine that stalls may hold up a few of them.
    @Test(.timeLimit(.minutes(1)))
    func withRedisStoppedASessionIsReadWithinFiftyMilliseconds() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            for start in stride(from: 0, to: 200, by: 100) {
                let messages = (start..<start + 100).map { #"{"role":"user","content":"m\#($0)"}"# }
                _ = try await stack.expect(
                    201, "POST", "/api/sessions/\(session)/messages", as: user,
                    json: #"{"messages":[\#(messages.joined(separator: ","))]}"#)
            }
            try await stack.flushed()
            stack.redis.kill()
            var times: [Duration] = []
            for _ in 0..<50 {
                let began = ContinuousClock.now
                _ = try await stack.expect(200, "GET", "/api/sessions/\(session)?messages=200", as: user)
                times.append(ContinuousClock.now - began)
            }
            times.sort()
            print("a session of 200 messages read without Redis: median \(times[25]), 90 % \(times[45])")
            #expect(times[45] < .milliseconds(50))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func aColdSessionThatAThousandClientsAskForIsReadOnce() async throws {
        try await withStack { stack in
            let session = try await stack.newSession(for: user)
            try await stack.append("x", to: session, of: user)
            _ = try await stack.expect(200, "POST", "/api/sessions/\(session)/complete", as: user)
            try await stack.flushed()
            try await eventually("it is settled") {
                try stack.redis.command("PTTL", "sd:{0}:session:\(session)").int ?? -1 > 0
            }
            try stack.redis.command("DEL", "sd:{0}:session:\(session)", "sd:{0}:messages:\(session)")
            let before = try await stack.metric("sessiond_cold_reads_total")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<1000 {
                    group.addTask {
                        // nginx lets so many in at a time and no more.
                        while true {
                            let status = try await stack.request("GET", "/api/sessions/\(session)", as: user).status
                            if status != 429 { return status }
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [200: 1000])
            #expect(try await stack.metric("sessiond_cold_reads_total") == before + 1)
        }
    }
}
