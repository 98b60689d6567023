import SessionModel
import SessionTesting
import Testing

@testable import SessionCore

/// Random changes of random plans, one upon the other, and what holds after each.
@Suite struct MissionPlanWalkTests {
    @Test func everyPlanKeepsItsRules() throws {
        var walk = try MissionWalk(random: .announced())
        for _ in 0..<2_000 { try walk.step() }
        #expect(walk.done > 800, "most were allowed")
        #expect(walk.refused > 50, "some were not")
        #expect(walk.unchanged > 0)
    }
}

private struct MissionWalk {
    private var random: SeededGenerator
    private var tree: MissionTree
    /// What a store holds that gets nothing but the parts.
    private var stored: [MissionPart: [UInt8]]
    private var clock: Int64 = 2_000
    private var next: UInt64 = 1 << 30
    private(set) var (done, refused, unchanged) = (0, 0, 0)

    init(random: SeededGenerator) throws {
        self.random = random
        tree = try FakePlan(.awaitingApproval).tree()
        stored = tree.parts
    }

    mutating func step() throws {
        if try Mission(document: tree.mission).status.isOpen == false || chance(100) {
            next += 1
            tree = try FakePlan(.awaitingApproval, number: next).tree()
            stored = tree.parts
        }
        // Sometimes the clock goes back.
        clock += chance(10) ? -500 : Int64.random(in: 1...100, using: &random)
        var plan = try MissionPlan(tree, now: Timestamp(milliseconds: clock))
        do {
            try change(&plan)
            guard try plan.finish() else {
                unchanged += 1
                #expect(plan.parts.isEmpty && plan.tree == tree)
                return
            }
        } catch is SessionError {
            refused += 1
            return
        }
        done += 1
        let before = stored
        stored.write(plan.parts)
        try checkParts(plan, before)
        try checkRules(plan)
        // Half of the time on with what a store would give.
        let written = try tree.writing(plan.parts, version: tree.version + 1, log: tree.logID)
        tree = Bool.random(using: &random) ? written : plan.tree
    }

    private mutating func chance(_ oneOf: Int) -> Bool { Int.random(in: 0..<oneOf, using: &random) == 0 }

    private mutating func newID<Kind>() -> Identifier<Kind> {
        next += 1
        return FakePlan.id(next)
    }

    /// Mostly one that is allowed.
    private mutating func status<Status: PlanStatus>(after status: Status) -> Status {
        let ways = chance(6) ? Array(Status.allCases) : status.next
        return ways.randomElement(using: &random) ?? status
    }

    private mutating func change(_ plan: inout MissionPlan) throws {
        let hop = tree.hops.randomElement(using: &random)
        let current = tree.hops.last
        let step = tree.steps.randomElement(using: &random)
        let asset = tree.assets.randomElement(using: &random)
        switch Int.random(in: 0..<16, using: &random) {
        case 0: try plan.move(to: chance(3) ? .inProgress : status(after: plan.mission.status))
        case 1:
            var replacement = MissionReplacement()
            replacement.name = "mission \(Int.random(in: 0...2, using: &random))"
            try plan.replace(replacement, metadata: chance(2) ? .some([1]) : nil)
        case 2, 3:
            let (id, mission): (HopID, MissionID) = (newID(), tree.id)
            try plan.add { NewHop().hop(id, in: mission, sequence: $0, sealed: nil, at: $1) }
        case 4, 5, 6:
            guard let current else { return }
            try plan.move(current.id, to: status(after: current.status))
        case 7:
            guard let hop else { return }
            var replacement = HopReplacement()
            (replacement.status, replacement.goal) = (hop.status, .some(nil))
            if chance(2) { replacement.rationale = "because" }
            try plan.replace(hop.id, replacement, metadata: nil)
        case 8: if let hop, chance(2) { try plan.remove(hop.id) }
        case 9, 10:
            guard let current else { return }
            let id: ToolStepID = newID()
            try plan.add(stepOf: current.id) { NewToolStep().step(id, of: current.id, sequence: $0, at: $1) }
        case 11:
            guard let step else { return }
            try plan.move(step.id, of: step.hop, to: status(after: step.status))
        case 12:
            guard let step else { return }
            if chance(3) { return try plan.remove(step.id, of: step.hop) }
            var replacement = ToolStepReplacement()
            (replacement.status, replacement.name) = (status(after: step.status), "step")
            try plan.replace(step.id, of: step.hop, replacement)
        case 13:
            var new = NewAsset()
            new.scope = hop.map { chance(2) ? .hop($0.id) : .mission } ?? .mission
            new.role = AssetRole.allCases.randomElement(using: &random) ?? .output
            let made = new.asset(newID(), in: tree.id, of: tree.userID, sealed: nil, at: plan.now)
            try plan.add(made, content: chance(2) ? [0x37] : nil)
        case 14:
            guard let asset else { return }
            var replacement = AssetReplacement()
            replacement.status = status(after: asset.status)
            if chance(3) { replacement.content = chance(2) ? [0x38] : .some(nil) }
            try plan.replace(asset.id, replacement, metadata: nil)
        default: if let asset, chance(2) { try plan.remove(asset: asset.id) }
        }
    }

    /// What is written is what changed, and gives the tree.
    private func checkParts(_ plan: MissionPlan, _ before: [MissionPart: [UInt8]]) throws {
        var documents = stored
        for part in stored.keys { if case .content = part { documents[part] = nil } }
        #expect(documents == plan.tree.parts)
        #expect(plan.tree.version == tree.version + 1)
        #expect(plan.parts[.mission] == plan.tree.mission)
        for (part, document) in plan.parts where part != .mission {
            switch part {
            case .content: break
            // With its content, it is written whether anything else changed or not.
            case .asset(let id) where plan.parts[.content(id)] != nil: break
            default: #expect(before[part] ?? [] != document, "\(part.name) is as it was")
            }
        }
        for case .content(let asset) in stored.keys {
            #expect(plan.tree.assets.contains { $0.id == asset }, "a content of nothing")
        }
    }

    private func checkRules(_ plan: MissionPlan) throws {
        let (after, mission) = (plan.tree, try Mission(document: plan.tree.mission))
        #expect(mission == plan.mission)
        #expect(mission.updatedAt == plan.now)
        #expect(try Mission(document: tree.mission).updatedAt <= plan.now, "time went back")
        let numbers = (0..<max(after.hops.count, after.steps.count)).map { Int64($0) + 1 }
        #expect(after.hops.map(\.sequence) == Array(numbers.prefix(after.hops.count)))
        #expect(after.hops.count { $0.status.isOpen } <= 1)
        for hop in after.hops {
            let steps = after.steps(of: hop.id)
            #expect(steps.map(\.sequence) == Array(numbers.prefix(steps.count)))
            let read = try Hop(document: hop.document)
            #expect(read.isResolved == (hop.status == .completed))
            #expect(read.updatedAt <= mission.updatedAt)
        }
        if let current = mission.currentHopID {
            #expect(after.hops.contains { $0.id == current && $0.status != .completed })
        }
        if let open = after.hops.first(where: \.status.isOpen) { #expect(mission.currentHopID == open.id) }
        #expect(after.steps.allSatisfy { step in after.hops.contains { $0.id == step.hop } })
        for step in after.steps {
            let read = try ToolStep(document: step.document)
            #expect((read.completedAt != nil) == (step.status == .completed))
            if [.executing, .completed].contains(step.status) { #expect(read.startedAt != nil) }
        }
        for asset in after.assets {
            if case .hop(let hop) = asset.scope { #expect(after.hops.contains { $0.id == hop }) }
        }
        let outputs = after.assets.filter { $0.scope == .mission && $0.role == .output }
        if mission.status == .inProgress {
            #expect(outputs.isEmpty || outputs.contains { $0.status != .ready })
        }
    }
}
