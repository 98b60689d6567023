import SessionModel
import Testing

@testable import SessionCore

/// What follows a move, and what doesn't.
@Suite struct MissionPlanCascadeTests {
    /// An asset in each status for the mission and each of its hops, and a step in each status for each hop.
    private func crowd(_ status: MissionStatus, _ hop: HopStatus) throws -> (fake: FakePlan, hop: HopID) {
        var fake = try FakePlan(status)
        let hops = [fake.hop(.cancelled), fake.hop(hop), fake.hop(.failed)]
        for role in AssetRole.allCases {
            for status in AssetStatus.allCases {
                for scope in [AssetScope.mission] + hops.map(AssetScope.hop) {
                    fake.asset(status, scope: scope, role: role)
                }
            }
        }
        for hop in hops { for status in ToolStepStatus.allCases { fake.step(status, of: hop) } }
        return (fake, hops[1])
    }

    private func check(
        _ fake: FakePlan, assets: AssetScope? = nil, steps: HopID? = nil, also: [MissionPart],
        _ change: (inout MissionPlan) throws -> Void
    ) throws {
        var plan = try fake.plan()
        try change(&plan)
        #expect(try plan.finish())
        var expected = Set(also + [.mission])
        for before in fake.assets {
            let follows = before.scope == assets && before.status == .proposed
            let after = try plan.asset(before.id)
            #expect(after.status == (follows ? .pending : before.status))
            #expect(after.updatedAt == (follows ? plan.now : before.updatedAt))
            if follows { expected.insert(.asset(before.id)) }
        }
        for before in fake.steps {
            let follows = before.hopID == steps && before.status == .proposed
            let after = try plan.step(before.id, of: before.hopID)
            #expect(after.status == (follows ? .readyToExecute : before.status))
            if follows { expected.insert(.step(before.id)) }
        }
        #expect(Set(plan.parts.keys) == expected)
    }

    @Test func anAcceptedMissionsOwnProposedAssetsBecomePending() throws {
        let (fake, _) = try crowd(.awaitingApproval, .planStarted)
        try check(fake, assets: .mission, also: []) { try $0.move(to: .inProgress) }
        var replacement = MissionReplacement()
        (replacement.status, replacement.name) = (.inProgress, "other")
        try check(fake, assets: .mission, also: []) { try $0.replace(replacement, metadata: nil) }
        try check(fake, also: []) { try $0.move(to: .cancelled) }
    }

    @Test func aReadyPlansOwnProposedAssetsBecomePending() throws {
        let (fake, hop) = try crowd(.inProgress, .planProposed)
        try check(fake, assets: .hop(hop), also: [.hop(hop)]) { try $0.move(hop, to: .planReady) }
        var replacement = HopReplacement()
        replacement.status = .planReady
        try check(fake, assets: .hop(hop), also: [.hop(hop)]) { try $0.replace(hop, replacement, metadata: nil) }
    }

    @Test func aReadyImplementationsOwnProposedStepsBecomeReadyToExecute() throws {
        let (fake, hop) = try crowd(.inProgress, .implProposed)
        try check(fake, steps: hop, also: [.hop(hop)]) { try $0.move(hop, to: .implReady) }
    }

    @Test func noOtherMoveOfAHopTakesAnythingAlong() throws {
        for from in HopStatus.allCases {
            for to in from.next where to != .planReady && to != .implReady {
                let (fake, hop) = try crowd(.inProgress, from)
                try check(fake, also: [.hop(hop)]) { try $0.move(hop, to: to) }
            }
        }
    }

    @Test func executingAndCompletingSetAStepsTimes() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.executing)
        let step = fake.step(.readyToExecute, of: hop)
        fake.step(.proposed, of: hop)
        var plan = try fake.plan(at: 5_000)
        try plan.move(step, of: hop, to: .executing)
        #expect(try plan.step(step, of: hop).startedAt?.milliseconds == 5_000)
        #expect(try plan.step(step, of: hop).completedAt == nil)
        _ = try plan.finish()

        var later = try MissionPlan(plan.tree, now: Timestamp(milliseconds: 7_000))
        try later.move(step, of: hop, to: .completed)
        #expect(try later.step(step, of: hop).startedAt?.milliseconds == 5_000, "it had begun already")
        #expect(try later.step(step, of: hop).completedAt?.milliseconds == 7_000)

        for from in [ToolStepStatus.proposed, .readyToExecute] {
            fake.steps[0].status = from
            var atOnce = try fake.plan(at: 9_000)
            try atOnce.move(step, of: hop, to: .completed)
            let read = try atOnce.step(step, of: hop)
            #expect((read.startedAt?.milliseconds, read.completedAt?.milliseconds) == (9_000, 9_000))
        }
        for to in [ToolStepStatus.failed, .cancelled] {
            var ended = try fake.plan()
            try ended.move(step, of: hop, to: to)
            let read = try ended.step(step, of: hop)
            #expect(read.startedAt == nil && read.completedAt == nil)
        }
    }

    @Test func whoeverMovesAStepMayGiveItsResultWithIt() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.executing)
        let step = fake.step(.executing, of: hop)
        var plan = try fake.plan()
        var replacement = ToolStepReplacement()
        (replacement.status, replacement.executionResult) = (.completed, Array("[1]".utf8))
        try plan.replace(step, of: hop, replacement)
        #expect(try plan.step(step, of: hop).executionResult == Array("[1]".utf8))
        #expect(try plan.hop(hop).status == .completed, "it was the last one")
    }
}
