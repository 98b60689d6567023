import Foundation
import Logging
import NIOCore
import SessionCore
import SessionModel
import Synchronization

@testable import SessionAPI

/// A responder on fakes, and people who ask it.
struct TestService {
    static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    static let now = FakeHotStore.now

    let hot = FakeHotStore()
    let quotas = FakeQuotas()
    let metrics = PrometheusRegistry()
    let log = LogLines()
    let readiness = Readiness(waitingFor: [])
    let responder: APIResponder

    init(
        committed: LogID = .zero, limits: APILimits = APILimits(), quotaPolicy: QuotaPolicy = QuotaPolicy(),
        logLevel: Logger.Level = .critical, isDevelopment: Bool = false
    ) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("secret", Self.secret, mode: 0o600)
        var logger = Logger(label: "test") { [log] _ in LineHandler(lines: log) }
        logger.logLevel = logLevel
        let tokens = try await TokenKeys(TokenKeySource(.secret, path: path), logger: logger)
        let rules = try require(TokenRules())
        let shards = try require(ShardCount(1))
        let durability = Durability(durable: EmptyDurableStore(), shards: shards)
        durability.committed(committed, in: Shard(number: 0))
        var service = APIResponder.Service(
            tokens: tokens, rules: rules, limits: limits, durability: durability,
            readiness: readiness, metrics: metrics, logger: logger, now: { Self.now })
        if isDevelopment {
            service.development = DevelopmentTokens(secret: String(decoding: Self.secret, as: UTF8.self), rules: rules)
        }
        let sessions = Sessions(
            hot: hot, durable: EmptyDurableStore(), seal: MetadataSeal(try KeyRing(KeyRing.newText())), shards: shards,
            lifecycle: LifecyclePolicy(), longestMetadata: limits.metadataBytes, reads: ColdReads(), logger: logger)
        responder = APIResponder(
            service, sessions: sessions,
            quotas: Quotas(policy: quotaPolicy, hot: quotas, usage: quotas, sessions: sessions))
    }

    static func token(_ user: String = "42") -> String {
        let seconds = now.milliseconds / 1000
        guard let user = UserID(user) else { return "" }
        return TokenMint.token(user: user, secret: secret, issued: seconds, expires: seconds + 3600)
    }

    /// `user` nil sends no token.
    func ask(
        _ method: String, _ target: String, _ body: String? = nil, user: String?,
        _ headers: [RequestHeader: String] = [:]
    ) async -> Answer {
        var headers = headers
        if let user, headers[.authorization] == nil { headers[.authorization] = "Bearer " + Self.token(user) }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return await send(method, target, Array((body ?? "").utf8), headers)
    }

    func ask(_ method: String, _ target: String, _ body: String? = nil) async -> Answer {
        await ask(method, target, body, user: "42")
    }

    func ask(_ method: String, _ target: String, _ headers: [RequestHeader: String]) async -> Answer {
        await ask(method, target, nil, user: "42", headers)
    }

    func ask(_ method: String, _ target: String, _ body: String?, _ headers: [RequestHeader: String]) async -> Answer {
        await ask(method, target, body, user: "42", headers)
    }

    func send(_ method: String, _ target: String, _ body: [UInt8], _ headers: [RequestHeader: String]) async -> Answer {
        let source = TestSource(headers: headers, bytes: ByteBuffer(bytes: body))
        let response = await send(method, target, source)
        return Answer(response: response, bodyWasRead: source.wasRead.withLock { $0 })
    }

    func send(_ method: String, _ target: String, _ source: any RequestSource) async -> APIResponse {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return await responder.respond(
            to: APIRequest(method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil, source: source))
    }

    /// The id of a new session.
    func session(user: String = "42") async throws -> String {
        let answer = await ask("POST", "/api/sessions/", "{}", user: user)
        let session = try require(answer.json["user_session"] as? [String: Any])
        return try require(session["id"] as? String)
    }
}

struct Answer {
    let response: APIResponse
    let bodyWasRead: Bool

    var status: Int { response.status }
    subscript(name: String) -> String? { response[name] }
    var bytes: [UInt8] {
        switch response.body {
        case .empty: []
        case .buffer(let buffer): Array(buffer.readableBytesView)
        case .stream: []
        }
    }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:] }
    /// The pointers of a problem's errors.
    var pointers: [String] { (json["errors"] as? [[String: String]] ?? []).compactMap { $0["pointer"] } }
    /// Everything but what differs from request to request.
    var fingerprint: String {
        let fields = response.fields.filter { $0.name != "X-Request-ID" && $0.name != "traceparent" }
        return "\(status) \(fields.map { "\($0.name): \($0.value)" }.joined(separator: "|")) \(text)"
    }
}

final class TestSource: RequestSource {
    let headers: [RequestHeader: String]
    let bytes: ByteBuffer
    let wasRead = Mutex(false)

    init(headers: [RequestHeader: String], bytes: ByteBuffer) {
        self.headers = headers
        self.bytes = bytes
    }

    func value(of header: RequestHeader) -> String? { headers[header] }
    var bodyLength: Int? { bytes.readableBytes }
    func body(upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer {
        wasRead.withLock { $0 = true }
        guard bytes.readableBytes <= limit else { throw .tooLarge }
        return bytes
    }
}

struct Missing: Error {}

/// As `#require`, where the value is not `Sendable` or there is no test to fail.
func require<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
}
