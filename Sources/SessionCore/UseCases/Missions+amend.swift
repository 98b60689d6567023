import SessionModel

extension Missions {
    /// Changes of one request: each is lost to another change of the same mission, and worked out again upon that one.
    static let amendments = 64
    /// From here on the tries of those who meet are spread over this many milliseconds.
    private static let patience = 4
    private static let spread: Int64 = 20

    /// What a change came to: the tree after it, or what the idempotency key's first use came to.
    enum Amended {
        case now(MissionTree, MissionOutcome, AnswerSource)
        /// Nothing was to be changed.
        case unchanged(MissionTree, AnswerSource)
        case before(MissionOutcome, AnswerSource)
    }

    /// Works out a change upon the mission as it is, and writes it if the mission still is so; else again.
    ///
    /// - Parameters:
    ///   - details: kept with the idempotency key, see ``MissionAmendment/details``.
    ///   - checking: called with the tree as it will be, before it is written: what fails here is not written.
    func amend(
        _ id: MissionID, _ user: UserID, _ condition: VersionCondition, idempotency: Idempotency? = nil,
        details: (MissionTree) -> String = { _ in "" },
        checking: (MissionTree) throws(SessionError) -> Void = { _ in }, _ change: (inout MissionPlan) throws -> Void
    ) async throws(SessionError) -> Amended {
        var source = tier
        var idempotency = idempotency
        var generator = SystemRandomNumberGenerator()
        for attempt in 0..<Self.amendments {
            if attempt >= Self.patience {
                let pause = Int64.random(in: 0...Self.spread, using: &generator)
                try? await Task.sleep(for: .milliseconds(pause))
            }
            let found: Found<MissionLook<MissionTree>>
            do {
                found = try await find(id, user) { () throws(HotError) in
                    try await hot.look(at: id, of: user, idempotency: idempotency)
                }
            } catch {
                // What was done before it was deleted is answered again all the same.
                guard error == .notFound, let first = try await first(idempotency, user) else { throw error }
                return .before(first, source)
            }
            if found.source == .loaded { source = .loaded }
            let look = found.value
            if let first = look.first { return .before(first, source) }
            if look.isKeyUnknown {
                idempotency = try await recalled(idempotency, user)
                continue
            }
            guard let plan = try planned(look.found, look.now, condition, change) else {
                return .unchanged(look.found, source)
            }
            try checking(plan.tree)
            let amendment = MissionAmendment(
                id: id, userID: user, versionBefore: look.found.version, at: plan.now, parts: plan.parts,
                idempotency: idempotency, details: details(plan.tree), session: look.found.sessionID)
            let reply: HotReply<MissionOutcome>
            do {
                reply = try await Repetition(isAllowed: idempotency != nil).take { () throws(HotError) in
                    try await hot.amend(amendment)
                }
            } catch { throw SessionError(error, logger) }
            switch reply {
            case .done(let outcome):
                var tree = plan.tree
                tree.logID = outcome.logID
                return .now(tree, outcome, source)
            case .replayed(let outcome): return .before(outcome, source)
            case .refused(.version), .refused(.miss): continue
            case .refused(.keyUnknown): idempotency = try await recalled(idempotency, user)
            case .refused(let refusal): throw SessionError(refusal)
            }
        }
        throw .unavailable(reason: "the mission is changing too fast", retryAfter: 1)
    }

    /// What came of the key's first use.
    private func first(_ idempotency: Idempotency?, _ user: UserID) async throws(SessionError) -> MissionOutcome? {
        guard let idempotency else { return nil }
        let look = try await prepared(idempotency, user)
        guard look.isKeyUnknown, let asked = try await recalled(idempotency, user) else { return look.first }
        return try await prepared(asked, user).first
    }

    private func prepared(
        _ idempotency: Idempotency, _ user: UserID
    ) async throws(SessionError) -> MissionLook<Void> {
        let reply: HotReply<MissionLook<Void>>
        do { reply = try await hot.prepare(for: user, idempotency: idempotency) } catch {
            throw SessionError(error, logger)
        }
        switch reply {
        case .done(let look), .replayed(let look): return look
        case .refused(let refusal): throw SessionError(refusal)
        }
    }

    /// Nil where nothing is to be changed. That is no conflict if the condition names the version before: it is the same
    /// request again, which was carried out (RFC 9110, section 13.1.1).
    private func planned(
        _ tree: MissionTree, _ now: Timestamp, _ condition: VersionCondition,
        _ change: (inout MissionPlan) throws -> Void
    ) throws(SessionError) -> MissionPlan? {
        let holds = condition.holds(for: tree.version)
        guard holds || tree.version > 1 && condition.holds(for: tree.version - 1) else { throw .version(tree.version) }
        do {
            var plan = try MissionPlan(tree, now: now)
            try change(&plan)
            guard try plan.finish() else { return nil }
            guard holds else { throw SessionError.version(tree.version) }
            return plan
        } catch let error as SessionError {
            throw holds ? error : .version(tree.version)
        } catch { throw alarm("a stored document can't be read", tree.id, "\(error)") }
    }

    /// A change of something that is there, and what of the tree is its answer. Where nothing was to be changed, the last
    /// change stands for the write.
    func amend<Value>(
        _ id: MissionID, _ user: UserID, _ condition: VersionCondition,
        answer: (MissionTree) throws(SessionError) -> Value, _ change: (inout MissionPlan) throws -> Void
    ) async throws(SessionError) -> MissionWritten<Value> {
        // Made before the write: one that can't be made must not be found out when the write has happened.
        var value: Value?
        let (tree, source): (MissionTree, AnswerSource)
        let amended = try await amend(
            id, user, condition, checking: { (tree) throws(SessionError) in value = try answer(tree) }, change)
        switch amended {
        case .now(let after, _, let from), .unchanged(let after, let from): (tree, source) = (after, from)
        // Without a key there is no first time.
        case .before: throw .failed
        }
        let answered: Value
        if let value { answered = value } else { answered = try answer(tree) }
        return MissionWritten(
            value: answered, version: tree.version,
            write: WriteID(shard: id.shard, log: tree.logID),
            isReplay: false, source: source)
    }

    /// Something new in the mission.
    ///
    /// - Parameters:
    ///   - details: what the answer can't be rebuilt without; found in the tree after the change.
    ///   - answer: out of the details and the time, whether they are of now or of the key's first use.
    func create<Value>(
        in id: MissionID, _ user: UserID, _ condition: VersionCondition, _ idempotency: Idempotency?,
        details: (MissionTree) -> String, answer: (_ details: String, _ at: Timestamp) throws(SessionError) -> Value,
        _ change: (inout MissionPlan) throws -> Void
    ) async throws(SessionError) -> MissionWritten<Value> {
        let (outcome, source, isReplay): (MissionOutcome, AnswerSource, Bool)
        switch try await amend(id, user, condition, idempotency: idempotency, details: details, change) {
        case .now(_, let now, let from): (outcome, source, isReplay) = (now, from, false)
        case .before(let first, let from): (outcome, source, isReplay) = (first, from, true)
        // Something new is always a change.
        case .unchanged: throw .failed
        }
        return MissionWritten(
            value: try answer(outcome.details, outcome.at), version: outcome.version,
            write: WriteID(shard: id.shard, log: outcome.logID), isReplay: isReplay, source: source)
    }
}
