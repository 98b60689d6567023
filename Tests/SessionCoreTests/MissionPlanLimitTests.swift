import SessionModel
import Testing

@testable import SessionCore

/// Each bound is reached, and not passed.
@Suite struct MissionPlanLimitTests {
    private func isFull(_ error: any Error, _ bound: Int) -> Bool {
        guard case .full(let text)? = error as? SessionError else { return false }
        return text.contains("\(bound)")
    }

    @Test func aMissionHoldsSoManyHops() throws {
        var fake = try FakePlan()
        for _ in 1..<MissionLimits.hops { fake.hop(.cancelled) }
        func add(_ plan: inout MissionPlan) throws {
            let mission = plan.tree.id
            try plan.add { NewHop().hop(FakePlan.id(900), in: mission, sequence: $0, sealed: nil, at: $1) }
        }
        var plan = try fake.plan()
        try add(&plan)
        #expect(plan.tree.hops.last?.sequence == Int64(MissionLimits.hops))
        fake.hop(.cancelled)
        var full = try fake.plan()
        #expect { try add(&full) } throws: { isFull($0, MissionLimits.hops) }
    }

    @Test func aHopHoldsSoManySteps() throws {
        var fake = try FakePlan()
        let (other, hop) = (fake.hop(.cancelled), fake.hop(.implStarted))
        for _ in 1..<MissionLimits.steps {
            fake.step(.proposed, of: hop)
            fake.step(.proposed, of: other)
        }
        func add(_ plan: inout MissionPlan) throws {
            try plan.add(stepOf: hop) { NewToolStep().step(FakePlan.id(900), of: hop, sequence: $0, at: $1) }
        }
        var plan = try fake.plan()
        try add(&plan)
        #expect(plan.tree.steps(of: hop).last?.sequence == Int64(MissionLimits.steps))
        fake.step(.proposed, of: hop)
        var full = try fake.plan()
        #expect { try add(&full) } throws: { isFull($0, MissionLimits.steps) }
    }

    @Test func aMissionAndItsHopsHoldSoManyAssets() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.implStarted)
        for number in 1..<MissionLimits.assets { fake.asset(.pending, scope: number % 2 == 0 ? .mission : .hop(hop)) }
        func add(_ plan: inout MissionPlan) throws {
            let (mission, user) = (plan.tree.id, plan.tree.userID)
            try plan.add(
                NewAsset().asset(FakePlan.id(9000), in: mission, of: user, sealed: nil, at: plan.now), content: nil)
        }
        var plan = try fake.plan()
        try add(&plan)
        #expect(plan.tree.assets.count == MissionLimits.assets)
        fake.asset(.pending)
        var full = try fake.plan()
        #expect { try add(&full) } throws: { isFull($0, MissionLimits.assets) }
    }

    private func grown(to bytes: Int) throws -> FakePlan {
        var fake = try FakePlan(.awaitingApproval)
        fake.hop(.implStarted)
        fake.mission.description = ""
        let rest = bytes - (try fake.tree().byteCount)
        fake.mission.description = String(repeating: "x", count: rest)
        return fake
    }

    @Test func aMissionsDocumentsComeToSoManyBytes() throws {
        let fake = try grown(to: MissionLimits.treeBytes - 1)
        #expect(try fake.tree().byteCount == MissionLimits.treeBytes - 1)
        for (name, isLarger) in [("mission.", false), ("mission..", true)] {
            var plan = try fake.plan()
            var replacement = MissionReplacement()
            replacement.name = name
            try plan.replace(replacement, metadata: nil)
            if isLarger {
                #expect(throws: SessionError.missionTooLarge) { try plan.finish() }
            } else {
                #expect(try plan.finish())
                #expect(plan.tree.byteCount == MissionLimits.treeBytes)
            }
        }
    }

    /// Nobody is locked out of a mission that is larger than it may become.
    @Test func whatIsTooLargeMayStillShrink() throws {
        let fake = try grown(to: MissionLimits.treeBytes + 1000)
        var plan = try fake.plan()
        try plan.move(to: .inProgress)
        #expect(try plan.finish())
        #expect(plan.tree.byteCount < MissionLimits.treeBytes + 1000)
        var larger = try fake.plan()
        var replacement = MissionReplacement()
        replacement.name = "mission."
        try larger.replace(replacement, metadata: nil)
        #expect(throws: SessionError.missionTooLarge) { try larger.finish() }
    }

    @Test func contentsAreNoPartOfIt() throws {
        var fake = try grown(to: MissionLimits.treeBytes - 2000)
        let asset = fake.asset(.pending)
        var plan = try fake.plan()
        var replacement = AssetReplacement()
        replacement.content = [UInt8](repeating: UInt8(ascii: "7"), count: 10_000)
        try plan.replace(asset, replacement, metadata: nil)
        #expect(try plan.finish())
    }
}
