import SessionModel
import Testing

@testable import SessionCore

/// When hops and missions complete by themselves, and what may be added when.
@Suite struct MissionPlanRuleTests {
    private func hop(_ id: HopID = FakePlan.id(800)) -> (Int64, Timestamp) -> Hop {
        { NewHop().hop(id, in: FakePlan.id(1 << 24), sequence: $0, sealed: nil, at: $1) }
    }

    @Test func theLastOpenStepCompletesAHopThatExecutes() throws {
        for others in [[], [.completed], [.failed, .cancelled], [.completed, .failed]] as [[ToolStepStatus]] {
            var fake = try FakePlan()
            let hop = fake.hop(.executing)
            for status in others { fake.step(status, of: hop) }
            let step = fake.step(.executing, of: hop)
            fake.mission.currentHopID = hop
            var plan = try fake.plan()
            try plan.move(step, of: hop, to: .completed)
            #expect(try plan.finish())
            let read = try plan.hop(hop)
            #expect(read.status == .completed && read.isResolved)
            #expect(try Mission(document: plan.tree.mission).currentHopID == nil)
            #expect(Set(plan.parts.keys) == [.mission, .hop(hop), .step(step)])
        }
    }

    @Test func aHopWithAnOpenStepGoesOn() throws {
        for open in ToolStepStatus.allCases where open.isOpen {
            var fake = try FakePlan()
            let hop = fake.hop(.executing)
            let step = fake.step(.executing, of: hop)
            fake.step(open, of: hop)
            fake.mission.currentHopID = hop
            var plan = try fake.plan()
            try plan.move(step, of: hop, to: .completed)
            #expect(try plan.finish())
            #expect(try plan.hop(hop).status == .executing)
            #expect(plan.mission.currentHopID == hop)
        }
    }

    @Test func aHopThatDoesNotExecuteDoesNotCompleteByItself() throws {
        for status in HopStatus.allCases where status != .executing {
            var fake = try FakePlan()
            let hop = fake.hop(status)
            let step = fake.step(.executing, of: hop)
            fake.mission.currentHopID = hop
            var plan = try fake.plan()
            try plan.move(step, of: hop, to: .completed)
            _ = try plan.finish()
            #expect(try plan.hop(hop).status == status)
            #expect(plan.mission.currentHopID == hop)
        }
    }

    @Test func aHopWhoseLastStepFailsGoesOn() throws {
        for to in [ToolStepStatus.failed, .cancelled] {
            var fake = try FakePlan()
            let hop = fake.hop(.executing)
            fake.step(.completed, of: hop)
            let step = fake.step(.executing, of: hop)
            var plan = try fake.plan()
            try plan.move(step, of: hop, to: to)
            _ = try plan.finish()
            #expect(try plan.hop(hop).status == .executing)
            #expect(try !plan.hop(hop).isResolved)
        }
    }

    @Test func aHopThatIsCompletedIsNoLongerCurrentAndAnotherStays() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.executing)
        fake.mission.currentHopID = FakePlan.id(777)
        var plan = try fake.plan()
        try plan.move(hop, to: .completed)
        #expect(try plan.hop(hop).isResolved)
        #expect(plan.mission.currentHopID == FakePlan.id(777))
        fake.mission.currentHopID = hop
        for to in [HopStatus.failed, .cancelled] {
            var ended = try fake.plan()
            try ended.move(hop, to: to)
            #expect(try !ended.hop(hop).isResolved)
            #expect(ended.mission.currentHopID == hop)
        }
    }

    @Test func theLastReadyOutputCompletesAMissionInProgress() throws {
        for status in MissionStatus.allCases {
            for other in AssetStatus.allCases {
                var fake = try FakePlan(status)
                let hop = fake.hop(.executing)
                fake.asset(other, role: .output)
                let last = fake.asset(.inProgress, role: .output)
                // Neither is an output of the mission.
                fake.asset(.pending, role: .intermediate)
                fake.asset(.pending, scope: .hop(hop), role: .output)
                var plan = try fake.plan()
                var replacement = AssetReplacement()
                replacement.status = .ready
                try plan.replace(last, replacement, metadata: nil)
                #expect(try plan.finish())
                let completes = status == .inProgress && other == .ready
                #expect(try Mission(document: plan.tree.mission).status == (completes ? .completed : status))
            }
        }
    }

    @Test func aMissionWithoutOutputsGoesOn() throws {
        var fake = try FakePlan()
        let hop = fake.hop(.executing)
        let asset = fake.asset(.inProgress, role: .input)
        fake.asset(.ready, scope: .hop(hop), role: .output)
        var plan = try fake.plan()
        var replacement = AssetReplacement()
        replacement.status = .ready
        try plan.replace(asset, replacement, metadata: nil)
        #expect(try plan.finish())
        #expect(plan.mission.status == .inProgress)
    }

    @Test func aMissionTakesOneOpenHopAtATime() throws {
        for status in HopStatus.allCases {
            var fake = try FakePlan()
            fake.hop(status)
            var plan = try fake.plan()
            if status.isOpen {
                #expect(throws: SessionError.hopIsOpen(status.rawValue)) { try plan.add(hop()) }
            } else {
                try plan.add(hop())
                #expect(plan.tree.hops.map(\.sequence) == [1, 2])
                #expect(plan.mission.currentHopID == FakePlan.id(800))
            }
        }
    }

    @Test func whatHasEndedTakesNothingMore() throws {
        for status in MissionStatus.allCases where !status.isOpen {
            var plan = try FakePlan(status).plan()
            #expect(throws: SessionError.planStatus(.mission, status.rawValue)) { try plan.add(hop()) }
        }
        for status in HopStatus.allCases {
            var fake = try FakePlan()
            let hop = fake.hop(status)
            var plan = try fake.plan()
            let add = { (plan: inout MissionPlan) in
                try plan.add(stepOf: hop) { NewToolStep().step(FakePlan.id(801), of: hop, sequence: $0, at: $1) }
            }
            if status.isOpen {
                try add(&plan)
                #expect(plan.tree.steps.map(\.sequence) == [1])
            } else {
                #expect(throws: SessionError.planStatus(.hop, status.rawValue)) { try add(&plan) }
            }
        }
    }

    @Test func anAssetOfAHopNeedsTheHop() throws {
        var plan = try FakePlan().plan()
        var new = NewAsset()
        new.scope = .hop(FakePlan.id(900))
        let asset = new.asset(
            FakePlan.id(901), in: plan.tree.id, of: plan.tree.userID, sealed: nil, at: plan.now)
        #expect(throws: SessionError.invalid(pointer: "/scope_id", "must be a hop of this mission")) {
            try plan.add(asset, content: nil)
        }
    }
}
