import SessionModel

extension MissionPlan {
    func hop(_ id: HopID) throws -> Hop {
        guard let entry = tree.hops.first(where: { $0.id == id }) else { throw SessionError.notFound }
        return try Hop(document: entry.document)
    }

    /// The hop becomes the mission's current one.
    mutating func add(_ make: (_ sequence: Int64, _ now: Timestamp) -> Hop) throws {
        guard mission.status.isOpen else { throw SessionError.planStatus(.mission, mission.status.rawValue) }
        if let open = tree.hops.first(where: \.status.isOpen) {
            throw SessionError.hopIsOpen(open.status.rawValue)
        }
        guard tree.hops.count < MissionLimits.hops else {
            throw SessionError.full("A mission holds at most \(MissionLimits.hops) hops.")
        }
        let hop = make(Int64(tree.hops.count) + 1, now)
        mission.currentHopID = hop.id
        try put(hop)
    }

    mutating func replace(_ id: HopID, _ replacement: HopReplacement, metadata: [UInt8]??) throws {
        var hop = try hop(id)
        let before = hop
        replacement.apply(to: &hop)
        if let metadata { hop.sealedMetadata = metadata }
        if let status = replacement.status, status != hop.status { try move(&hop, to: status) }
        if hop != before { try put(hop) }
    }

    mutating func move(_ id: HopID, to status: HopStatus) throws {
        var hop = try hop(id)
        try move(&hop, to: status)
        try put(hop)
    }

    private mutating func move(_ hop: inout Hop, to status: HopStatus) throws {
        guard hop.status.next.contains(status) else { throw SessionError.planStatus(.hop, hop.status.rawValue) }
        hop.status = status
        if let cascade = status.assetCascade { try follow(cascade, assetsOf: .hop(hop.id)) }
        if let cascade = status.stepCascade { try follow(cascade, stepsOf: hop.id) }
        guard status == .completed else { return }
        hop.isResolved = true
        if mission.currentHopID == hop.id { mission.currentHopID = nil }
    }

    /// With its steps and assets. The hops behind it close up.
    mutating func remove(_ id: HopID) throws {
        _ = try hop(id)
        for step in tree.steps(of: id) { write(.step(step.id), []) }
        tree.steps.removeAll { $0.hop == id }
        for asset in tree.assets where asset.scope == .hop(id) {
            write(.asset(asset.id), [])
            write(.content(asset.id), [])
        }
        tree.assets.removeAll { $0.scope == .hop(id) }
        write(.hop(id), [])
        tree.hops.removeAll { $0.id == id }
        for (index, entry) in tree.hops.enumerated() where entry.sequence != Int64(index) + 1 {
            var hop = try Hop(document: entry.document)
            hop.sequence = Int64(index) + 1
            try put(hop)
        }
        if mission.currentHopID == id { mission.currentHopID = nil }
    }

    private mutating func put(_ changed: Hop) throws {
        var hop = changed
        hop.updatedAt = now
        let entry = try MissionTree.HopEntry(document: hop.document())
        if let index = tree.hops.firstIndex(where: { $0.id == hop.id }) {
            tree.hops[index] = entry
        } else {
            tree.hops.append(entry)
        }
        write(.hop(hop.id), entry.document)
    }

    /// A hop that executes completes with the last of its open steps.
    mutating func completeHop(_ id: HopID) throws {
        guard tree.hops.contains(where: { $0.id == id && $0.status == .executing }),
            tree.steps(of: id).allSatisfy({ !$0.status.isOpen })
        else { return }
        try move(id, to: .completed)
    }
}
