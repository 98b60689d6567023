import SessionCore
import SessionModel

/// Behind `/missions`.
struct MissionEndpoints: Sendable {
    let sessions: Sessions

    /// With `?session_id=` it is linked to that session in the same atom.
    func create(_ exchange: Exchange) async throws -> APIResponse {
        let session = try Self.session(exchange)
        let (root, body) = try await exchange.json(upTo: exchange.limits.assetBodyBytes)
        let written = try await sessions.createMission(
            NewMission(root, limits: exchange.limits), session: session, user: exchange.user,
            idempotency: try exchange.idempotency(body, query: session.map { "?session_id=\($0)" } ?? ""))
        return await exchange.answer(
            201, written, MissionJSON.document(written.value), location: "/api/missions/\(written.value.id)")
    }

    func list(_ exchange: Exchange) async throws -> APIResponse {
        let query = try exchange.query()
        let status = try query.choice("status_filter", of: MissionStatus.self)
        let page = try PageQuery<MissionKind>(query)
        let found = try await sessions.missions.list(user: exchange.user, status: status, page: page.request)
        return try exchange.answer(found.source) { MissionJSON.page(found, number: page.number, size: page.size) }
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await sessions.missions.load(exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) { MissionJSON.document(view.value) }
    }

    func replace(_ exchange: Exchange) async throws -> APIResponse {
        let (id, condition) = (try exchange.id() as MissionID, try exchange.condition())
        let replacement = try MissionReplacement(try await exchange.json().root, limits: exchange.limits)
        let written = try await sessions.missions.replace(
            id, user: exchange.user, with: replacement, condition: condition)
        return await exchange.answer(200, written, MissionJSON.document(written.value))
    }

    func move(_ exchange: Exchange) async throws -> APIResponse {
        let (id, condition) = (try exchange.id() as MissionID, try exchange.condition())
        let status: MissionStatus = try await exchange.status()
        let written = try await sessions.missions.move(id, user: exchange.user, to: status, condition: condition)
        return await exchange.answer(200, written, MissionJSON.document(written.value))
    }

    func delete(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await sessions.deleteMission(
            exchange.id(), user: exchange.user, condition: try exchange.condition())
        return await exchange.answer(
            204, nil, write: written.write, isReplay: written.isReplay, source: written.source)
    }

    private static func session(_ exchange: Exchange) throws(Problem) -> SessionID? {
        guard let text = try exchange.query()["session_id"] else { return nil }
        guard let id = SessionID(text) else { throw .badParameter("session_id", "a lower-case UUID") }
        return id
    }
}

extension Exchange {
    /// The status that a body wishes for. `application/json`, or a merge patch, which says the same.
    func status<Status: PlanStatus>() async throws(Problem) -> Status {
        try StatusBody(try await json([.json, .mergePatch]).root).status
    }

    /// An answer to a write to a mission, with the mission's version after it.
    func answer<Value>(
        _ status: Int, _ written: MissionWritten<Value>, _ body: [UInt8]?, location: String? = nil
    ) async -> APIResponse {
        await answer(
            status, body, write: written.write, isReplay: written.isReplay, source: written.source,
            version: written.version, location: location)
    }
}
