import NIOCore
import SessionCore
import SessionModel

/// A request of a known person in the hands of an endpoint: what it says, checked, and what an answer to it must say.
struct Exchange: Sendable {
    let request: APIRequest
    let route: Route
    let captures: [Substring]
    let user: UserID
    let limits: APILimits
    let durability: Durability
    let bodyShare: BodyShare

    /// The id at a place of the path. What is no id names nothing.
    func id<Kind>(_ place: Int = 0) throws(Problem) -> Identifier<Kind> {
        guard captures.indices.contains(place), let id = Identifier<Kind>(captures[place].utf8) else {
            throw .notFound
        }
        return id
    }

    func query() throws(Problem) -> Query { try Query(request.query) }

    private func header(_ header: RequestHeader) -> String? {
        request.source.value(of: header).flatMap { $0.isEmpty ? nil : $0 }
    }
}

// MARK: - Conditions

extension Exchange {
    /// `If-Match`.
    func condition() throws(Problem) -> VersionCondition {
        guard let text = header(.ifMatch) else { return .any }
        guard let list = EntityTag.list(text) else { throw .badHeader("If-Match", "* or a list of entity tags") }
        return list.condition
    }

    /// Whether `If-None-Match` says that the client has this version.
    func isKnown(_ version: Int64) throws(Problem) -> Bool {
        guard let text = header(.ifNoneMatch) else { return false }
        guard let list = EntityTag.list(text) else { throw .badHeader("If-None-Match", "* or a list of entity tags") }
        return list.holds(version)
    }

    /// `Idempotency-Key`, with what was asked. `query` is what of the query means anything, in one spelling.
    func idempotency(_ body: RequestBody, query: String = "") throws(Problem) -> Idempotency? {
        guard let key = header(.idempotencyKey) else { return nil }
        guard Idempotency.isValid(key) else {
            throw .badHeader("Idempotency-Key", "1 to \(APILimits.idempotencyKeyLength) printable ASCII characters")
        }
        return Idempotency(key: key, method: route.method, target: canonicalPath + query, body: body.bytes)
    }

    /// Of the `Idempotency-Key`, if there is one that can be one.
    var idempotencyKeyHash: String? {
        header(.idempotencyKey).flatMap { Idempotency.isValid($0) ? Idempotency.keyHash($0) : nil }
    }

    /// The path in its one spelling, however it was encoded and whatever its trailing slash.
    private var canonicalPath: String {
        var rest = captures[...]
        return route.pattern.split(separator: "/").reduce(into: "") { path, segment in
            path += "/"
            path += segment.hasPrefix("{") ? rest.popFirst() ?? "" : segment
        }
    }
}

// MARK: - The body

/// A body as it came, and what it says.
struct RequestBody: Sendable {
    var bytes: ByteBuffer
    /// Nil without a body.
    var root: JSONValue?
}

extension Exchange {
    /// Reads the body. Of the wrong type, announced as too long, or broken off it is refused before it is looked at.
    ///
    /// - Parameter limit: bytes; nil for ``APILimits/bodyBytes``.
    func body(_ types: [MediaType] = [.json], upTo limit: Int? = nil) async throws(Problem) -> RequestBody {
        if request.source.bodyLength == 0 { return RequestBody(bytes: ByteBuffer()) }
        let type = header(.contentType)
        if let type {
            guard let known = MediaType(contentType: type), types.contains(known) else { throw .unsupportedMediaType }
        }
        let limit = limit ?? limits.bodyBytes
        try bodyShare.take(min(request.source.bodyLength ?? limit, limit))
        let bytes: ByteBuffer
        do {
            bytes = try await request.source.body(upTo: limit)
        } catch {
            throw Problem(error)
        }
        guard bytes.readableBytes > 0 else { return RequestBody(bytes: bytes) }
        guard type != nil else { throw .unsupportedMediaType }
        do {
            return RequestBody(bytes: bytes, root: try JSONTape(Array(bytes.readableBytesView)).root)
        } catch {
            throw Problem(400, "The body \(error.reason.rawValue) (at byte \(error.offset)).")
        }
    }

    /// What a body says that must be there.
    func json(
        _ types: [MediaType] = [.json], upTo limit: Int? = nil
    ) async throws(Problem) -> (root: JSONValue, body: RequestBody) {
        let body = try await body(types, upTo: limit)
        guard let root = body.root else { throw .bodyMissing }
        return (root, body)
    }
}

// MARK: - The answer

extension Exchange {
    /// An answer to a read. With a version it is a session's or a mission's, and 304 where the client has it already.
    ///
    /// - Parameter isToldByVersion: whether who has this version has all that the body says.
    func answer(
        _ source: AnswerSource, version: Int64? = nil, isToldByVersion: Bool = true, _ body: () -> [UInt8]
    ) throws(Problem) -> APIResponse {
        var response: APIResponse
        if let version, try isKnown(version), isToldByVersion {
            response = APIResponse(status: 304)
        } else {
            response = .json(200, body())
        }
        if let version { response.add("ETag", EntityTag.text(version)) }
        response.add("Cache-Status", source.cacheStatus)
        return response
    }

    /// An answer to a write that happened: whatever comes after, it is a 2xx. Where it shall be durable it waits.
    func answer(
        _ status: Int, _ body: [UInt8]?, write: WriteID?, isReplay: Bool, source: AnswerSource, version: Int64? = nil,
        location: String? = nil
    ) async -> APIResponse {
        var response = body.map { APIResponse.json(status, $0) } ?? APIResponse(status: status)
        if let location { response.add("Location", location) }
        if let version { response.add("ETag", EntityTag.text(version)) }
        if isReplay { response.add("Idempotent-Replayed", "true") }
        response.add("Cache-Status", source.cacheStatus)
        guard let write else { return response }
        response.add("Write-Id", write.description)
        let preferences = Preferences(header(.prefer))
        if preferences.isDurable {
            let seconds = preferences.wait ?? APILimits.durableWaitSecondsByDefault
            if await durability.wait(for: write, seconds: Double(seconds)) {
                response.add("Preference-Applied", "durability=durable")
            }
        }
        return response
    }
}
