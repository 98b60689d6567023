import SessionModel
import SessionTesting

/// A write as a client sends it, as often as it takes.
struct Request: Sendable {
    var method: String
    /// Behind `/api`.
    var path: String
    var body: String?
    /// `Idempotency-Key`; nil: it has none.
    var key: String?
    /// `Prefer: durability=durable`.
    var isDurable = false
}

/// What came of it.
enum Reply: Sendable {
    /// 2xx. `unknown`: how many requests before had an outcome that nobody knows.
    case done(Answer, unknown: Int)
    /// It was refused.
    case refused(status: Int, text: String, unknown: Int)
    /// No answer came for so long that the client gave up.
    case open(unknown: Int)
}

struct Answer: Sendable {
    var http: HTTPAnswer
    var sent: Instant
    var answered: Instant

    var isReplay: Bool { http.header("Idempotent-Replayed") == "true" }

    /// - Parameter isVersioned: whether the answer's ETag is of what the effects are on.
    func write(_ effects: [Effect], isVersioned: Bool = true) throws -> Write {
        guard let id = http.header("Write-Id").flatMap({ WriteID($0) }) else {
            throw TestingError("an answer to a write without Write-Id: \(http.status) \(http.text)")
        }
        return Write(
            id: id, version: isVersioned ? version : nil, effects: effects,
            isDurable: http.header("Preference-Applied") == "durability=durable", sent: sent, answered: answered)
    }

    /// Of the ETag `"v7"`.
    private var version: Int? { http.header("ETag").flatMap { Int($0.dropFirst(2).dropLast()) } }
}

/// Sends a user's requests.
struct Sender: Sendable {
    /// How long one request may take. Then the client hangs up, and what it sent may still happen.
    static let requestLimit: Duration = .seconds(4)
    /// How long a write is tried.
    static let patience: Duration = .seconds(30)

    let http: HTTPClient
    private let authorization: String

    init(_ stack: Stack, user: String) {
        http = stack.http
        authorization = "Bearer \(stack.signer.token(user: user))"
    }

    /// Once.
    func send(_ request: Request, within limit: Duration = requestLimit) async throws -> Answer {
        var headers = [("Authorization", authorization)]
        if request.body != nil { headers.append(("Content-Type", "application/json")) }
        if let key = request.key { headers.append(("Idempotency-Key", key)) }
        if request.isDurable { headers.append(("Prefer", "durability=durable, wait=1")) }
        let sent = ContinuousClock.now
        let answer = try await http.request(
            request.method, "/api" + request.path, headers: headers, body: request.body.map { Array($0.utf8) },
            within: limit)
        return Answer(http: answer, sent: sent, answered: .now)
    }

    /// Until it is answered 2xx or refused: what may be repeated is repeated.
    func perform(_ request: Request, unknown before: Int = 0) async -> Reply {
        let end = ContinuousClock.now + Self.patience
        var unknown = before
        while ContinuousClock.now < end {
            if let answer = try? await send(request) {
                switch answer.http.status {
                case 200...299: return .done(answer, unknown: unknown)
                // Nothing was written.
                case 429, 503: break
                case 500, 502, 504: unknown += 1
                default: return .refused(status: answer.http.status, text: answer.http.text, unknown: unknown)
                }
            } else {
                unknown += 1
            }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 10...30)))
        }
        return .open(unknown: unknown)
    }
}
