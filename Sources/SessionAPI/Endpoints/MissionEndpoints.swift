import SessionCore
import SessionModel

/// Behind `/missions`.
struct MissionEndpoints: Sendable {
    let sessions: Sessions

    /// With `?session_id=` it is linked to that session in the same atom.
    func create(_ exchange: Exchange) async throws -> APIResponse {
        let session = try Self.session(exchange)
        let (root, body) = try await exchange.json()
        let written = try await sessions.createMission(
            NewMission(root, limits: exchange.limits), session: session, user: exchange.user,
            idempotency: try exchange.idempotency(body, query: session.map { "?session_id=\($0)" } ?? ""))
        return await exchange.answer(
            201, MissionJSON.document(written.value), write: written.write, isReplay: written.isReplay,
            source: written.source, location: "/api/missions/\(written.value.mission.id)")
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await sessions.missions.load(exchange.id(), user: exchange.user)
        return try exchange.answer(view.source) { MissionJSON.document(view.mission) }
    }

    private static func session(_ exchange: Exchange) throws(Problem) -> SessionID? {
        guard let text = try exchange.query()["session_id"] else { return nil }
        guard let id = SessionID(text) else { throw .badParameter("session_id", "a lower-case UUID") }
        return id
    }
}
