import SessionTesting
import Testing

/// Versions and repeats: a mission's version is that of everything in it.
@Suite struct MissionConditionTests {
    /// Method, path, body, and the status of success.
    private func writes(_ planned: PlannedMission) -> [(String, String, String?, Int)] {
        [
            ("PUT", planned.path, #"{"name":"n1"}"#, 200),
            ("PATCH", planned.path + "/status", #"{"status":"in_progress"}"#, 200),
            ("PUT", planned.hopPath, #"{"name":"n2"}"#, 200),
            ("PATCH", planned.hopPath + "/status", #"{"status":"hop_plan_proposed"}"#, 200),
            ("POST", planned.hopPath + "/tool-steps", #"{"name":"n3","tool_id":"t"}"#, 201),
            ("PUT", planned.stepPath, #"{"name":"n4"}"#, 200),
            ("PATCH", planned.stepPath + "/status", #"{"status":"ready_to_execute"}"#, 200),
            ("DELETE", planned.stepPath, nil, 204),
            ("POST", planned.path + "/assets", #"{"name":"n5","role":"input"}"#, 201),
            ("PUT", planned.assetPath, #"{"content":"n6"}"#, 200),
            ("DELETE", planned.assetPath, nil, 204),
            ("DELETE", planned.hopPath, nil, 204),
            ("POST", planned.path + "/hops", #"{"name":"n7"}"#, 201),
            ("DELETE", planned.path, nil, 204),
        ]
    }

    @Test func everyWriteIsHeldToIfMatch() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        for (method, path, body, status) in writes(planned) {
            let version = try await person.version(planned.id)
            for stale in ["\"v\(version + 1)\"", "W/\"v\(version)\"", "\"x\""] {
                let refused = try await person.send(method, path, body, [("If-Match", stale)]).problem(412)
                #expect(refused["current_version"].int == version, "\(method) \(path)")
            }
            try await person.send(method, path, body, [("If-Match", "v1")]).problem(400)
            #expect(try await person.version(planned.id) == version)
            let done = try await person.send(method, path, body, [("If-Match", "\"v\(version)\"")])
            #expect(done.status == status, "\(method) \(path): \(done.text)")
            #expect(done.header("Write-Id") != nil, "\(method) \(path)")
            if path != planned.path || method != "DELETE" {
                #expect(done.header("ETag") == "\"v\(version + 1)\"", "\(method) \(path)")
            }
        }
        try await person.get(planned.path).problem(404)
    }

    @Test func everyReadKnowsItsVersion() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let version = try await person.version(planned.id)
        let paths = [
            planned.path, planned.path + "/hops", planned.hopPath, planned.hopPath + "/tool-steps", planned.stepPath,
            planned.path + "/assets", planned.assetPath,
        ]
        for path in paths {
            let whole = try await person.get(path)
            #expect(whole.status == 200 && whole.header("ETag") == "\"v\(version)\"", "\(path)")
            let known = try await person.get(path, [("If-None-Match", "\"v\(version)\"")])
            #expect(known.status == 304 && known.body.isEmpty, "\(path)")
            #expect(try await person.get(path, [("If-None-Match", "\"v\(version - 1)\"")]).status == 200)
        }
        _ = try await person.send("PUT", planned.stepPath, #"{"name":"other"}"#).json(200)
        for path in paths { #expect(try await person.get(path, [("If-None-Match", "\"v\(version)\"")]).status == 200) }
    }

    /// The session's version stays, but whoever has it doesn't have the mission as it is.
    @Test func aSessionIsNotUnchangedWhileItsMissionChanges() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let session = try await person.newSession()
        let planned = try await person.plannedMission(session: session)
        let path = "/sessions/\(session)?touch=false"
        func isKnown() async throws -> Bool {
            let tag = try #require(try await person.get(path).header("ETag"))
            return try await person.get(path, [("If-None-Match", tag)]).status == 304
        }
        let tag = try await person.get(path).header("ETag")
        #expect(try await !isKnown())
        try await person.send("PUT", "/sessions/\(session)", #"{"name":"n"}"#)
        #expect(try await isKnown())
        _ = try await person.send("PUT", planned.hopPath, #"{"name":"other"}"#).json(200)
        #expect(try await !isKnown())
        #expect(try await person.get(path).header("ETag") == "\"v3\"" && tag == "\"v2\"")
    }

    @Test func aRepeatedCreationIsTheFirst() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        _ = try await person.send("PATCH", planned.hopPath + "/status", #"{"status":"cancelled"}"#).json(200)
        let session = try await person.newSession()
        for (path, body) in [
            (
                "/missions/",
                #"{"name":"m","mission_metadata":{"a":1},"assets":[{"name":"a","role":"input","content":"c"}]}"#
            ),
            ("/missions/?session_id=\(session)", #"{"name":"m"}"#),
            (planned.path + "/hops", #"{"name":"h","hop_metadata":{"a":1}}"#),
            (planned.path + "/assets", #"{"name":"a","role":"output","content":{"a":1.0},"asset_metadata":{"b":2}}"#),
        ] {
            let key = [("Idempotency-Key", "key of \(path)")]
            let first = try await person.post(path, body, key)
            let again = try await person.post(path, body, key)
            #expect(first.status == 201 && again.body == first.body, "\(path): \(again.text)")
            #expect(first.header("Idempotent-Replayed") == nil && again.header("Idempotent-Replayed") == "true")
            for header in ["Location", "ETag", "Write-Id"] {
                #expect(first.header(header) == again.header(header), "\(path) \(header)")
            }
            try await person.post(path, #"{"name":"other","role":"input"}"#, key).problem(422)
        }
        let hop = try #require(
            try await person.get(planned.path).json(200)["current_hop_id"].string)
        let path = "\(planned.path)/hops/\(hop)/tool-steps"
        let key = [("Idempotency-Key", "step")]
        let first = try await person.post(path, #"{"name":"s","tool_id":"t"}"#, key)
        let again = try await person.post(path, #"{"name":"s","tool_id":"t"}"#, key)
        #expect(first.status == 201 && again.body == first.body && again.header("Idempotent-Replayed") == "true")
        let tree = try await person.get(planned.path).json(200)
        #expect(tree["hops"].elements.count == 2 && tree["assets"].elements.count == 2)
        #expect(tree["hops"][1]["tool_steps"].elements.count == 1)

        // What was done before the mission was deleted is answered again all the same.
        _ = try await person.send("DELETE", planned.path).status
        #expect(try await person.post(path, #"{"name":"s","tool_id":"t"}"#, key).body == first.body)
        try await person.post(path, #"{"name":"s","tool_id":"t"}"#).problem(404)
    }

    @Test func aMissionsWriteCanBeWaitedFor() async throws {
        let stack = try await Stacks.ordinary.value
        let person = Person(stack)
        let planned = try await person.plannedMission()
        let answer = try await person.send(
            "PUT", planned.stepPath, #"{"name":"durable"}"#, [("Prefer", "durability=durable")])
        #expect(answer.status == 200 && answer.header("Preference-Applied") == "durability=durable")
        #expect(try await stack.rows("SELECT name FROM tool_steps WHERE id = '\(planned.step)'") == ["durable"])
    }

    @Test func stepsThatComeAtOnceAreNumberedWithoutGaps() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let sequences = try await withThrowingTaskGroup(of: [Int].self) { group in
            for client in 0..<16 {
                group.addTask {
                    var sequences: [Int] = []
                    for number in 0..<4 {
                        let step = try await person.post(
                            planned.hopPath + "/tool-steps", #"{"name":"\#(client).\#(number)","tool_id":"t"}"#)
                        sequences.append(try step.json(201)["sequence_order"].int ?? 0)
                    }
                    return sequences
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(sequences.sorted() == Array(2...65))
        #expect(try await person.version(planned.id) == 4 + 64)

        _ = try await person.send("PATCH", planned.hopPath + "/status", #"{"status":"cancelled"}"#).json(200)
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 0..<16 {
                group.addTask { try await person.post(planned.path + "/hops", #"{"name":"\#(client)"}"#).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(made.filter { $0 == 201 }.count == 1 && made.filter { $0 == 409 }.count == 15)
    }
}
