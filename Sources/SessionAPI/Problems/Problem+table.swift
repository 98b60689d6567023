import SessionCore
import SessionModel

/// Every refusal that is not about a body's contents, each made in one place.
extension Problem {
    /// One answer for what isn't there and for what is another user's, byte for byte.
    static let notFound = Problem(404, "There is no such thing, or it is not yours.")

    /// One answer for every fault of a token, so that it tells nothing about keys or claims.
    static let unauthorized: Problem = {
        var problem = Problem(401, "A valid bearer token is needed.")
        problem.fields = [APIResponse.Field("WWW-Authenticate", #"Bearer error="invalid_token""#)]
        return problem
    }()

    static func notAllowed(_ allow: String) -> Problem {
        var problem = Problem(405, "The method is not allowed here.")
        problem.fields = [APIResponse.Field("Allow", allow)]
        return problem
    }

    /// Of a process that only flushes.
    static let notServing: Problem = {
        var problem = Problem(503, "This process only flushes. Others serve.")
        problem.fields = [APIResponse.Field("Retry-After", "1")]
        return problem
    }()

    static let unsupportedMediaType = Problem(415, "The body must be application/json in UTF-8.")
    static let bodyTooLarge = Problem(413, "The body is too large.")
    static let bodyIncomplete = Problem(400, "The body did not arrive whole.")
    static let bodyMissing = Problem(400, "A JSON body is needed.")

    static let busy: Problem = {
        var problem = Problem(503, "Try again later: too much is being uploaded.")
        problem.fields = [APIResponse.Field("Retry-After", "1")]
        return problem
    }()

    /// Of a service, or of one person.
    static let tooManyFollowers: Problem = {
        var problem = Problem(503, "Try again later: too many are following.")
        problem.fields = [APIResponse.Field("Retry-After", "5")]
        return problem
    }()

    static func badParameter(_ name: String, _ rule: String) -> Problem {
        Problem(400, "The query parameter \(name) must be \(rule).")
    }

    static func badHeader(_ name: String, _ rule: String) -> Problem {
        Problem(400, "The header \(name) must be \(rule).")
    }

    init(_ error: RequestBodyError) {
        switch error {
        case .tooLarge: self = .bodyTooLarge
        case .incomplete: self = .bodyIncomplete
        }
    }

    init(_ error: SessionError) {
        switch error {
        case .notFound:
            self = .notFound
        case .status(let status):
            self.init(409, "The session is \(status.rawValue), and that does not allow it.")
            currentStatus = status.rawValue
        case .planStatus(let part, let status):
            self.init(409, "The \(part.rawValue) is \(status), and that does not allow it.")
            currentStatus = status
        case .hopIsOpen(let status):
            self.init(409, "Another hop of the mission is open: it is \(status).")
            currentStatus = status
        case .missionTaken:
            self.init(409, "The mission belongs to another session.")
        case .full(let bound):
            self.init(422, bound)
        case .missionTooLarge:
            self.init(413, "The mission would come to more than \(MissionLimits.treeBytes) bytes.")
        case .invalid(let pointer, let detail):
            self.init(422, "The body breaks a rule.")
            faults = [Fault(pointer: pointer, detail: detail)]
        case .version(let version):
            self.init(412, "If-Match does not hold: it has changed.")
            currentVersion = version
        case .keyReused:
            self.init(422, "The Idempotency-Key was used before for something else.")
            type = "/problems/idempotency-key-reused"
        case .metadataTooLarge:
            self.init(413, "A part of the body is too large.")
            faults = [Fault(pointer: "/session_metadata", detail: "would come to more than metadata may be")]
        case .overQuota(let quota, let seconds):
            self.init(429, "Your quota of \(quota.rawValue) is used up.")
            type = "/problems/over-quota"
            fields = [APIResponse.Field("Retry-After", "\(max(1, seconds))")]
        case .unavailable(let reason, let seconds), .hotTierAway(let reason, let seconds):
            self.init(503, "Try again later: \(reason).")
            fields = [APIResponse.Field("Retry-After", "\(max(1, seconds))")]
        case .outcomeUnknown:
            self.init(
                504,
                "It is not known whether the write happened. Repeat it with the same Idempotency-Key, or look before.")
            type = "/problems/outcome-unknown"
        case .failed:
            self.init(500, "The service failed at this. Nothing is known to be lost; the log says more.")
        }
    }
}
