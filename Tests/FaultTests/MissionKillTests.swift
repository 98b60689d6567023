import SessionTesting
import Testing

/// kill -9 while agents work on their missions: what was acknowledged is there, once, whole and in order.
@Suite struct MissionKillTests {
    @Test(.timeLimit(.minutes(5))) func killedTenTimesNoStepIsLostAndNoneIsTwice() async throws {
        let agents = 12
        let generator = SeededGenerator.announced()
        try await withStack { stack in
            let isOver = Flag()
            let steps = Count()
            let done = try await withThrowingTaskGroup(of: (hop: String, names: [String]).self) { group in
                for agent in 0..<agents {
                    group.addTask {
                        let user = "agent-\(agent)"
                        func made(_ path: String, _ body: String, _ key: String) async throws -> String {
                            try await stack.accepted("POST", path, body, user, key).decode(Made.self).id
                        }
                        var hops: [(hop: String, names: [String])] = []
                        let mission = try await made("/api/missions/", #"{"name":"m"}"#, "mission")
                        repeat {
                            let number = hops.count
                            let path = "/api/missions/\(mission)/hops"
                            let hop = try await made(path, #"{"name":"h"}"#, "hop \(number)")
                            hops.append((hop, []))
                            for step in 0..<20 where !isOver.isSet {
                                let name = "\(agent).\(number).\(step)"
                                _ = try await made(
                                    "\(path)/\(hop)/tool-steps", #"{"name":"\#(name)","tool_id":"t"}"#, name)
                                hops[number].names.append(name)
                                steps.increase()
                            }
                            // Repeated until it is so; then it is refused, which is as good.
                            _ = try await stack.accepted(
                                "PUT", "\(path)/\(hop)", #"{"status":"cancelled"}"#, user, nil)
                        } while !isOver.isSet
                        return hops.last ?? ("", [])
                    }
                }
                group.addTask {
                    defer { isOver.set() }
                    var generator = generator
                    for _ in 0..<10 {
                        try await steps.more(agents)
                        try await Task.sleep(for: .milliseconds(Int.random(in: 50...600, using: &generator)))
                        try await stack.service.restart(until: .listening)
                    }
                    return ("", [])
                }
                var done: [(hop: String, names: [String])] = []
                for try await one in group where !one.hop.isEmpty { done.append(one) }
                return done
            }
            try await stack.flushed()
            let rows = try DurableRows(stack)
            #expect(try rows.integer("SELECT COUNT(*) FROM dead_letters") == 0)
            #expect(done.count == agents)
            for (hop, names) in done { #expect(try rows.steps(of: hop) == names) }
            // Of all hops, as far as they were begun: numbered from 1 without gaps.
            let torn = """
                SELECT COUNT(*) FROM (SELECT hop_id FROM tool_steps GROUP BY hop_id
                HAVING MAX(sequence_order) <> COUNT(*) OR COUNT(DISTINCT name) <> COUNT(*))
                """
            #expect(try rows.integer(torn) == 0)
            let short = """
                SELECT COUNT(*) FROM hops h WHERE status = 'cancelled' AND (SELECT COUNT(*) FROM tool_steps WHERE hop_id = h.id)
                <> 20
                """
            #expect(try rows.integer(short) <= agents, "only the last hop of each was broken off")
            print(
                "killed 10 times; \(try rows.integer("SELECT COUNT(*) FROM tool_steps")) steps, none lost, none twice")
        }
    }
}

extension Stack {
    /// Repeats a request until it is answered 2xx.
    fileprivate func accepted(
        _ method: String, _ path: String, _ body: String, _ user: String, _ key: String?
    ) async throws -> HTTPAnswer {
        for _ in 0..<2000 {
            let headers = key.map { [("Idempotency-Key", $0)] } ?? []
            if let answer = try? await request(method, path, as: user, json: body, headers: headers) {
                if (200...201).contains(answer.status) { return answer }
                guard [502, 503, 504].contains(answer.status) else {
                    throw TestingError("\(method) \(path) was refused: \(answer.status) \(answer.text)")
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestingError("\(method) \(path) was never accepted")
    }
}
