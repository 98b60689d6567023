import CoreMetrics
public import Logging
import NIOCore
public import SessionCore
import SessionModel

/// Answers requests by the contract. One for each event loop; it is called on that loop and stays there.
///
///     request ─▶ route (404, 405) ─▶ token (401) ─▶ endpoint ─▶ use case
///                                                      │            │
///     answer ◀── identity, no-store ◀── JSON, headers ◀┘   problem ◀┘ SessionError
///
/// A body is read by its endpoint alone, so what is refused before costs nobody the upload.
public struct APIResponder: Sendable {
    /// What all loops share, or may.
    public struct Service: Sendable {
        public var tokens: TokenKeys
        public var rules: TokenRules
        public var limits: APILimits
        public var durability: Durability
        public var readiness: Readiness
        /// Both where metrics of this layer go and what `/metrics` shows.
        public var metrics: PrometheusRegistry
        /// Whether people are served, or only what is asked of the service itself.
        public var isServing = true
        public var logger: Logger
        /// The wall clock, for tokens.
        public var now: @Sendable () -> Timestamp
        /// Makes tokens for whoever asks; nil but on a development server.
        public var development: DevelopmentTokens?
        let bodies: BodyBudget

        public init(
            tokens: TokenKeys, rules: TokenRules, limits: APILimits = APILimits(), durability: Durability,
            readiness: Readiness, metrics: PrometheusRegistry, logger: Logger,
            now: @escaping @Sendable () -> Timestamp
        ) {
            self.tokens = tokens
            self.rules = rules
            self.limits = limits
            self.durability = durability
            self.readiness = readiness
            self.metrics = metrics
            self.logger = logger
            self.now = now
            bodies = BodyBudget(bytes: limits.bodyBytesInFlight)
        }
    }

    /// What a loop keeps from one request to the next.
    ///
    /// `@unchecked Sendable`, because it can't be told to the compiler: a responder is only ever called on its loop, where
    /// a request stays.
    private final class LoopState: @unchecked Sendable {
        let tokens: TokenVerifier
        var random = FastRandom()

        init(_ tokens: TokenVerifier) { self.tokens = tokens }
    }

    private let service: Service
    private let router = Router()
    private let metrics: APIMetrics
    private let loop: LoopState
    private let quotas: Quotas
    private let sessions: SessionEndpoints
    private let messages: MessageEndpoints
    private let missions: MissionEndpoints
    private let hops: HopEndpoints
    private let steps: ToolStepEndpoints
    private let assets: AssetEndpoints
    private let events: EventEndpoints
    private let serviceEndpoints: ServiceEndpoints

    /// `sessions`, `quotas` and `feed` are this loop's. Without a feed nobody can follow.
    public init(_ service: Service, sessions: Sessions, quotas: Quotas, feed: LiveFeed? = nil) {
        self.service = service
        self.quotas = quotas
        self.metrics = APIMetrics(factory: service.metrics)
        loop = LoopState(
            TokenVerifier(keys: service.tokens, rules: service.rules, cachedTokens: APILimits.cachedTokens))
        self.sessions = SessionEndpoints(sessions: sessions)
        messages = MessageEndpoints(sessions: sessions)
        missions = MissionEndpoints(sessions: sessions)
        hops = HopEndpoints(missions: sessions.missions)
        steps = ToolStepEndpoints(missions: sessions.missions)
        assets = AssetEndpoints(missions: sessions.missions)
        events = EventEndpoints(sessions: sessions, feed: feed, durability: service.durability)
        serviceEndpoints = ServiceEndpoints(
            durability: service.durability, readiness: service.readiness, metrics: service.metrics)
    }

    /// Always an answer. Cancelling its task ends waiting; what was written stays written.
    public func respond(to request: APIRequest) async -> APIResponse {
        let began = NIODeadline.now()
        let identity = RequestIdentity(
            requestID: request.source.value(of: .requestID), traceparent: request.source.value(of: .traceparent),
            using: &loop.random)
        let match = router.match(method: request.method, path: request.path)
        var response = await RequestIdentity.$current.withValue(identity) {
            await answer(request, match)
        }
        response.add("Cache-Control", "no-store")
        response.add("X-Request-ID", identity.requestID)
        response.add("traceparent", identity.traceparent)
        finish(request, match, response.status, identity, (NIODeadline.now() - began).nanoseconds)
        events.feed?.tick(.now)
        return response
    }

    private func answer(_ request: APIRequest, _ match: Router.Match) async -> APIResponse {
        do {
            switch match {
            case .unknown: throw Problem.notFound
            case .notAllowed(let allow): throw Problem.notAllowed(allow)
            case .found(let number, let captures):
                let route = Routes.all[number]
                guard route.needsToken else { return try await open(route.endpoint, request) }
                guard service.isServing else { throw Problem.notServing }
                let exchange = Exchange(
                    request: request, route: route, captures: captures, user: try user(of: request),
                    limits: service.limits, durability: service.durability,
                    bodyShare: BodyShare(of: service.bodies))
                return try await paid(route, exchange)
            }
        } catch let problem as Problem {
            return problem.response
        } catch let error as SessionError {
            return Problem(error).response
        } catch {
            return Problem(.failed).response
        }
    }

    private func verify(_ header: String?) -> TokenVerifier.Outcome {
        loop.tokens.user(of: header, now: Double(service.now().milliseconds) / 1000)
    }

    private func user(of request: APIRequest) throws(Problem) -> UserID {
        switch verify(request.source.value(of: .authorization)) {
        case .remembered(let user):
            metrics.tokensRemembered.increment()
            return user
        case .verified(let user):
            metrics.tokensVerified.increment()
            return user
        case .refused:
            metrics.tokensRefused.increment()
            throw .unauthorized
        }
    }

    /// What anybody may ask.
    private func open(_ endpoint: Endpoint, _ request: APIRequest) async throws(Problem) -> APIResponse {
        switch endpoint {
        case .live: return serviceEndpoints.live()
        case .ready: return try serviceEndpoints.ready()
        case .metrics: return serviceEndpoints.exposition()
        case .description: return serviceEndpoints.description()
        case .development:
            guard service.development != nil else { throw .notFound }
            return .json(200, Array(#"{"development":true}"#.utf8))
        case .developmentToken:
            guard let development = service.development else { throw .notFound }
            return try await development.answer(request, now: service.now())
        case .createSession, .initializeSession, .listSessions, .activeSession, .loadSession, .replaceSession,
            .mergeSession, .deleteSession, .linkMission, .touchSession, .completeSession, .archiveSession,
            .resumeSession, .appendMessages, .listMessages, .chatWindow, .followSession, .createMission, .listMissions,
            .loadMission,
            .replaceMission, .moveMission, .deleteMission, .createHop, .listHops, .loadHop, .replaceHop, .moveHop,
            .deleteHop, .createToolStep, .listToolSteps, .loadToolStep, .replaceToolStep, .moveToolStep,
            .deleteToolStep, .createAsset, .listAssets, .loadAsset, .replaceAsset, .deleteAsset, .writeStatus:
            throw .unauthorized
        }
    }

    /// Carries out what may be over a quota: what it costs is spent before, and given back where nothing was written.
    private func paid(_ route: Route, _ exchange: Exchange) async throws -> APIResponse {
        guard route.method != .get, route.endpoint != .touchSession else {
            return try await owned(route.endpoint, exchange)
        }
        let length = exchange.request.source.bodyLength ?? exchange.limits.bodyBytes
        let cost = QuotaCost(
            sessions: route.endpoint.createsSession ? 1 : 0, bytes: route.endpoint.stores ? max(0, length) : 0)
        let isSpent = try await quotas.spend(cost, of: exchange.user, keyHash: exchange.idempotencyKeyHash)
        do {
            return try await owned(route.endpoint, exchange)
        } catch {
            if isSpent, error as? SessionError != .outcomeUnknown { await quotas.giveBack(cost, of: exchange.user) }
            throw error
        }
    }

    private func owned(_ endpoint: Endpoint, _ exchange: Exchange) async throws -> APIResponse {
        switch endpoint {
        case .createSession: try await sessions.create(exchange, pointersOnly: false)
        case .initializeSession: try await sessions.create(exchange, pointersOnly: true)
        case .listSessions: try await sessions.list(exchange)
        case .activeSession: try await sessions.active(exchange)
        case .loadSession: try await sessions.load(exchange)
        case .replaceSession: try await sessions.replace(exchange)
        case .mergeSession: try await sessions.merge(exchange)
        case .deleteSession: try await sessions.delete(exchange)
        case .linkMission: try await sessions.link(exchange)
        case .touchSession: try await sessions.touch(exchange)
        case .completeSession: try await sessions.move(exchange, .complete)
        case .archiveSession: try await sessions.move(exchange, .archive)
        case .resumeSession: try await sessions.move(exchange, .resume)
        case .appendMessages: try await messages.append(exchange)
        case .listMessages: try await messages.list(exchange)
        case .chatWindow: try await messages.window(exchange)
        case .followSession: try await follow(exchange)
        case .createMission: try await missions.create(exchange)
        case .listMissions: try await missions.list(exchange)
        case .loadMission: try await missions.load(exchange)
        case .replaceMission: try await missions.replace(exchange)
        case .moveMission: try await missions.move(exchange)
        case .deleteMission: try await missions.delete(exchange)
        case .createHop: try await hops.create(exchange)
        case .listHops: try await hops.list(exchange)
        case .loadHop: try await hops.load(exchange)
        case .replaceHop: try await hops.replace(exchange)
        case .moveHop: try await hops.move(exchange)
        case .deleteHop: try await hops.delete(exchange)
        case .createToolStep: try await steps.create(exchange)
        case .listToolSteps: try await steps.list(exchange)
        case .loadToolStep: try await steps.load(exchange)
        case .replaceToolStep: try await steps.replace(exchange)
        case .moveToolStep: try await steps.move(exchange)
        case .deleteToolStep: try await steps.delete(exchange)
        case .createAsset: try await assets.create(exchange)
        case .listAssets: try await assets.list(exchange)
        case .loadAsset: try await assets.load(exchange)
        case .replaceAsset: try await assets.replace(exchange)
        case .deleteAsset: try await assets.delete(exchange)
        case .writeStatus: try await serviceEndpoints.writeStatus(exchange)
        case .live, .ready, .metrics, .description, .development, .developmentToken: throw Problem.notFound
        }
    }

    private func follow(_ exchange: Exchange) async throws -> APIResponse {
        let header = exchange.request.source.value(of: .authorization)
        return try await events.follow(
            exchange, until: loop.tokens.expiry(of: header) ?? service.now(), spread: loop.random.next(),
            isAllowed: { verify(header) != .refused })
    }
}

extension APIResponder {
    /// Counts the request, and logs it: at debug level, or as an error where the fault is ours or the outcome unknown.
    private func finish(
        _ request: APIRequest, _ match: Router.Match, _ status: Int, _ identity: RequestIdentity, _ nanoseconds: Int64
    ) {
        let number: Int? = if case .found(let route, _) = match { route } else { nil }
        metrics.answered(route: number, status: status, nanoseconds: nanoseconds)
        let level: Logger.Level = status == 500 || status == 504 ? .error : .debug
        guard service.logger.logLevel <= level else { return }
        service.logger.log(
            level: level, "answered",
            metadata: [
                "method": "\(number.map { Routes.all[$0].method.rawValue } ?? "other")",
                "route": "\(number.map { Routes.all[$0].pattern } ?? "unknown")",
                "status": "\(status)", "microseconds": "\(nanoseconds / 1000)",
                "request_id": "\(identity.requestID)", "traceparent": "\(identity.traceparent)",
            ])
    }
}
