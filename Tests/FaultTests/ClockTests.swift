import SessionTesting
import Testing

/// A clock that is set wrong abandons nobody: sweep and hints are held, and say so, until a second look or an operator agrees.
@Suite struct ClockTests {
    private let user = "1"

    private func options(_ settings: [String: String], _ clock: FakedClock? = nil) -> Stack.Options {
        var options = Stack.Options()
        options.settings = ["lifecycle.sweep-interval": "50ms"].merging(settings) { $1 }
        if let clock { options.redis.wrapper = clock.wrapper }
        return options
    }

    /// Nil, and a word about it, where libfaketime can't be had.
    private func clock() throws -> FakedClock? {
        let clock = try FakedClock()
        if clock == nil { print("not tried: libfaketime is not installed (./scripts/setup faketime)") }
        return clock
    }

    // MARK: tests

    /// Longer than a session lives: its liveness key expires, and Redis says so.
    @Test(.timeLimit(.minutes(2)))
    func redisTwentyFiveHoursAheadAbandonsNobody() async throws {
        guard let clock = try clock() else { return }
        try await withStack(options(["lifecycle.second-look": "300ms"], clock)) { stack in
            var sessions: [String] = []
            for number in 0..<20 { sessions.append(try await stack.newSession(for: "user-\(number)")) }
            try await stack.looks(3)
            #expect(try await stack.sweepWarning() == nil)
            #expect(try await stack.request("GET", "/metrics").text.contains(#"sessiond_sweep_held{shard="0"} 0"#))

            try clock.set(ahead: 25 * 3600)
            try await eventually("Redis lets the liveness keys expire") {
                try stack.redis.command("KEYS", "sd:{0}:alive:*").strings.isEmpty
            }
            try await eventually("readiness tells of it") { try await stack.sweepWarning() != nil }
            // Longer than the second look, which agrees to nothing while the clocks don't.
            try await stack.looks(20)
            try #expect(stack.statuses(sessions) == ["active"])
            #expect(try await stack.sweepWarning()?.contains("Redis' clock stands +90000 s") == true)
            #expect(try await stack.request("GET", "/health/ready").status == 200)
            #expect(try await stack.metric("sessiond_sweep_held") == 1)
            #expect(try await stack.metric("sessiond_abandoned_total") == 0)
            #expect(stack.service.logTail(lines: 1000).ranges(of: "the sweep is held").count == 1)

            // A process that begins now has seen no step.
            try await stack.service.restart()
            try await eventually("it is held again") { try await stack.sweepWarning() != nil }
            try await stack.looks(20)
            try #expect(stack.statuses(sessions) == ["active"])

            // One session's own person is believed.
            let met = try await stack.expect(
                200, "GET", "/api/sessions/\(sessions[0])?touch=false", as: "user-0")
            #expect(met.text.contains(#""status":"abandoned""#))

            try clock.set(ahead: 0)
            try await eventually("the sweep goes on by itself") { try await stack.sweepWarning() == nil }
            #expect(try await stack.metric("sessiond_sweep_held") == 0)
            try #expect(stack.statuses(Array(sessions.dropFirst())) == ["active"])
            try stack.makeDue([sessions[1]])
            try await eventually("what is due is abandoned") {
                try stack.statuses([sessions[1]]) == ["abandoned"]
            }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE status = 'active'") == 18)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
        }
    }

    /// The clock of a machine that both run on is set, and stays so: only time itself tells. Then the second look agrees.
    @Test(.timeLimit(.minutes(2)))
    func aMachinesClockThatStaysWhereItWasSetIsAgreedToByTheSecondLook() async throws {
        guard let clock = try clock() else { return }
        var options = options(["lifecycle.abandon-after": "10m", "lifecycle.second-look": "4s"], clock)
        options.wrapper = clock.wrapper
        try await withStack(options) { stack in
            var sessions: [String] = []
            for _ in 0..<20 { sessions.append(try await stack.newSession(for: user)) }
            try await stack.looks(3)
            try clock.set(ahead: 1200)
            try await eventually("it is held", within: .seconds(4)) {
                try await stack.sweepWarning()?.contains("Redis' clock was set by +1200 s") == true
            }
            try #expect(stack.statuses(sessions) == ["active"])
            try await eventually("all are abandoned") { try stack.statuses(sessions) == ["abandoned"] }
            #expect(try await stack.sweepWarning() == nil)
            #expect(stack.service.logTail(lines: 1000).contains("the sweep goes on"))
        }
    }

    /// No clock is wrong, and yet more are due at once than ever should be. An operator looks, and agrees.
    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func aCrowdIsHeldUntilAnOperatorAgrees(withEvents: Bool) async throws {
        var options = options(["lifecycle.expired-events": "\(withEvents)"])
        options.instances = 2
        try await withStack(options) { stack in
            var sessions: [String] = []
            for number in 0..<12 {
                try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<100 { group.addTask { try await stack.newSession(for: "user-\(number)") } }
                    for try await session in group { sessions.append(session) }
                }
            }
            try stack.makeDue(sessions)
            try await eventually("it is held") { try await stack.sweepWarning() != nil }
            try await stack.looks(40)
            try #expect(stack.statuses(sessions) == ["active"])
            #expect(
                try await stack.sweepWarning()?.contains(
                    "1200 of 1200 active sessions are due at once, more than the bound of 1000") == true)

            #expect(try await stack.sessionctl("sweep", "allow").code == 0)
            try await eventually("all are abandoned", within: .seconds(30)) {
                try stack.statuses(sessions) == ["abandoned"]
            }
            try await eventually("nobody holds it any more") { try await stack.sweepWarning() == nil }
            try await stack.flushed()
            #expect(
                try DurableRows(stack).integer(
                    "SELECT COUNT(*) FROM user_sessions WHERE status = 'abandoned' AND version = 2") == 1200)
        }
    }
}

extension Stack {
    /// What readiness says of the sweep; nil where there is nothing to say.
    fileprivate func sweepWarning() async throws -> String? {
        struct Answer: Decodable {
            struct Dependency: Decodable {
                var name: String
                var warning: String?
            }
            var dependencies: [Dependency]
        }
        var warning: String?
        // Each instance has its own.
        for _ in services {
            let answer = try await request("GET", "/health/ready").decode(Answer.self)
            warning = warning ?? answer.dependencies.first { $0.name == "sweep 0" }?.warning
        }
        return warning
    }

    /// Waits until the sweep has looked so often again.
    fileprivate func looks(_ count: Int) async throws {
        func looked() throws -> Int {
            let line = try redis.command("INFO", "commandstats").string?.split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("cmdstat_zcount:calls=") }
            return line.flatMap { Int($0.dropFirst("cmdstat_zcount:calls=".count).prefix { $0.isNumber }) } ?? 0
        }
        let before = try looked()
        try await eventually("the sweep looks") { try looked() >= before + count }
    }

    /// The statuses that these have in Redis, each once.
    fileprivate func statuses(_ sessions: [String]) throws -> Set<String> {
        let script = """
            local all = {}
            for i, id in ipairs(ARGV) do all[i] = redis.call('HGET', 'sd:{0}:session:' .. id, 'status') or 'none' end
            return all
            """
        return Set(try redis.command(["EVAL", script, "0"] + sessions).strings)
    }

    /// As if nobody had been seen for 25 hours, all at the same moment.
    fileprivate func makeDue(_ sessions: [String]) throws {
        let script = """
            local past = redis.call('TIME')[1] * 1000 - 90000000
            for _, id in ipairs(ARGV) do
              redis.call('HSET', 'sd:{0}:session:' .. id, 'last_activity_at', string.format('%.0f', past))
              redis.call('ZADD', 'sd:{0}:activity', past, id)
              redis.call('SET', 'sd:{0}:alive:' .. id, '', 'PX', 1)
            end
            """
        try redis.command(["EVAL", script, "0"] + sessions)
    }
}
