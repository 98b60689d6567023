import SessionTesting
import Testing

/// Every move of every part of a mission, through nginx: allowed, or 409 with the current status, whether it is asked for by
/// PATCH or by PUT.
@Suite struct MissionLifecycleTests {
    private func check(
        _ table: [String: [String]], ends: [String], from first: String, patches: Bool,
        _ make: (Person) async throws -> String
    ) async throws {
        let person = Person(try await Stacks.ordinary.value)
        let all = table.keys.sorted() + ends
        for from in all {
            guard let route = Self.route(from: first, to: from, table) else {
                Issue.record("no way to \(from)")
                continue
            }
            for to in all {
                let path = try await make(person)
                for status in route {
                    _ = try await person.send("PUT", path, #"{"status":"\#(status)"}"#).json(200)
                }
                let isAllowed = table[from]?.contains(to) == true
                if patches {
                    let body = #"{"status":"\#(to)"}"#
                    // First one that must be refused, then the one in question.
                    try await person.send("PATCH", path + "/status", #"{"status":"\#(from)"}"#).problem(409)
                    let answer = try await person.send("PATCH", path + "/status", body)
                    if isAllowed {
                        #expect(try answer.json(200)["status"] == .string(to), "\(from) → \(to)")
                    } else {
                        #expect(try answer.problem(409)["current_status"] == .string(from), "\(from) → \(to)")
                    }
                } else if from != to {
                    let answer = try await person.send("PUT", path, #"{"name":"n2","status":"\#(to)"}"#)
                    if isAllowed {
                        #expect(try answer.json(200)["status"] == .string(to), "\(from) → \(to)")
                    } else {
                        #expect(try answer.problem(409)["current_status"] == .string(from), "\(from) → \(to)")
                        #expect(try await person.get(path).json(200)["name"] != .string("n2"), "nothing was written")
                    }
                } else {
                    // The status that it has is no move: a repeated PUT is a success.
                    let answer = try await person.send("PUT", path, #"{"name":"n2","status":"\#(to)"}"#).json(200)
                    #expect(answer["status"] == .string(from) && answer["name"] == .string("n2"))
                }
            }
        }
    }

    /// The shortest way, without the first.
    private static func route(from first: String, to last: String, _ table: [String: [String]]) -> [String]? {
        var routes: [String: [String]] = [first: []]
        var queue = [first]
        while !queue.isEmpty {
            let status = queue.removeFirst()
            for next in table[status] ?? [] where routes[next] == nil {
                routes[next] = (routes[status] ?? []) + [next]
                queue.append(next)
            }
        }
        return routes[last]
    }

    @Test(arguments: [true, false]) func missions(byPATCH: Bool) async throws {
        try await check(
            World.missions, ends: ["completed", "failed", "cancelled"], from: "awaiting_approval", patches: byPATCH
        ) { person in
            "/missions/\(try await person.newMission())"
        }
    }

    @Test(arguments: [true, false]) func hops(byPATCH: Bool) async throws {
        try await check(
            World.hops, ends: ["completed", "failed", "cancelled"], from: "hop_plan_started", patches: byPATCH
        ) { person in
            let path = "/missions/\(try await person.newMission())/hops"
            return path + "/" + (try await person.post(path, #"{"name":"h"}"#).json(201)["id"].text())
        }
    }

    @Test(arguments: [true, false]) func toolSteps(byPATCH: Bool) async throws {
        try await check(
            World.steps, ends: ["completed", "failed", "cancelled"], from: "proposed", patches: byPATCH
        ) { person in try await person.plannedMission().stepPath }
    }

    /// By PUT alone: there is no other way.
    @Test func assets() async throws {
        try await check(World.assets, ends: [], from: "proposed", patches: false) { person in
            try await person.plannedMission().assetPath
        }
    }

    @Test func aFinishedMissionTakesNoHopAndAFinishedHopNoStep() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let second = try await person.post(planned.path + "/hops", #"{"name":"h"}"#).problem(409)
        #expect(second["current_status"] == .string("hop_plan_started"))
        _ = try await person.send("PATCH", planned.hopPath + "/status", #"{"status":"failed"}"#).json(200)
        let step = try await person.post(planned.hopPath + "/tool-steps", #"{"name":"s","tool_id":"t"}"#).problem(409)
        #expect(step["current_status"] == .string("failed"))
        _ = try await person.send("PATCH", planned.path + "/status", #"{"status":"cancelled"}"#).json(200)
        let hop = try await person.post(planned.path + "/hops", #"{"name":"h"}"#).problem(409)
        #expect(hop["current_status"] == .string("cancelled"))
    }

    @Test func aStatusIsOneOfItsKind() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        for path in [planned.path, planned.hopPath, planned.stepPath] {
            for body in [#"{"status":"gone"}"#, #"{"status":null}"#, "{}", #"{"status":"failed","name":"n"}"#, "[]"] {
                try await person.send("PATCH", path + "/status", body).problem(422)
            }
            try await person.send("PATCH", path + "/status").problem(400)
        }
    }
}
