import SessionModel

extension MissionPlan {
    func step(_ id: ToolStepID, of hop: HopID) throws -> ToolStep {
        guard let entry = tree.steps.first(where: { $0.id == id && $0.hop == hop }) else { throw SessionError.notFound }
        return try ToolStep(document: entry.document)
    }

    mutating func add(stepOf hop: HopID, _ make: (_ sequence: Int64, _ now: Timestamp) -> ToolStep) throws {
        guard let entry = tree.hops.first(where: { $0.id == hop }) else { throw SessionError.notFound }
        guard entry.status.isOpen else { throw SessionError.planStatus(.hop, entry.status.rawValue) }
        let count = tree.steps(of: hop).count
        guard count < MissionLimits.steps else {
            throw SessionError.full("A hop holds at most \(MissionLimits.steps) tool steps.")
        }
        try put(make(Int64(count) + 1, now))
    }

    mutating func replace(_ id: ToolStepID, of hop: HopID, _ replacement: ToolStepReplacement) throws {
        var step = try step(id, of: hop)
        let before = step
        replacement.apply(to: &step)
        let moves = replacement.status.map { $0 != step.status } ?? false
        if moves, let status = replacement.status { try move(&step, to: status) }
        guard step != before else { return }
        try put(step)
        if moves, step.status == .completed { try completeHop(hop) }
    }

    mutating func move(_ id: ToolStepID, of hop: HopID, to status: ToolStepStatus) throws {
        var step = try step(id, of: hop)
        try move(&step, to: status)
        try put(step)
        if status == .completed { try completeHop(hop) }
    }

    private func move(_ step: inout ToolStep, to status: ToolStepStatus) throws {
        guard step.status.next.contains(status) else { throw SessionError.planStatus(.toolStep, step.status.rawValue) }
        step.status = status
        if status.starts, step.startedAt == nil { step.startedAt = now }
        if status.completes { step.completedAt = now }
    }

    /// The steps behind it close up.
    mutating func remove(_ id: ToolStepID, of hop: HopID) throws {
        _ = try step(id, of: hop)
        tree.steps.removeAll { $0.id == id }
        write(.step(id), [])
        for (index, entry) in tree.steps(of: hop).enumerated() where entry.sequence != Int64(index) + 1 {
            var step = try ToolStep(document: entry.document)
            step.sequence = Int64(index) + 1
            try put(step)
        }
    }

    mutating func follow(_ cascade: Cascade<ToolStepStatus>, stepsOf hop: HopID) throws {
        for entry in tree.steps(of: hop) where entry.status == cascade.from {
            var step = try ToolStep(document: entry.document)
            step.status = cascade.to
            try put(step)
        }
    }

    private mutating func put(_ changed: ToolStep) throws {
        var step = changed
        step.updatedAt = now
        let entry = try MissionTree.StepEntry(document: step.document())
        if let index = tree.steps.firstIndex(where: { $0.id == step.id }) {
            tree.steps[index] = entry
        } else {
            tree.steps.append(entry)
        }
        write(.step(step.id), entry.document)
    }
}
