import SessionModel

extension Sessions {
    /// A new mission, linked to `session` in the same atom where one is given.
    public func createMission(
        _ new: NewMission, session: SessionID?, user: UserID, idempotency: Idempotency?
    ) async throws(SessionError) -> MissionWritten<OpenMission> {
        let id: MissionID = missions.newID(in: MissionID(high: 0, low: UInt64(shards.shard(of: user).number)))
        guard new.assets.count <= MissionLimits.assets else {
            throw .full("A mission holds at most \(MissionLimits.assets) assets.")
        }
        let assets: [AssetID] = new.assets.map { _ in missions.newID(in: id) }.sorted {
            ($0.high, $0.low) < ($1.high, $1.low)
        }
        let sealed = try missions.sealed(new.metadata, of: id, Mission.metadataField)
        var envelopes: [[UInt8]?] = []
        for (asset, id) in zip(new.assets, assets) {
            envelopes.append(try missions.sealed(asset.metadata, of: id, Asset.metadataField))
        }

        let prepared = try await step(on: nil, user) { (_) throws(HotError) in
            try await hot.prepare(for: user, idempotency: idempotency)
        }
        if let first = prepared.value.first {
            return try created(new, first, user, isReplay: true, source: prepared.source)
        }
        let now = prepared.value.now
        var parts: [MissionPart: [UInt8]] = [.mission: new.mission(id, of: user, sealed: sealed, at: now).document()]
        for (index, asset) in new.assets.enumerated() {
            parts[.asset(assets[index])] =
                asset.asset(assets[index], in: id, of: user, sealed: envelopes[index], at: now).document()
            if let content = asset.content { parts[.content(assets[index])] = content }
        }
        guard
            parts.values.reduce(0, { $0 + $1.count }) - new.assets.reduce(0, { $0 + ($1.content?.count ?? 0) })
                <= MissionLimits.treeBytes
        else { throw .missionTooLarge }
        var creation = MissionCreation(
            id: id, userID: user, at: now, parts: parts, session: session, idempotency: idempotency,
            details: ([id.description] + assets.map(\.description)).joined(separator: " "))
        let written = try await step(on: session, user, idempotency) { (hints) throws(HotError) in
            creation.linked = hints.linked
            creation.idempotency = hints.idempotency
            return try await hot.create(creation)
        }
        return try created(new, written.value, user, isReplay: written.isReplay, source: written.source)
    }

    /// The answer to a creation, out of what was asked and of what came of it, now or the first time.
    private func created(
        _ new: NewMission, _ outcome: MissionOutcome, _ user: UserID, isReplay: Bool, source: AnswerSource
    ) throws(SessionError) -> MissionWritten<OpenMission> {
        let words = outcome.details.split(separator: " ")
        guard words.count == new.assets.count + 1, let id = words.first.flatMap({ MissionID($0) }) else {
            throw .failed
        }
        var open = try missions.opened(
            new.mission(id, of: user, sealed: nil, at: outcome.at).document(), of: id, Mission.metadataField)
        open.metadata = new.metadata ?? open.metadata
        var assets: [OpenAsset] = []
        for (word, asset) in zip(words.dropFirst(), new.assets) {
            guard let assetID = AssetID(word) else { throw .failed }
            assets.append(try missions.answered(asset, assetID, in: id, user, at: outcome.at))
        }
        return MissionWritten(
            value: OpenMission(id: id, version: outcome.version, mission: open, hops: [], assets: assets),
            version: outcome.version, write: WriteID(shard: id.shard, log: outcome.logID), isReplay: isReplay,
            source: source)
    }

    /// The mission goes with everything in it, and is no longer its session's. What became of the session, its status
    /// and its activity, stays as it is.
    public func deleteMission(
        _ id: MissionID, user: UserID, condition: VersionCondition
    ) async throws(SessionError) -> Written<Void> {
        for _ in 0..<Self.attempts {
            let (tree, source) = try await missions.tree(id, user, using: true)
            let deletion = MissionDeletion(id: id, userID: user, condition: condition, session: tree.sessionID)
            let reply: HotReply<LogID>
            do { reply = try await hot.discard(deletion) } catch { throw failure(error) }
            switch reply {
            case .done(let log), .replayed(let log):
                return Written(value: (), write: WriteID(shard: id.shard, log: log), isReplay: false, source: source)
            case .refused(.miss):
                guard let session = tree.sessionID else { throw .failed }
                try await hydrate(session, user)
            // It was linked to another session, or left the hot tier, since it was looked at.
            case .refused(.linkMoved), .refused(.missionMiss): break
            case .refused(let refusal): throw SessionError(refusal)
            }
        }
        throw .unavailable(reason: "the mission is changing too fast", retryAfter: 1)
    }
}

extension NewMission {
    fileprivate func mission(_ id: MissionID, of user: UserID, sealed: [UInt8]?, at time: Timestamp) -> Mission {
        Mission(
            id: id, userID: user, name: name, description: description, goal: goal, successCriteria: successCriteria,
            sealedMetadata: sealed, createdAt: time, updatedAt: time)
    }
}
