import SessionModel

// What a person can do with a mission and each of its parts. Every method is one change of the mission.

extension Missions {
    public func replace(
        _ id: MissionID, user: UserID, with replacement: MissionReplacement, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<OpenMission> {
        let metadata = try resealed(replacement.metadata, of: id, Mission.metadataField)
        return try await amend(id, user, condition, answer: opened) {
            try $0.replace(replacement, metadata: metadata)
        }
    }

    public func move(
        _ id: MissionID, user: UserID, to status: MissionStatus, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<OpenMission> {
        try await amend(id, user, condition, answer: opened) { try $0.move(to: status) }
    }

    /// An id for something new in a mission.
    func newID<Kind>(in mission: MissionID) -> Identifier<Kind> {
        var generator = SystemRandomNumberGenerator()
        return .random(in: mission.shard, at: .now, using: &generator)
    }
}

// MARK: - Hops

extension Missions {
    public func add(
        _ new: NewHop, to mission: MissionID, user: UserID, condition: VersionCondition, idempotency: Idempotency?
    ) async throws(SessionError) -> MissionWritten<OpenHop> {
        let id: HopID = newID(in: mission)
        let sealed = try sealed(new.metadata, of: id, Hop.metadataField)
        return try await create(
            in: mission, user, condition, idempotency,
            details: { tree in "\(id) \(tree.hops.first { $0.id == id }?.sequence ?? 0)" },
            answer: { (details, time) throws(SessionError) in
                let (id, sequence): (HopID, Int64) = try Self.numbered(details)
                let hop = new.hop(id, in: mission, sequence: sequence, sealed: nil, at: time)
                var open = try opened(hop.document(), of: id, Hop.metadataField)
                open.metadata = new.metadata ?? open.metadata
                return OpenHop(id: id, hop: open, steps: [], assets: [])
            }
        ) { plan in
            try plan.add { sequence, now in new.hop(id, in: mission, sequence: sequence, sealed: sealed, at: now) }
        }
    }

    /// The id and the sequence number that were kept as details.
    private static func numbered<Kind>(_ details: String) throws(SessionError) -> (Identifier<Kind>, Int64) {
        let words = details.split(separator: " ")
        guard words.count == 2, let id = Identifier<Kind>(words[0]), let number = Int64(words[1]) else {
            throw .failed
        }
        return (id, number)
    }

    public func replace(
        _ id: HopID, of mission: MissionID, user: UserID, with replacement: HopReplacement,
        condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<OpenHop> {
        let metadata = try resealed(replacement.metadata, of: id, Hop.metadataField)
        return try await amend(
            mission, user, condition, answer: { (tree) throws(SessionError) in try openedHop(id, of: tree) }
        ) { try $0.replace(id, replacement, metadata: metadata) }
    }

    public func move(
        _ id: HopID, of mission: MissionID, user: UserID, to status: HopStatus, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<OpenHop> {
        try await amend(
            mission, user, condition, answer: { (tree) throws(SessionError) in try openedHop(id, of: tree) }
        ) { try $0.move(id, to: status) }
    }

    public func remove(
        _ id: HopID, of mission: MissionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<Void> {
        try await amend(mission, user, condition, answer: { _ in }) { try $0.remove(id) }
    }
}

// MARK: - Tool steps

extension Missions {
    public func add(
        _ new: NewToolStep, to hop: HopID, of mission: MissionID, user: UserID, condition: VersionCondition,
        idempotency: Idempotency?
    ) async throws(SessionError) -> MissionWritten<MissionTree.StepEntry> {
        let id: ToolStepID = newID(in: mission)
        return try await create(
            in: mission, user, condition, idempotency,
            details: { tree in "\(id) \(tree.steps.first { $0.id == id }?.sequence ?? 0)" },
            answer: { (details, time) throws(SessionError) in
                let (id, sequence): (ToolStepID, Int64) = try Self.numbered(details)
                let document = new.step(id, of: hop, sequence: sequence, at: time).document()
                do { return try MissionTree.StepEntry(document: document) } catch { throw .failed }
            }
        ) { plan in
            try plan.add(stepOf: hop) { sequence, now in new.step(id, of: hop, sequence: sequence, at: now) }
        }
    }

    private func entry(
        _ id: ToolStepID, _ tree: MissionTree
    ) throws(SessionError) -> MissionTree.StepEntry {
        guard let entry = tree.steps.first(where: { $0.id == id }) else { throw .failed }
        return entry
    }

    public func replace(
        _ id: ToolStepID, of hop: HopID, in mission: MissionID, user: UserID, with replacement: ToolStepReplacement,
        condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<MissionTree.StepEntry> {
        try await amend(
            mission, user, condition, answer: { (tree) throws(SessionError) in try entry(id, tree) }
        ) { try $0.replace(id, of: hop, replacement) }
    }

    public func move(
        _ id: ToolStepID, of hop: HopID, in mission: MissionID, user: UserID, to status: ToolStepStatus,
        condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<MissionTree.StepEntry> {
        try await amend(
            mission, user, condition, answer: { (tree) throws(SessionError) in try entry(id, tree) }
        ) { try $0.move(id, of: hop, to: status) }
    }

    public func remove(
        _ id: ToolStepID, of hop: HopID, in mission: MissionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<Void> {
        try await amend(mission, user, condition, answer: { _ in }) { try $0.remove(id, of: hop) }
    }
}

// MARK: - Assets

extension Missions {
    public func add(
        _ new: NewAsset, to mission: MissionID, user: UserID, condition: VersionCondition, idempotency: Idempotency?
    ) async throws(SessionError) -> MissionWritten<WholeAsset> {
        let id: AssetID = newID(in: mission)
        let sealed = try sealed(new.metadata, of: id, Asset.metadataField)
        return try await create(
            in: mission, user, condition, idempotency, details: { _ in id.description },
            answer: { (details, time) throws(SessionError) in
                guard let id = AssetID(details) else { throw .failed }
                return WholeAsset(
                    asset: try answered(new, id, in: mission, user, at: time), content: new.content)
            }
        ) { plan in
            try plan.add(
                new.asset(id, in: mission, of: user, sealed: sealed, at: plan.now), content: new.content)
        }
    }

    /// A new asset as its maker may see it, without having been sealed and opened.
    func answered(
        _ new: NewAsset, _ id: AssetID, in mission: MissionID, _ user: UserID, at time: Timestamp
    ) throws(SessionError) -> OpenAsset {
        let document = new.asset(id, in: mission, of: user, sealed: nil, at: time).document()
        let entry: MissionTree.AssetEntry
        do { entry = try MissionTree.AssetEntry(document: document) } catch { throw .failed }
        var open = try opened(entry)
        open.asset.metadata = new.metadata ?? open.asset.metadata
        return open
    }

    /// The answer has the content as it is now.
    public func replace(
        _ id: AssetID, of mission: MissionID, user: UserID, with replacement: AssetReplacement,
        condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<WholeAsset> {
        let metadata = try resealed(replacement.metadata, of: id, Asset.metadataField)
        let written = try await amend(
            mission, user, condition, answer: { (tree) throws(SessionError) in try openedAsset(id, of: tree) }
        ) { try $0.replace(id, replacement, metadata: metadata) }
        let content: [UInt8]??
        if let given = replacement.content {
            content = given
        } else {
            // The write is made: that its content can't be read just now is no reason to say that it failed.
            content = (try? await self.content(of: id, in: mission, user)).map(\.0)
        }
        return MissionWritten(
            value: WholeAsset(asset: written.value, content: content), version: written.version, write: written.write,
            isReplay: false, source: written.source)
    }

    public func remove(
        _ id: AssetID, of mission: MissionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> MissionWritten<Void> {
        try await amend(mission, user, condition, answer: { _ in }) { try $0.remove(asset: id) }
    }
}
