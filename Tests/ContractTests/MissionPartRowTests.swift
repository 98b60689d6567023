import SessionTesting
import Testing

/// Hops, tool steps and assets, row by row of api.md.
@Suite struct MissionPartRowTests {
    @Test func aHopHasEveryField() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let mission = try await person.newMission()
        let asset = try await person.post("/missions/\(mission)/assets", #"{"name":"a","role":"input"}"#).json(201)[
            "id"
        ]
        .text()
        let answer = try await person.post(
            "/missions/\(mission)/hops",
            """
            {"name":"n","description":"d","goal":"g","rationale":"r","success_criteria":["1"],"is_final":true,
            "hop_metadata":{"a":1.50},"intended_input_asset_ids":["\(asset)"],"intended_output_asset_ids":[]}
            """)
        let hop = try answer.json(201)
        #expect(Shape.hop.faults(in: hop) == [])
        #expect(hop["status"] == .string("hop_plan_proposed") && hop["sequence_order"].int == 1)
        #expect(hop["mission_id"] == .string(mission) && hop["is_final"] == .bool(true))
        #expect(hop["intended_input_asset_ids"] == .array([.string(asset)]))
        #expect(answer.text.contains(#""hop_metadata":{"a":1.50}"#))
        let path = "/missions/\(mission)/hops/\(try hop["id"].text())"
        #expect(answer.header("Location") == "/api" + path)
        #expect(answer.header("ETag") == "\"v3\"")
        let loaded = try await person.get(path)
        #expect(loaded.body == answer.body && loaded.header("ETag") == "\"v3\"")
        #expect(try await person.get("/missions/\(mission)/hops").json(200)["hops"] == .array([hop]))
        #expect(try await person.get("/missions/\(mission)").json(200)["current_hop_id"] == hop["id"])
    }

    @Test func aHopWithoutAPlanIsStartedAndOneMayBeToldApart() async throws {
        let person = Person(try await Stacks.ordinary.value)
        for (body, status) in [
            (#"{"name":"n","description":"d"}"#, "hop_plan_started"),
            (#"{"name":"n","goal":"g"}"#, "hop_plan_proposed"),
            (#"{"name":"n","goal":"g","status":"hop_plan_started"}"#, "hop_plan_started"),
            (#"{"name":"n","status":"hop_plan_proposed"}"#, "hop_plan_proposed"),
        ] {
            let hop = try await person.post("/missions/\(try await person.newMission())/hops", body).json(201)
            #expect(hop["status"] == .string(status))
            #expect(Shape.hop.faults(in: hop) == [])
        }
        try await person.post(
            "/missions/\(try await person.newMission())/hops", #"{"name":"n","status":"executing"}"#
        ).problem(422)
    }

    @Test func aToolStepHasEveryField() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let answer = try await person.post(
            planned.hopPath + "/tool-steps/",
            """
            {"tool_id":"search","name":"n","description":"d","parameter_mapping":{"q":1.0},"result_mapping":{"r":[]},
            "resource_configs":{"c":null},"validation_errors":["v"]}
            """)
        let step = try answer.json(201)
        #expect(Shape.toolStep.faults(in: step) == [])
        #expect(step["sequence_order"].int == 2 && step["status"] == .string("proposed"))
        #expect(step["hop_id"] == .string(planned.hop))
        #expect(answer.text.contains(#""parameter_mapping":{"q":1.0}"#))
        let path = planned.hopPath + "/tool-steps/\(try step["id"].text())"
        #expect(answer.header("Location") == "/api" + path)
        #expect(try await person.get(path).body == answer.body)
        let done = try await person.send(
            "PUT", path,
            #"{"status":"completed","execution_result":[1,{"a":2.50}],"error_message":"none","tool_id":"other"}"#)
        let completed = try done.json(200)
        #expect(Shape.toolStep.faults(in: completed) == [])
        #expect(completed["completed_at"] != .null && completed["tool_id"] == .string("other"))
        #expect(done.text.contains(#""execution_result":[1,{"a":2.50}]"#))
        let cleared = try await person.send(
            "PUT", path, #"{"execution_result":null,"error_message":null,"parameter_mapping":null}"#
        ).json(200)
        #expect(cleared["execution_result"] == .null && cleared["error_message"] == .null)
        #expect(cleared["parameter_mapping"] == .object([:]) && cleared["status"] == .string("completed"))
        let steps = try await person.get(planned.hopPath + "/tool-steps").json(200)["tool_steps"]
        #expect(steps.elements.count == 2 && steps[1] == cleared)
    }

    @Test func anAssetHasEveryFieldAndListsLeaveItsContentOut() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        let answer = try await person.post(
            planned.path + "/assets",
            """
            {"name":"n","description":"d","schema_definition":{"type":"object"},"subtype":"email","scope_type":"hop",
            "scope_id":"\(planned.hop)","role":"intermediate","content":{"rows":[1,2.50]},"content_summary":"two rows",
            "asset_metadata":{"from":"a tool"}}
            """)
        let asset = try answer.json(201)
        #expect(Shape.wholeAsset.faults(in: asset) == [])
        #expect(asset["status"] == .string("proposed") && asset["scope_id"] == .string(planned.hop))
        #expect(answer.text.contains(#""content":{"rows":[1,2.50]}"#))
        let path = planned.path + "/assets/\(try asset["id"].text())"
        #expect(answer.header("Location") == "/api" + path)
        #expect(try await person.get(path).body == answer.body)

        for (query, count) in [
            ("", 2), ("?role=output", 1), ("?role=input", 0), ("?scope_type=hop", 1), ("?scope_type=mission", 1),
            ("?scope_id=\(planned.hop)", 1), ("?scope_id=\(planned.id)", 1),
            ("?scope_type=mission&scope_id=\(planned.hop)", 0), ("?scope_type=hop&role=intermediate", 1),
        ] {
            let listed = try await person.get(planned.path + "/assets" + query).json(200)["assets"].elements
            #expect(listed.count == count, "\(query)")
            #expect(listed.allSatisfy { Shape.asset.faults(in: $0) == [] })
        }
        for query in ["?role=x", "?scope_type=session", "?scope_id=x", "?role=input&role=input"] {
            try await person.get(planned.path + "/assets" + query).problem(400)
        }
        let tree = try await person.get(planned.path)
        #expect(Shape.mission.faults(in: try tree.json(200)) == [])
        #expect(!tree.text.contains("2.50") && tree.text.contains("two rows"))
        let hop = try tree.json(200)["hops"][0]
        #expect(hop["hop_asset_map"] == .object([try asset["id"].text(): .string("intermediate")]))
        #expect(try tree.json(200)["mission_asset_map"] == .object([planned.asset: .string("output")]))
    }

    @Test func aPUTReplacesWhatItNamesAndNothingElse() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        for path in [planned.path, planned.hopPath, planned.stepPath, planned.assetPath] {
            let before = try await person.get(path).json(200)
            let after = try await person.send("PUT", path, #"{"name":"new","description":"said"}"#).json(200)
            #expect(after["name"] == .string("new") && after["description"] == .string("said"), "\(path)")
            let kept = before.keys.subtracting(["name", "description", "updated_at", "version"])
            #expect(kept.allSatisfy { before[$0] == after[$0] }, "\(path)")
            let cleared = try await person.send("PUT", path, #"{"description":null}"#).json(200)
            #expect(cleared["description"] == .null && cleared["name"] == .string("new"))
            try await person.send("PUT", path, #"{"name":null}"#).problem(422)
            try await person.send("PUT", path, #"{"id":"x","created_at":"x"}"#).problem(422)
            // Nothing is changed, so nothing is written.
            let same = try await person.send("PUT", path, #"{"name":"new"}"#)
            #expect(try same.json(200) == cleared)
        }
        #expect(try await person.version(planned.id) == 4 + 8)
    }

    @Test func whatIsDeletedIsGoneAndWhatIsBehindItClosesUp() async throws {
        let person = Person(try await Stacks.ordinary.value)
        let planned = try await person.plannedMission()
        for name in ["b", "c"] {
            try await person.post(planned.hopPath + "/tool-steps", #"{"name":"\#(name)","tool_id":"t"}"#)
        }
        #expect(try await person.send("DELETE", planned.stepPath).status == 204)
        try await person.get(planned.stepPath).problem(404)
        let steps = try await person.get(planned.hopPath + "/tool-steps").json(200)["tool_steps"].elements
        #expect(steps.map { $0["name"] } == [.string("b"), .string("c")])
        #expect(steps.map { $0["sequence_order"].int } == [1, 2])

        let scoped = try await person.post(
            planned.path + "/assets",
            #"{"name":"a","role":"input","scope_type":"hop","scope_id":"\#(planned.hop)","content":"c"}"#
        ).json(201)["id"].text()
        let deleted = try await person.send("DELETE", planned.hopPath)
        #expect(deleted.status == 204 && deleted.header("Write-Id") != nil)
        for path in [planned.hopPath, planned.hopPath + "/tool-steps", planned.path + "/assets/\(scoped)"] {
            try await person.get(path).problem(404)
        }
        let tree = try await person.get(planned.path).json(200)
        #expect(tree["hops"] == .array([]) && tree["current_hop_id"] == .null && tree["assets"].elements.count == 1)
        #expect(try await person.send("DELETE", planned.assetPath).status == 204)
        try await person.get(planned.assetPath).problem(404)
        for path in [planned.stepPath, planned.hopPath, planned.assetPath] {
            try await person.send("DELETE", path).problem(404)
        }
    }
}
