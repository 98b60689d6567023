import SessionCore
import SessionModel

/// Lets anybody be anybody, on a development server: `POST /api/development/tokens` {user_id, seconds?}.
public struct DevelopmentTokens: Sendable {
    private let secret: [UInt8]
    private let rules: TokenRules

    /// Seconds that a token may be good for: longer than anybody tries something out.
    static let longest: Int64 = 86_400
    static let byDefault: Int64 = 3_600
    /// Bytes of a body: one id.
    static let bodyBytes = 1_024

    public init(secret: String, rules: TokenRules) {
        self.secret = Array(secret.utf8)
        self.rules = rules
    }

    /// 201 {token, expires_at}
    func answer(_ request: APIRequest, now: Timestamp) async throws(Problem) -> APIResponse {
        // What a page of another site can send without being asked first has another type (the Fetch Standard, CORS).
        guard let type = request.source.value(of: .contentType), MediaType(contentType: type) == .json else {
            throw .unsupportedMediaType
        }
        let bytes: [UInt8]
        do {
            bytes = Array(try await request.source.body(upTo: Self.bodyBytes).readableBytesView)
        } catch {
            throw Problem(error)
        }
        guard let root = (try? JSONTape(bytes))?.root else { throw .bodyMissing }
        var faults = BodyFaults()
        var user: UserID?
        var seconds = Self.byDefault
        for (key, value) in try root.object() {
            switch key {
            case "user_id":
                user = UserID(value.string ?? (value.kind == .number ? String(decoding: value.raw, as: UTF8.self) : ""))
                if user == nil { faults.note("/user_id", "must be an id of 1 to 128 bytes") }
            case "seconds":
                seconds = Int64(String(decoding: value.raw, as: UTF8.self)) ?? 0
                if !(1...Self.longest).contains(seconds) { faults.note("/seconds", "must be 1 to \(Self.longest)") }
            default:
                faults.noteUnknown(key, in: "")
            }
        }
        try faults.check()
        guard let user else { throw Problem(422, "The body needs a user_id.") }
        let issued = now.milliseconds / 1000
        let token = TokenMint.token(
            user: user, secret: secret, issued: issued, expires: issued + seconds, issuer: rules.issuer,
            audience: rules.audience)
        var writer = JSONObjectWriter(reserving: 512)
        writer.member("token", token)
        writer.member("expires_at", Timestamp(milliseconds: (issued + seconds) * 1000).description)
        return .json(201, writer.finish())
    }
}
