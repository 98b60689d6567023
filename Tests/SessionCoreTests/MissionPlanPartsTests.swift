import SessionModel
import Testing

@testable import SessionCore

/// What a plan leaves to be written.
@Suite struct MissionPlanPartsTests {
    @Test func theHopsBehindARemovedOneCloseUp() throws {
        for removed in 0..<4 {
            var fake = try FakePlan()
            let hops = [fake.hop(.cancelled), fake.hop(.failed), fake.hop(.completed), fake.hop(.executing)]
            for hop in hops {
                for _ in 0..<3 { fake.step(.proposed, of: hop) }
                fake.asset(.pending, scope: .hop(hop))
            }
            fake.asset(.pending)
            fake.mission.currentHopID = hops[3]
            var plan = try fake.plan()
            try plan.remove(hops[removed])
            #expect(try plan.finish())

            #expect(plan.tree.hops.map(\.sequence) == [1, 2, 3])
            #expect(plan.tree.hops.map(\.id) == hops.filter { $0 != hops[removed] })
            #expect(try hops.filter { $0 != hops[removed] }.map { try plan.hop($0).sequence } == [1, 2, 3])
            #expect(plan.mission.currentHopID == (removed == 3 ? nil : hops[3]))
            var gone: Set<MissionPart> = [.hop(hops[removed])]
            for step in fake.steps where step.hopID == hops[removed] { gone.insert(.step(step.id)) }
            for asset in fake.assets where asset.scope == .hop(hops[removed]) {
                gone.formUnion([.asset(asset.id), .content(asset.id)])
            }
            #expect(Set(plan.parts.filter { $0.value.isEmpty }.keys) == gone)
            let moved = hops[(removed + 1)...].map { MissionPart.hop($0) }
            #expect(Set(plan.parts.keys) == gone.union(moved).union([.mission]))
            #expect(plan.tree.steps.count == 9 && plan.tree.assets.count == 4)
        }
    }

    @Test func theStepsBehindARemovedOneCloseUp() throws {
        for removed in 0..<4 {
            var fake = try FakePlan()
            let other = fake.hop(.cancelled)
            let hop = fake.hop(.implStarted)
            var steps: [ToolStepID] = []
            for _ in 0..<4 {
                steps.append(fake.step(.proposed, of: hop))
                fake.step(.proposed, of: other)
            }
            var plan = try fake.plan()
            try plan.remove(steps[removed], of: hop)
            #expect(try plan.finish())
            #expect(plan.tree.steps(of: hop).map(\.sequence) == [1, 2, 3])
            #expect(plan.tree.steps(of: hop).map(\.id) == steps.filter { $0 != steps[removed] })
            #expect(plan.tree.steps(of: other).map(\.sequence) == [1, 2, 3, 4])
            let moved = steps[(removed + 1)...].map { MissionPart.step($0) }
            #expect(Set(plan.parts.keys) == Set(moved).union([.mission, .step(steps[removed])]))
            #expect(plan.parts[.step(steps[removed])] == [])
        }
    }

    @Test func anAssetGoesWithItsContent() throws {
        var fake = try FakePlan()
        let asset = fake.asset(.ready)
        var plan = try fake.plan()
        try plan.remove(asset: asset)
        #expect(try plan.finish())
        #expect(plan.tree.assets.isEmpty)
        #expect(Set(plan.parts.keys) == [.mission, .asset(asset), .content(asset)])
        #expect(plan.parts[.asset(asset)] == [] && plan.parts[.content(asset)] == [])
    }

    @Test func aContentIsWrittenKeptOrTakenAway() throws {
        var fake = try FakePlan()
        let asset = fake.asset(.ready)
        for (given, written) in [
            (.some(.some([0x37])), [0x37]), (.some(.none), []), (.none, nil),
        ] as [([UInt8]??, [UInt8]?)] {
            var plan = try fake.plan()
            var replacement = AssetReplacement()
            (replacement.content, replacement.name) = (given, "other")
            try plan.replace(asset, replacement, metadata: nil)
            #expect(try plan.finish())
            #expect(plan.parts[.content(asset)] == written)
            #expect(try plan.asset(asset).name == "other")
        }
        var new = NewAsset()
        new.content = Array("[]".utf8)
        var plan = try fake.plan()
        let id: AssetID = FakePlan.id(900)
        try plan.add(
            new.asset(id, in: plan.tree.id, of: plan.tree.userID, sealed: nil, at: plan.now), content: new.content)
        #expect(plan.parts[.content(id)] == Array("[]".utf8))
    }

    @Test func whatChangesNothingWritesNothing() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.implStarted)
        let (step, asset) = (fake.step(.proposed, of: hop), fake.asset(.pending, role: .output))
        fake.mission.goal = "goal"
        let tree = try fake.tree()
        var mission = MissionReplacement()
        (mission.name, mission.goal, mission.status) = (fake.mission.name, "goal", .inProgress)
        var hopReplacement = HopReplacement()
        (hopReplacement.name, hopReplacement.description, hopReplacement.status) = ("hop", .some(nil), .implStarted)
        var stepReplacement = ToolStepReplacement()
        (stepReplacement.name, stepReplacement.status) = ("step", .proposed)
        var assetReplacement = AssetReplacement()
        (assetReplacement.role, assetReplacement.status) = (.output, .pending)

        var plan = try MissionPlan(tree, now: Timestamp(milliseconds: 9_000))
        try plan.replace(mission, metadata: .some(nil))
        try plan.replace(hop, hopReplacement, metadata: .some(nil))
        try plan.replace(step, of: hop, stepReplacement)
        try plan.replace(asset, assetReplacement, metadata: nil)
        #expect(try !plan.finish())
        #expect(plan.parts.isEmpty)
        #expect(plan.tree == tree)
    }

    @Test func everyGivenFieldReplacesTheOldAndNothingElse() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.implStarted)
        (fake.hops[0].goal, fake.hops[0].rationale) = ("goal", "rationale")
        var plan = try fake.plan()
        var replacement = HopReplacement()
        (replacement.goal, replacement.isFinal) = (.some(nil), true)
        (replacement.errorMessage, replacement.intendedInputs) = ("error", [FakePlan.id(5)])
        try plan.replace(hop, replacement, metadata: .some([1, 2]))
        var expected = fake.hops[0]
        (expected.goal, expected.isFinal, expected.errorMessage) = (nil, true, "error")
        (expected.intendedInputs, expected.sealedMetadata) = ([FakePlan.id(5)], [1, 2])
        expected.updatedAt = plan.now
        #expect(try plan.hop(hop) == expected)
        #expect(try plan.finish())
        #expect(plan.tree.version == 2)
        #expect(Set(plan.parts.keys) == [.mission, .hop(hop)])
    }

    @Test func timesNeverGoBack() throws {
        var fake = try FakePlan()
        fake.mission.updatedAt = Timestamp(milliseconds: 50_000)
        let hop = fake.hop(.implReady)
        let step = fake.step(.readyToExecute, of: hop)
        for (now, expected) in [(0, 50_000), (49_999, 50_000), (50_000, 50_000), (50_001, 50_001)] as [(Int64, Int64)] {
            var plan = try fake.plan(at: now)
            try plan.move(step, of: hop, to: .executing)
            #expect(try plan.finish())
            #expect(plan.now.milliseconds == expected)
            #expect(try Mission(document: plan.tree.mission).updatedAt.milliseconds == expected)
            let read = try plan.step(step, of: hop)
            #expect((read.updatedAt.milliseconds, read.startedAt?.milliseconds) == (expected, expected))
            #expect(read.createdAt == FakePlan.made)
        }
    }
}
