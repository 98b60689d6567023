import SessionTesting

/// Makes up operations on what there is, and now and then on what there was.
struct OperationSource {
    private var generator: SeededGenerator
    private let name: String
    private var count = 0

    init(name: String, generator: SeededGenerator) {
        self.name = name
        self.generator = generator
    }

    /// - Parameter world: what is known to be there, as far as it is known.
    mutating func next(_ world: World) -> Operation {
        count += 1
        let label = "\(name) \(count)"
        let sessions = world.sessions.keys.sorted()
        let missions = world.missions.keys.sorted()
        guard let session = sessions.randomElement(using: &generator), !below(20) || sessions.count > 5 else {
            return .createSession(name: label)
        }
        if below(35) {
            switch Int.random(in: 0..<9, using: &generator) {
            case 0: return .rename(session: session, name: label)
            case 1: return .note(session: session, key: "k\(count % 5)", value: count)
            case 2, 3, 4: return .append(session: session, (0...count % 3).map { "\(label).\($0)" })
            case 5: return .move(session: session, verb: pick(["complete", "archive", "resume", "resume"]))
            case 6:
                return below(25)
                    ? .delete(session: session)
                    : .link(session: session, mission: missions.randomElement(using: &generator) ?? session)
            case 7: return .link(session: session, mission: missions.randomElement(using: &generator) ?? session)
            default: return .unlink(session: session)
            }
        }
        guard let id = missions.randomElement(using: &generator), let mission = world.missions[id],
            !below(8) || missions.count > 4
        else {
            let roles = (0..<count % 3).map { (name: "\(label).\($0)", role: pick(["input", "output"])) }
            return .createMission(name: label, metadata: count, assets: roles, session: below(50) ? session : nil)
        }
        return next(of: mission, id, label)
    }

    private mutating func next(of mission: World.Mission, _ id: String, _ label: String) -> Operation {
        let hop = mission.hops.last(where: \.isOpen) ?? mission.hops.randomElement(using: &generator)
        guard let hop, !below(10) else { return missionItself(mission, id, label) }
        let step = hop.steps.randomElement(using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return .describeHop(mission: id, hop: hop.id, name: label)
        case 1, 2, 3: return .moveHop(mission: id, hop: hop.id, to: move(hop.status, World.hops))
        case 4:
            return below(15) ? .deleteHop(mission: id, hop: hop.id) : .addStep(mission: id, hop: hop.id, name: label)
        case 5: return .addStep(mission: id, hop: hop.id, name: label)
        case 6, 7, 8:
            guard let step else { return .addStep(mission: id, hop: hop.id, name: label) }
            return .moveStep(mission: id, hop: hop.id, step: step.id, to: move(step.status, World.steps))
        case 9:
            guard let step else { return .addStep(mission: id, hop: hop.id, name: label) }
            return below(30)
                ? .deleteStep(mission: id, hop: hop.id, step: step.id)
                : .describeStep(mission: id, hop: hop.id, step: step.id, name: label)
        default: return missionItself(mission, id, label)
        }
    }

    private mutating func missionItself(_ mission: World.Mission, _ id: String, _ label: String) -> Operation {
        let asset = mission.assets.keys.sorted().randomElement(using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return .describe(mission: id, name: label, metadata: count)
        case 1, 2: return .moveMission(id, to: move(mission.status, World.missions))
        case 3, 4: return .addHop(mission: id, name: label, metadata: count, isPlanned: below(50))
        case 5:
            return below(15)
                ? .deleteMission(id)
                : .addAsset(
                    mission: id, hop: mission.hops.randomElement(using: &generator)?.id, name: label,
                    role: pick(["input", "output", "intermediate"]), content: content(label))
        case 6:
            return .addAsset(
                mission: id, hop: nil, name: label, role: pick(["input", "output"]), content: content(label))
        default:
            guard let asset, let status = mission.assets[asset]?.status else {
                return .addHop(mission: id, name: label, metadata: count, isPlanned: false)
            }
            if below(20) { return .fill(mission: id, asset: asset, content: content(label) ?? label) }
            return below(10)
                ? .deleteAsset(mission: id, asset: asset)
                : .moveAsset(mission: id, asset: asset, to: differing(move(status, World.assets), from: status))
        }
    }

    /// Small, large, or none.
    private mutating func content(_ label: String) -> String? {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: nil
        case 1: String(repeating: "\(label) ", count: 300)
        default: label
        }
    }

    /// Most often one that is allowed.
    private mutating func move(_ status: String, _ table: [String: [String]]) -> String {
        let ends: Set = ["failed", "cancelled", "error", "expired"]
        let onward = (table[status] ?? []).filter { !ends.contains($0) || below(10) }
        if !below(15), let next = onward.randomElement(using: &generator) { return next }
        return table.keys.sorted().randomElement(using: &generator) ?? status
    }

    /// A PUT of the status that it has is no move.
    private mutating func differing(_ wished: String, from status: String) -> String {
        wished == status ? (status == "error" ? "expired" : "error") : wished
    }

    private mutating func below(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "" }
}
