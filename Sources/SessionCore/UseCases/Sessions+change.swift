import SessionModel

/// The fields that a PUT gives: each replaces the old, nil (and `keep`) leaves it.
public struct SessionReplacement: Sendable {
    public var name: String?
    public var status: SessionStatus?
    public var mission: SessionUpdate.MissionLink
    /// A JSON object.
    public var metadata: [UInt8]?

    public init(
        name: String? = nil, status: SessionStatus? = nil, mission: SessionUpdate.MissionLink = .keep,
        metadata: [UInt8]? = nil
    ) {
        self.name = name
        self.status = status
        self.mission = mission
        self.metadata = metadata
    }

    var changesFields: Bool { name != nil || mission != .keep || metadata != nil }
}

extension Sessions {
    /// A wish for the status that the session has already is no move: the fields beside it are then a use, and without
    /// any nothing is written.
    public func replace(
        _ id: SessionID, user: UserID, with replacement: SessionReplacement, condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        do { return try await carryOut(replacement, id, user, condition) } catch {
            guard case .version(let version) = error, version > 1, condition.holds(for: version - 1) else {
                throw error
            }
            guard let done = try await carriedOut(replacement, id, user, version) else { throw error }
            return done
        }
    }

    /// The condition names the version before, and everything is as it was asked for: it is the same request again, which
    /// was carried out (RFC 9110, section 13.1.1). Its last change stands for the write.
    private func carriedOut(
        _ replacement: SessionReplacement, _ id: SessionID, _ user: UserID, _ version: Int64
    ) async throws(SessionError) -> Written<OpenSession>? {
        let loaded = try await loadAlone(id, user)
        let open = try opened(loaded.value.session)
        let session = open.session
        let isLinked =
            switch replacement.mission {
            case .keep: true
            case .unlink: session.missionID == nil
            case .link(let mission): session.missionID == mission
            }
        guard session.version == version, isLinked, replacement.name ?? session.name == session.name,
            replacement.status ?? session.status == session.status,
            replacement.metadata ?? open.metadata == open.metadata
        else { return nil }
        return Written(
            value: open, write: WriteID(shard: id.shard, log: session.logID), isReplay: false, source: loaded.source)
    }

    private func carryOut(
        _ replacement: SessionReplacement, _ id: SessionID, _ user: UserID, _ condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        guard let status = replacement.status else {
            return try await update(
                try change(id, user, replacement, .use, SessionMove.use.from, condition), metadata: replacement.metadata
            )
        }
        guard let move = SessionMove(to: status) else {
            let same = try await unchanged(id, user, status, condition)
            guard !replacement.changesFields else { throw .status(status) }
            return same
        }
        // A field may be written where the session may be used, or on the way to where it may.
        var from = move.from
        if status == .active, replacement.changesFields { from.append(.active) }
        if replacement.changesFields, status != .active { from.removeAll { !SessionMove.use.from.contains($0) } }
        do {
            return try await update(
                try change(id, user, replacement, move, from, condition), metadata: replacement.metadata)
        } catch .status(status) {
            guard !replacement.changesFields else { throw .status(status) }
            return try await unchanged(id, user, status, condition)
        }
    }

    private func change(
        _ id: SessionID, _ user: UserID, _ replacement: SessionReplacement, _ move: SessionMove,
        _ from: [SessionStatus], _ condition: VersionCondition
    ) throws(SessionError) -> SessionUpdate {
        SessionUpdate(
            session: id, userID: user, move: move, from: from, name: replacement.name,
            sealedMetadata: try sealed(replacement.metadata, of: id), mission: replacement.mission,
            condition: condition)
    }

    /// The answer to a wish for the status that it has: its last change stands for the write. For any other status, 409.
    private func unchanged(
        _ id: SessionID, _ user: UserID, _ wished: SessionStatus, _ condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        let loaded = try await loadAlone(id, user)
        let session = loaded.value.session
        guard session.status == wished else { throw .status(session.status) }
        guard condition.holds(for: session.version) else { throw .version(session.version) }
        return Written(
            value: try opened(session), write: WriteID(shard: id.shard, log: session.logID), isReplay: false,
            source: loaded.source)
    }

    /// RFC 7396 on the metadata: read, merged, and written by version, again when another write came between, so that two
    /// writers of different keys lose nothing.
    ///
    /// - Parameter metadataPatch: an object; JSON `null` empties the metadata.
    public func merge(
        _ id: SessionID, user: UserID, name: String?, metadataPatch: JSONValue?, condition: VersionCondition
    ) async throws(SessionError) -> Written<OpenSession> {
        guard let patch = metadataPatch else {
            return try await update(
                SessionUpdate(session: id, userID: user, move: .use, name: name, condition: condition))
        }
        for _ in 0..<Self.merges {
            let loaded = try await loadAlone(id, user)
            let version = loaded.value.session.version
            guard condition.holds(for: version) else { throw .version(version) }
            let merged = try merged(patch, into: try opened(loaded.value.session).metadata)
            do {
                var written = try await update(
                    SessionUpdate(
                        session: id, userID: user, move: .use, name: name,
                        sealedMetadata: merged.isEmpty ? [] : try sealed(merged, of: id),
                        condition: .oneOf([version])), metadata: merged.isEmpty ? Array("{}".utf8) : merged)
                written.source = loaded.source
                return written
            } catch .version {}
        }
        throw .unavailable(reason: "the session is changing too fast", retryAfter: 1)
    }

    /// Empty for `{}`. What could not be read again later is refused.
    private func merged(_ patch: JSONValue, into metadata: [UInt8]) throws(SessionError) -> [UInt8] {
        guard patch.kind == .object else { return [] }
        let target: JSONTape
        do { target = try JSONTape(metadata) } catch { throw .failed }
        let merged = MergePatch.apply(patch, to: target.root)
        guard merged.count <= longestMetadata, (try? JSONTape(merged)) != nil else { throw .metadataTooLarge }
        return merged == Array("{}".utf8) ? [] : merged
    }
}

extension VersionCondition {
    func holds(for version: Int64) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let versions): versions.contains(version)
        }
    }
}
