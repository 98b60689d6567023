import Logging
import SessionModel

extension Sessions {
    /// What a step learned before it is taken again.
    struct Hints {
        var highestNumber: Int64?
        var linked: KnownLink?
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
    ///   - isRepeatable: whether the step carries an idempotency key, so that one of unknown outcome is taken again until
    ///     it is known, for ``Repetition/patience`` at most.
    func step<Value: Sendable>(
        on id: SessionID?, _ user: UserID, isRepeatable: Bool = false,
        _ take: (Hints) async throws(HotError) -> HotReply<Value>
    ) async throws(SessionError) -> Stepped<Value> {
        var hints = Hints()
        var source = AnswerSource.hot
        let repetition = Repetition(isAllowed: isRepeatable)
        for _ in 0..<Self.attempts {
            let reply: HotReply<Value>
            do {
                reply = try await repetition.take { () throws(HotError) in try await take(hints) }
            } catch { throw failure(error) }
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
                case .absent, .missionAbsent, .status, .version, .missionTaken, .linkMoved, .keyReused, .backlogFull,
                    .logGone, .notDue:
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
            case .refused(let refusal) where refusal == .backlogFull || refusal == .logGone:
                throw SessionError(refusal)
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
        let (session, readAt) = try await readCold(id, user)
        do {
            switch try await hot.hydrate(session, readAt: readAt) {
            case .created, .present, .stale: break
            case .deleted: throw SessionError.notFound
            case .logGone: throw SessionError(.logGone)
            }
        } catch let error as HotError {
            throw failure(error)
        } catch let error as SessionError {
            throw error
        } catch { throw .failed }
    }

    func readCold(_ id: SessionID, _ user: UserID) async throws(SessionError) -> (DurableSession, Timestamp) {
        guard shards.shard(of: user) == id.shard else { throw .notFound }
        let readAt: Timestamp
        do { readAt = try await hot.time(of: id.shard) } catch { throw failure(error) }
        do {
            let found = try await durable.session(id, of: user, messages: lifecycle.hotWindow)
            SessionMetrics.coldReads.increment()
            guard let found else { throw SessionError.notFound }
            return (found, readAt)
        } catch let error as DurableError {
            throw failure(error)
        } catch let error as SessionError {
            throw error
        } catch { throw .failed }
    }

    func failure(_ error: HotError) -> SessionError { SessionError(error, logger) }
    func failure(_ error: DurableError) -> SessionError { SessionError(error, logger) }
}

extension SessionError {
    init(_ error: HotError, _ logger: Logger) {
        switch error {
        case .unavailable(let reason):
            logger.warning("the hot tier refused", metadata: ["reason": "\(reason)"])
            self = .unavailable(reason: "the hot tier can't be reached", retryAfter: 1)
        case .outcomeUnknown(let reason):
            logger.warning("a write's outcome is unknown", metadata: ["reason": "\(reason)"])
            self = .outcomeUnknown
        case .broken(let reason):
            logger.critical("the hot tier answered nonsense", metadata: ["reason": "\(reason)"])
            self = .failed
        }
    }

    init(_ error: DurableError, _ logger: Logger) {
        logger.warning("SQLite refused a read", metadata: ["reason": "\(error)"])
        self = .unavailable(reason: "the durable tier can't be read", retryAfter: 1)
    }
}
