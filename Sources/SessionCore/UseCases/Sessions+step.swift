import Logging
import SessionModel

extension Sessions {
    /// What a step learned before it is taken again.
    struct Hints {
        var highestNumber: Int64?
        var linked: KnownLink?
        var idempotency: Idempotency?
    }

    /// What a step came to, before it is named as a write.
    struct Stepped<Value: Sendable> {
        var value: Value
        var isReplay: Bool
        var source: AnswerSource

        func answer<Answer: Sendable>(_ answer: Answer, _ log: LogID, _ id: SessionID) -> Written<Answer> {
            Written(value: answer, write: WriteID(shard: id.shard, log: log), isReplay: isReplay, source: source)
        }
    }

    /// Takes a step of the hot tier, and what must come first.
    ///
    /// - Parameters:
    ///   - id: the session it is about; nil for one that doesn't exist yet.
    ///   - idempotency: the key that the step carries: then one of unknown outcome is taken again until it is known, for
    ///     ``Repetition/patience`` at most.
    func step<Value: Sendable>(
        on id: SessionID?, _ user: UserID, _ idempotency: Idempotency? = nil,
        _ take: (Hints) async throws(HotError) -> HotReply<Value>
    ) async throws(SessionError) -> Stepped<Value> {
        var hints = Hints(idempotency: idempotency)
        var source = tier
        let repetition = Repetition(isAllowed: idempotency != nil)
        for _ in 0..<Self.attempts {
            let reply: HotReply<Value>
            do {
                reply = try await repetition.take { () throws(HotError) in try await take(hints) }
            } catch { throw failure(error) }
            FailPoint.reached(.scriptReplied)
            switch reply {
            case .done(let value): return Stepped(value: value, isReplay: false, source: source)
            case .replayed(let value): return Stepped(value: value, isReplay: true, source: source)
            case .refused(let refusal):
                switch refusal {
                case .miss:
                    guard let id else { throw .failed }
                    try await hydrate(id, user)
                    source = .loaded
                case .due:
                    guard let id else { throw .failed }
                    try await abandon(id)
                case .missionMiss(let mission):
                    do { try await missions.hydrate(mission, user) } catch .notFound
                        where hints.linked?.mission == mission
                    {
                        hints.linked?.isLost = true
                    }
                case .linked(let mission): hints.linked = KnownLink(mission: mission)
                case .numberUnknown:
                    do { hints.highestNumber = try await durable.highestSessionNumber(of: user) } catch {
                        throw failure(error)
                    }
                case .keyUnknown: hints.idempotency = try await missions.recalled(hints.idempotency, user)
                case .absent, .missionAbsent, .status, .version, .missionTaken, .linkMoved, .keyReused, .backlogFull,
                    .chatFull, .moved, .notDue:
                    throw SessionError(refusal)
                }
            }
        }
        throw .unavailable(reason: "the session is changing too fast", retryAfter: 1)
    }

    /// Abandons a session that a request found with its time up.
    func abandon(_ id: SessionID) async throws(SessionError) {
        do {
            switch try await hot.abandon(id) {
            case .done, .replayed: SessionMetrics.abandoned.increment()
            case .refused(.backlogFull): throw SessionError(.backlogFull)
            case .refused: break  // Somebody else was quicker, or its person came back.
            }
        } catch let error as HotError {
            throw failure(error)
        } catch let error as SessionError {
            throw error
        } catch { throw .failed }
    }

    /// Reads a session that is not hot from SQLite and makes it hot.
    func hydrate(_ id: SessionID, _ user: UserID) async throws(SessionError) {
        guard shards.shard(of: user) == id.shard else { throw .notFound }
        let (hot, durable, window) = (hot, durable, lifecycle.hotWindow)
        let outcome = await reads.hydrations.run(ColdReads.Reading(id: id, user: user, messages: window)) {
            await Result {
                let readAt = try await hot.time(of: id.shard)
                let found = try await durable.session(id, of: user, messages: window)
                SessionMetrics.coldReads.increment()
                guard let found, try await hot.hydrate(found, readAt: readAt) != .deleted else {
                    throw SessionError.notFound
                }
            }
        }
        try SessionError.pass(outcome, logger)
    }

    /// Reads from the hot tier; where it can't be reached or isn't reconciled, from SQLite alone. What SQLite doesn't know may
    /// be in the hot tier all the same, written a moment before: that it isn't there, only the hot tier can say.
    func reading<Value>(
        _ read: (Sessions) async throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        let away: SessionError
        do { return try await read(self) } catch {
            guard case .hotTierAway = error, tier != .bypass else { throw error }
            away = error
        }
        let bypassing = Sessions(
            hot: Bypass(durable: durable, reads: reads, lifecycle: lifecycle), durable: durable, seal: seal,
            shards: shards, lifecycle: lifecycle, longestMetadata: longestMetadata, reads: reads, tier: .bypass,
            logger: logger)
        do { return try await read(bypassing) } catch { throw error == .notFound ? away : error }
    }

    func failure(_ error: HotError) -> SessionError { SessionError(error, logger) }
    func failure(_ error: DurableError) -> SessionError { SessionError(error, logger) }
}

extension SessionError {
    init(_ error: HotError, _ logger: Logger) {
        switch error {
        case .unavailable(let reason):
            logger.warning("the hot tier refused", metadata: ["reason": "\(reason)"])
            self = .hotTierAway(reason: "the hot tier can't be reached", retryAfter: 1)
        case .unreconciled: self = .hotTierAway(reason: "the hot tier is being reconciled", retryAfter: 1)
        case .outcomeUnknown(let reason):
            logger.warning("a write's outcome is unknown", metadata: ["reason": "\(reason)"])
            self = .outcomeUnknown
        case .broken(let reason):
            logger.critical("the hot tier answered nonsense", metadata: ["reason": "\(reason)"])
            self = .failed
        }
    }

    /// Throws what an outcome has of errors, as what it comes to for who asked.
    static func pass(_ outcome: Result<Void, any Error>, _ logger: Logger) throws(SessionError) {
        guard case .failure(let error) = outcome else { return }
        switch error {
        case let error as SessionError: throw error
        case let error as HotError: throw SessionError(error, logger)
        case let error as DurableError: throw SessionError(error, logger)
        default: throw .failed
        }
    }

    init(_ error: DurableError, _ logger: Logger) {
        logger.warning("SQLite refused a read", metadata: ["reason": "\(error)"])
        self = .unavailable(reason: "the durable tier can't be read", retryAfter: 1)
    }
}
