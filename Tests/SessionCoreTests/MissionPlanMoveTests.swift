import SessionModel
import Testing

@testable import SessionCore

/// Every move of every part, by both ways that a plan has to move it, against domain.md's table.
@Suite struct MissionPlanMoveTests {
    /// From each status: where to.
    private static let missions = """
        awaiting_approval: in_progress cancelled
        in_progress: completed failed cancelled
        """
    private static let hops = """
        hop_plan_started: hop_plan_proposed failed cancelled
        hop_plan_proposed: hop_plan_ready hop_plan_started failed cancelled
        hop_plan_ready: hop_impl_started hop_impl_proposed failed cancelled
        hop_impl_started: hop_impl_proposed failed cancelled
        hop_impl_proposed: hop_impl_ready hop_impl_started failed cancelled
        hop_impl_ready: executing failed cancelled
        executing: completed failed cancelled
        """
    private static let steps = """
        proposed: ready_to_configure ready_to_execute completed failed cancelled
        ready_to_configure: ready_to_execute failed cancelled
        ready_to_execute: executing completed failed cancelled
        executing: completed failed cancelled
        """
    private static let assets = """
        proposed: pending error expired
        pending: in_progress error expired
        in_progress: ready error expired
        ready: error expired
        error: pending expired
        expired: error
        """

    private static func allows<Status: PlanStatus>(_ table: String, _ from: Status, _ to: Status) -> Bool {
        table.split(separator: "\n").contains { line in
            let words = line.split { $0 == ":" || $0 == " " }
            return words.first.map(String.init) == from.rawValue && words.dropFirst().contains { $0 == to.rawValue }
        }
    }

    /// Tries every pair. `attempt` puts the part into the first status, and moves it to the second.
    private func check<Status: PlanStatus>(
        _ type: Status.Type, _ table: String, _ part: PlanPart, isReplacement: Bool,
        _ attempt: (Status, Status) throws -> (status: Status, changed: Bool)
    ) throws {
        for from in Status.allCases {
            for to in Status.allCases {
                if from == to, isReplacement {
                    let (status, changed) = try attempt(from, to)
                    #expect(status == from && !changed, "what it is already is no move")
                } else if Self.allows(table, from, to) {
                    let (status, changed) = try attempt(from, to)
                    #expect(status == to && changed, "\(from) → \(to)")
                } else {
                    #expect(throws: SessionError.planStatus(part, from.rawValue), "\(from) → \(to)") {
                        try attempt(from, to)
                    }
                }
            }
        }
    }

    @Test(arguments: [false, true]) func everyMoveOfAMission(isReplacement: Bool) throws {
        try check(MissionStatus.self, Self.missions, .mission, isReplacement: isReplacement) { from, to in
            var plan = try FakePlan(from).plan()
            var replacement = MissionReplacement()
            replacement.status = to
            try isReplacement ? plan.replace(replacement, metadata: nil) : plan.move(to: to)
            let changed = try plan.finish()
            #expect(Set(plan.parts.keys) == (changed ? [.mission] : []))
            return (try Mission(document: plan.tree.mission).status, changed)
        }
    }

    @Test(arguments: [false, true]) func everyMoveOfAHop(isReplacement: Bool) throws {
        try check(HopStatus.self, Self.hops, .hop, isReplacement: isReplacement) { from, to in
            var fake = try FakePlan()
            let hop = fake.hop(from)
            var plan = try fake.plan()
            var replacement = HopReplacement()
            replacement.status = to
            try isReplacement ? plan.replace(hop, replacement, metadata: nil) : plan.move(hop, to: to)
            let changed = try plan.finish()
            #expect(Set(plan.parts.keys) == (changed ? [.mission, .hop(hop)] : []))
            let status = try plan.hop(hop).status
            #expect(plan.tree.hops.map(\.status) == [status])
            return (status, changed)
        }
    }

    @Test(arguments: [false, true]) func everyMoveOfAToolStep(isReplacement: Bool) throws {
        try check(ToolStepStatus.self, Self.steps, .toolStep, isReplacement: isReplacement) { from, to in
            var fake = try FakePlan()
            let hop = fake.hop(.implReady)
            let step = fake.step(from, of: hop)
            var plan = try fake.plan()
            var replacement = ToolStepReplacement()
            replacement.status = to
            try isReplacement ? plan.replace(step, of: hop, replacement) : plan.move(step, of: hop, to: to)
            let changed = try plan.finish()
            #expect(Set(plan.parts.keys) == (changed ? [.mission, .step(step)] : []))
            let status = try plan.step(step, of: hop).status
            #expect(plan.tree.steps.map(\.status) == [status])
            return (status, changed)
        }
    }

    @Test func everyMoveOfAnAsset() throws {
        try check(AssetStatus.self, Self.assets, .asset, isReplacement: true) { from, to in
            var fake = try FakePlan()
            let asset = fake.asset(from)
            var plan = try fake.plan()
            var replacement = AssetReplacement()
            replacement.status = to
            try plan.replace(asset, replacement, metadata: nil)
            let changed = try plan.finish()
            #expect(Set(plan.parts.keys) == (changed ? [.mission, .asset(asset)] : []))
            let status = try plan.asset(asset).status
            #expect(plan.tree.assets.map(\.status) == [status])
            return (status, changed)
        }
    }

    @Test func whatIsNotThereIsNotFound() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.cancelled)
        let step = fake.step(.proposed, of: hop)
        let other = fake.hop(.planStarted)
        let (noHop, noStep, noAsset): (HopID, ToolStepID, AssetID) =
            (FakePlan.id(900), FakePlan.id(901), FakePlan.id(902))
        let attempts: [(inout MissionPlan) throws -> Void] = [
            { try $0.move(noHop, to: .executing) }, { try $0.remove(noHop) },
            { try $0.replace(noHop, HopReplacement(), metadata: nil) },
            { try $0.move(noStep, of: hop, to: .executing) }, { try $0.move(step, of: other, to: .failed) },
            { try $0.remove(step, of: other) }, { try $0.remove(noStep, of: hop) },
            { try $0.replace(step, of: noHop, ToolStepReplacement()) },
            { try $0.add(stepOf: noHop) { NewToolStep().step(noStep, of: noHop, sequence: $0, at: $1) } },
            { try $0.replace(noAsset, AssetReplacement(), metadata: nil) }, { try $0.remove(asset: noAsset) },
        ]
        for attempt in attempts {
            var plan = try fake.plan()
            #expect(throws: SessionError.notFound) { try attempt(&plan) }
        }
    }
}
