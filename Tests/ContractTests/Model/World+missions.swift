import SessionTesting

extension World.Mission {
    mutating func apply(_ operation: Operation, _ answer: JSON) throws {
        switch operation {
        case .describe(_, let name, let metadata):
            self.name = name
            self.metadata = metadata
        case .moveMission(_, let status):
            self.status = try moved(self.status, to: status, by: World.missions)
            if status == "in_progress" { cascade(hop: nil) }
        case .addHop(_, let name, let metadata, let isPlanned):
            guard World.missions[status] != nil, !hops.contains(where: \.isOpen) else {
                throw World.Refusal(status: 409)
            }
            let id = try answer["id"].text()
            hops.append(
                World.Hop(
                    id: id, name: name, status: isPlanned ? "hop_plan_proposed" : "hop_plan_started",
                    metadata: metadata))
            current = id
        case .describeHop(_, let hop, let name): hops[try place(hop)].name = name
        case .moveHop(_, let hop, let status): try move(hop: try place(hop), to: status)
        case .deleteHop(_, let hop):
            hops.remove(at: try place(hop))
            assets = assets.filter { $0.value.hop != hop }
            if current == hop { current = nil }
        case .addStep(_, let hop, let name):
            let place = try place(hop)
            guard hops[place].isOpen else { throw World.Refusal(status: 409) }
            hops[place].steps.append(World.Step(id: try answer["id"].text(), name: name))
        case .describeStep(_, let hop, let step, let name):
            let (hop, step) = try place(hop, step)
            hops[hop].steps[step].name = name
        case .moveStep(_, let hop, let step, let status): try move(step: try place(hop, step), to: status)
        case .deleteStep(_, let hop, let step):
            let (hop, step) = try place(hop, step)
            hops[hop].steps.remove(at: step)
        case .addAsset(_, let hop, let name, let role, let content):
            if let hop, !hops.contains(where: { $0.id == hop }) { throw World.Refusal(status: 422) }
            assets[try answer["id"].text()] = World.Asset(name: name, role: role, hop: hop, content: content)
        case .fill(_, let asset, let content):
            guard assets[asset] != nil else { throw World.Refusal(status: 404) }
            assets[asset]?.content = content
        case .moveAsset(_, let asset, let status):
            guard let before = assets[asset]?.status else { throw World.Refusal(status: 404) }
            let after = try moved(before, to: status, by: World.assets)
            assets[asset]?.status = after
        case .deleteAsset(_, let asset):
            guard assets.removeValue(forKey: asset) != nil else { throw World.Refusal(status: 404) }
        default: throw TestingError("not a mission's: \(operation)")
        }
        let outputs = assets.values.filter { $0.hop == nil && $0.role == "output" }
        if status == "in_progress", !outputs.isEmpty, outputs.allSatisfy({ $0.status == "ready" }) {
            status = "completed"
        }
    }

    private func moved(_ status: String, to next: String, by table: [String: [String]]) throws -> String {
        guard table[status]?.contains(next) == true else { throw World.Refusal(status: 409) }
        return next
    }

    private mutating func cascade(hop: String?) {
        for (id, asset) in assets where asset.hop == hop && asset.status == "proposed" {
            assets[id]?.status = "pending"
        }
    }

    private mutating func move(hop place: Int, to status: String) throws {
        hops[place].status = try moved(hops[place].status, to: status, by: World.hops)
        if status == "hop_plan_ready" { cascade(hop: hops[place].id) }
        if status == "hop_impl_ready" {
            for step in hops[place].steps.indices where hops[place].steps[step].status == "proposed" {
                hops[place].steps[step].status = "ready_to_execute"
            }
        }
        if status == "completed" {
            hops[place].isResolved = true
            if current == hops[place].id { current = nil }
        }
    }

    private mutating func move(step place: (hop: Int, step: Int), to status: String) throws {
        let step = hops[place.hop].steps[place.step]
        hops[place.hop].steps[place.step].status = try moved(step.status, to: status, by: World.steps)
        if ["executing", "completed"].contains(status) { hops[place.hop].steps[place.step].isStarted = true }
        guard status == "completed" else { return }
        hops[place.hop].steps[place.step].isCompleted = true
        if hops[place.hop].status == "executing", hops[place.hop].steps.allSatisfy({ World.steps[$0.status] == nil }) {
            try move(hop: place.hop, to: "completed")
        }
    }

    private func place(_ hop: String) throws -> Int {
        guard let place = hops.firstIndex(where: { $0.id == hop }) else { throw World.Refusal(status: 404) }
        return place
    }

    private func place(_ hop: String, _ step: String) throws -> (Int, Int) {
        let hop = try place(hop)
        guard let place = hops[hop].steps.firstIndex(where: { $0.id == step }) else {
            throw World.Refusal(status: 404)
        }
        return (hop, place)
    }
}
