import SessionTesting
import Testing

/// Invariants 8 and 9: abandoned once, never while its person is active, whatever events come or don't.
@Suite struct AbandonmentTests {
    @Test(.timeLimit(.minutes(3)), arguments: [false, true])
    func twoThousandSessionsAreAbandonedOnceEachByTwoInstances(withEvents: Bool) async throws {
        let count = 2000
        var options = Stack.Options()
        options.instances = 2
        options.settings = [
            "lifecycle.abandon-after": "3s", "lifecycle.sweep-interval": "200ms",
            "lifecycle.expired-events": "\(withEvents)",
            // Where the machine stalls, more are due at once than a sweep moves without a second look.
            "lifecycle.second-look": "1s",
        ]
        if !withEvents { options.redis.settings["notify-keyspace-events"] = "" }
        try await withStack(options) { stack in
            // The log is kept from being trimmed away unseen: SQLite tells how often each version went up.
            var sessions: [String] = []
            for number in 0..<20 {
                try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<count / 20 { group.addTask { try await stack.newSession(for: "user-\(number)") } }
                    for try await session in group { sessions.append(session) }
                }
            }
            let kept = try await stack.newSession(for: "active")
            let isOver = Flag()
            async let keeping: Void = {
                while !isOver.isSet {
                    let answer = try await stack.request("POST", "/api/sessions/\(kept)/activity", as: "active")
                    guard answer.status == 200 else { throw TestingError("\(answer.status) \(answer.text)") }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }()
            try await eventually("all are abandoned", within: .seconds(60)) {
                try stack.redis.command("ZCARD", "sd:{0}:abandoned").int == count
            }
            isOver.set()
            try await keeping
            try await stack.flushed()
            let rows = try DurableRows(stack)
            // Created is version 1; abandoned once is version 2.
            #expect(
                try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE status = 'abandoned' AND version = 2")
                    == count)
            #expect(try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE version > 2") == 0)
            #expect(
                try rows.integer("SELECT COUNT(*) FROM user_sessions WHERE id = '\(kept)' AND status = 'active'") == 1)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whoComesBackIsActiveAgainAndIsAbandonedAgain() async throws {
        var options = Stack.Options()
        options.settings = ["lifecycle.abandon-after": "4s", "lifecycle.sweep-interval": "50ms"]
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: "1")
            func status() async throws -> String? {
                struct Answer: Decodable { var status: String }
                return try await stack.request("GET", "/api/sessions/\(session)?touch=false", as: "1")
                    .decode(Answer.self).status
            }
            try await eventually("it is abandoned") { try await status() == "abandoned" }
            let back = try await stack.request("POST", "/api/sessions/\(session)/activity", as: "1")
            #expect(back.status == 200)
            #expect(try await status() == "active")
            try await eventually("it is abandoned again") { try await status() == "abandoned" }
            try await stack.flushed()
            #expect(
                try DurableRows(stack).integer("SELECT version FROM user_sessions WHERE id = '\(session)'") == 4)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func theAbandonedAreArchivedByTheirOwnClockAndDeletedWhenThatIsSet() async throws {
        var options = Stack.Options()
        options.settings = [
            "lifecycle.abandon-after": "200ms", "lifecycle.archive-after": "500ms", "lifecycle.delete-after": "6s",
            "lifecycle.sweep-interval": "50ms",
        ]
        try await withStack(options) { stack in
            let session = try await stack.newSession(for: "1")
            try await eventually("it is archived") {
                try await stack.request("GET", "/api/sessions/\(session)?touch=false", as: "1").text
                    .contains(#""status":"archived""#)
            }
            try await eventually("it is gone", within: .seconds(30)) {
                try await stack.request("GET", "/api/sessions/\(session)", as: "1").status == 404
            }
            try await stack.flushed()
            #expect(try DurableRows(stack).integer("SELECT COUNT(*) FROM user_sessions") == 0)
        }
    }
}
