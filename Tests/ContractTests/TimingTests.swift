import Foundation
import SessionTesting
import Testing

/// How long an answer takes tells a stranger nothing either: whether what is not theirs is hot, cold, or not there at all.
/// What is there is large, so that whatever of it is moved before its owner is looked at shows.
@Suite struct TimingTests {
    private static let rounds = 700
    /// Of the medians.
    private static let difference = 1.1

    private struct Question {
        var name: String
        var method: String
        /// What is hot, what is cold, what never was.
        var paths: [String]
    }

    /// Only on a machine that does nothing else: `TIMING_TESTS=1 swift test --filter TimingTests`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["TIMING_TESTS"] != nil))
    func aStrangerIsAnsweredAfterTheSameTime() async throws {
        let stack = try await Stacks.ordinary.value
        let (owner, stranger) = (Person(stack), Person(stack))
        let sessions = [try await session(of: owner), try await coldSession(of: owner, stack), ""]
        let missions = [try await mission(of: owner), try await coldMission(of: owner, stack), ""]
        func question(_ name: String, _ method: String, _ ids: [String], _ suffix: String = "") -> Question {
            let ids = ids.map { $0.isEmpty ? unknown(like: ids[0]) : $0 }
            return Question(name: name, method: method, paths: ids.map { "/api/\(name)/\($0)\(suffix)" })
        }
        let questions = [
            question("sessions", "GET", sessions), question("sessions", "GET", sessions, "/messages"),
            question("sessions", "POST", sessions, "/activity"), question("missions", "GET", missions),
            question("missions", "GET", missions, "/hops"),
        ]
        let authorization = "Bearer \(stranger.token)"
        for question in questions {
            try await compare(question, "FastCGI") {
                var client = try FastCGIClient(socket: stack.service.socket)
                return try await times(question) { method, path in
                    try client.request(method, path, headers: [("HTTP_AUTHORIZATION", authorization)])
                }
            }
            try await compare(question, "nginx") {
                try await times(question) { method, path in
                    try await stack.http.request(method, path, headers: [("Authorization", authorization)]).status
                }
            }
        }
        // A stranger's questions must not have made it hot.
        #expect(try stack.redis.command("EXISTS", stack.key("session", sessions[1])).int == 0)
    }

    /// Once more where they differ: something else may have had the machine.
    private func compare(
        _ question: Question, _ way: String, _ measure: () async throws -> [[Duration]]
    ) async throws {
        var medians: [Duration] = []
        for _ in 0..<2 {
            medians = try await measure().map { $0.sorted()[$0.count / 2] }
            if isAlike(medians) { break }
        }
        let texts = medians.map { "\($0.components.attoseconds / 1_000_000_000_000) µs" }
        #expect(isAlike(medians), "\(question.method) \(question.paths[2]) by \(way): hot, cold, absent \(texts)")
    }

    private func isAlike(_ medians: [Duration]) -> Bool {
        guard let least = medians.min(), let most = medians.max() else { return false }
        return most <= least * Self.difference
    }

    /// Of each path, asked for in turn, each first as often as the others.
    private func times(
        _ question: Question, _ ask: (String, String) async throws -> Int
    ) async throws -> [[Duration]] {
        var times = question.paths.map { _ in [Duration]() }
        for round in 0..<Self.rounds {
            for turn in question.paths.indices {
                let index = (round + turn) % question.paths.count
                let begin = ContinuousClock.now
                let status = try await ask(question.method, question.paths[index])
                times[index].append(ContinuousClock.now - begin)
                try #require(status == 404)
            }
        }
        return times
    }

    // MARK: what is there

    private static let text = String(repeating: "x", count: 4_000)

    private func session(of owner: Person) async throws -> String {
        let session = try await owner.newSession()
        let messages = (0..<50).map { _ in #"{"role":"user","content":"\#(Self.text)"}"# }
        _ = try await owner.post(
            "/sessions/\(session)/messages", #"{"messages":[\#(messages.joined(separator: ","))]}"#
        ).json(201)
        return session
    }

    private func coldSession(of owner: Person, _ stack: Stack) async throws -> String {
        let session = try await session(of: owner)
        try await owner.post("/sessions/\(session)/complete")
        try await stack.makeCold(session)
        return session
    }

    private func mission(of owner: Person) async throws -> String {
        let mission = try await owner.plannedMission()
        for _ in 0..<50 {
            _ = try await owner.post(
                "\(mission.hopPath)/tool-steps", #"{"name":"s","tool_id":"t","description":"\#(Self.text)"}"#
            ).json(201)
        }
        return mission.id
    }

    private func coldMission(of owner: Person, _ stack: Stack) async throws -> String {
        let mission = try await mission(of: owner)
        let hash = try stack.key("mission", mission)
        try await eventually("the flush of \(mission)", within: .seconds(30)) {
            try stack.redis.command("PTTL", hash).int ?? 0 > 0
        }
        try #require(try stack.redis.command("DEL", hash).int == 1)
        return mission
    }

    /// An id of the same form and shard that names nothing.
    private func unknown(like id: String) -> String {
        "\(id.prefix(24))\(String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16))\(id.suffix(4))"
    }
}
