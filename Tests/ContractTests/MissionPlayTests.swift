import SessionTesting
import Testing

/// A whole mission, from its proposal to its end, through nginx. After each stage the tree is what it should be, the same
/// from Redis and, once the hot keys are gone, from SQLite; half-way through the service is killed.
@Suite struct MissionPlayTests {
    @Test(.timeLimit(.minutes(2))) func aMissionIsPlayedToItsEnd() async throws {
        try await withStack { stack in
            var play = try await Play(stack)
            try await play.propose()
            try await play.accept()
            try await play.planHop()
            try await play.acceptPlan()
            try await play.implement()
            try await stack.service.restart()
            try await play.look("after a kill")
            try await play.acceptImplementation()
            try await play.executeFirstStep()
            stack.service.kill()
            try await stack.service.start()
            try await play.look("after another kill")
            try await play.executeTheRest()
            try await play.finish()
        }
    }
}

/// One mission of one session, and what its tree must look like by now.
private struct Play {
    let stack: Stack
    let person: Person
    let session: String
    var mission = ""
    var hop = ""
    var steps: [String] = []
    var assets: [String: String] = [:]
    var last: HTTPAnswer?

    init(_ stack: Stack) async throws {
        self.stack = stack
        person = Person(stack, id: "42")
        session = try await person.newSession(#"{"name":"s","session_metadata":{"page":1}}"#)
        try await person.append(3, to: session)
    }

    private var path: String { "/missions/\(mission)" }

    private mutating func write(
        _ method: String, _ path: String, _ body: String, _ status: Int
    ) async throws -> JSON {
        let answer = try await person.send(method, path, body)
        last = answer
        return try answer.json(status)
    }

    private mutating func move(_ path: String, to status: String) async throws -> JSON {
        try await write("PATCH", path + "/status", #"{"status":"\#(status)"}"#, 200)
    }

    /// The session with its mission is the same from both tiers.
    @discardableResult
    func look(_ stage: Comment) async throws -> JSON {
        let hot = try await person.get("/sessions/\(session)?touch=false")
        let alone = try await person.get(path)
        let tree = try alone.json(200)
        #expect(Shape.mission.faults(in: tree) == [], stage)
        #expect(try hot.json(200)["mission"] == tree, stage)
        if let last { try await person.waitUntilDurable(last) }
        let removed = try stack.redis.command(
            "DEL", stack.key("mission", mission), stack.key("session", session), stack.key("messages", session)
        ).int
        #expect(removed == 3, stage)
        let cold = try await person.get("/sessions/\(session)?touch=false")
        #expect(cold.header("Cache-Status") == "sessiond; fwd=miss", stage)
        #expect(cold.body == hot.body, stage)
        let again = try await person.get(path)
        #expect(again.header("Cache-Status") == "sessiond; hit" && again.body == alone.body, stage)
        #expect(again.header("ETag") == alone.header("ETag"), stage)
        return tree
    }

    private func status(of asset: String, in tree: JSON) throws -> JSON {
        let id = try #require(assets[asset])
        return try #require(tree["assets"].elements.first { $0["id"] == .string(id) })["status"]
    }

    // MARK: the stages

    mutating func propose() async throws {
        let proposal = try await write(
            "POST", "/missions/?session_id=\(session)",
            """
            {"name":"Find out","goal":"know","success_criteria":["it is known"],"mission_metadata":{"secret":1.50},"assets":[
            {"name":"question","role":"input","content":"why?","content_summary":"a question"},
            {"name":"answer","role":"output","asset_metadata":{"format":"text"}}]}
            """, 201)
        mission = try proposal["id"].text()
        for asset in proposal["assets"].elements { assets[try asset["name"].text()] = try asset["id"].text() }
        let tree = try await look("proposed")
        #expect(tree == proposal && tree["status"] == .string("awaiting_approval"))
        for asset in assets.keys { #expect(try status(of: asset, in: tree) == .string("proposed")) }
        #expect(tree["mission_asset_map"].keys == Set(assets.values))
        #expect(try await person.look(session)["mission_id"] == .string(mission))
    }

    mutating func accept() async throws {
        _ = try await move(path, to: "in_progress")
        let tree = try await look("accepted")
        #expect(tree["status"] == .string("in_progress") && tree["version"].int == 2)
        for asset in assets.keys { #expect(try status(of: asset, in: tree) == .string("pending")) }
    }

    mutating func planHop() async throws {
        hop = try await write("POST", path + "/hops", #"{"name":"First","hop_metadata":{"by":"agent"}}"#, 201)["id"]
            .text()
        let note = try await write(
            "POST", path + "/assets",
            #"{"name":"note","role":"intermediate","scope_type":"hop","scope_id":"\#(hop)","content":{"a":[1,2.50]}}"#,
            201)
        assets["note"] = try note["id"].text()
        _ = try await write(
            "PUT", "\(path)/hops/\(hop)",
            #"{"goal":"g","rationale":"r","status":"hop_plan_proposed","intended_output_asset_ids":["\#(assets["answer"] ?? "")"]}"#,
            200)
        let tree = try await look("a hop is planned")
        #expect(tree["current_hop_id"] == .string(hop))
        #expect(tree["hops"][0]["status"] == .string("hop_plan_proposed") && tree["hops"][0]["sequence_order"].int == 1)
        #expect(tree["hops"][0]["hop_asset_map"] == .object([assets["note"] ?? "": .string("intermediate")]))
        try await person.post(path + "/hops", #"{"name":"Second"}"#).problem(409)
    }

    mutating func acceptPlan() async throws {
        _ = try await move("\(path)/hops/\(hop)", to: "hop_plan_ready")
        let tree = try await look("the plan is accepted")
        #expect(try status(of: "note", in: tree) == .string("pending"))
    }

    mutating func implement() async throws {
        _ = try await move("\(path)/hops/\(hop)", to: "hop_impl_started")
        for number in 1...3 {
            let step = try await write(
                "POST", "\(path)/hops/\(hop)/tool-steps",
                #"{"tool_id":"search","name":"Step \#(number)","parameter_mapping":{"q":"\#(number)","limit":10.0}}"#,
                201)
            #expect(step["sequence_order"].int == number && step["status"] == .string("proposed"))
            steps.append(try step["id"].text())
        }
        _ = try await move("\(path)/hops/\(hop)", to: "hop_impl_proposed")
        try await look("implemented in three steps")
    }

    mutating func acceptImplementation() async throws {
        _ = try await move("\(path)/hops/\(hop)", to: "hop_impl_ready")
        _ = try await move("\(path)/hops/\(hop)", to: "executing")
        let tree = try await look("the implementation is accepted")
        #expect(tree["hops"][0]["tool_steps"].elements.map { $0["id"] } == steps.map(JSON.string))
        for step in tree["hops"][0]["tool_steps"].elements { #expect(step["status"] == .string("ready_to_execute")) }
    }

    mutating func executeFirstStep() async throws {
        let running = try await move("\(path)/hops/\(hop)/tool-steps/\(steps[0])", to: "executing")
        #expect(running["started_at"] != .null && running["completed_at"] == .null)
        let done = try await write(
            "PUT", "\(path)/hops/\(hop)/tool-steps/\(steps[0])",
            #"{"status":"completed","execution_result":{"found":[1,2,3]}}"#, 200)
        #expect(done["started_at"] == running["started_at"] && done["completed_at"] != .null)
        let tree = try await look("one step is done")
        #expect(tree["hops"][0]["status"] == .string("executing"))
    }

    mutating func executeTheRest() async throws {
        for step in steps.dropFirst() {
            let path = "\(path)/hops/\(hop)/tool-steps/\(step)"
            _ = try await move(path, to: "executing")
            _ = try await move(path, to: "completed")
        }
        let tree = try await look("all steps are done")
        #expect(tree["hops"][0]["status"] == .string("completed") && tree["hops"][0]["is_resolved"] == .bool(true))
        #expect(tree["current_hop_id"] == .null && tree["status"] == .string("in_progress"))
    }

    mutating func finish() async throws {
        let answer = "\(path)/assets/\(try #require(assets["answer"]))"
        _ = try await write("PUT", answer, #"{"status":"in_progress","content":"because"}"#, 200)
        let ready = try await write("PUT", answer, #"{"status":"ready"}"#, 200)
        #expect(ready["content"] == .string("because"))
        let tree = try await look("everything is there")
        #expect(tree["status"] == .string("completed"))
        let refused = try await person.send("PATCH", path + "/status", #"{"status":"in_progress"}"#).problem(409)
        #expect(refused["current_status"] == .string("completed"))
        try await look("at the end")
    }
}
