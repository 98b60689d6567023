import SessionCore
import SessionModel

/// Behind `/missions/{mission}/hops`.
struct HopEndpoints: Sendable {
    let missions: Missions

    func create(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, condition) = (try exchange.id() as MissionID, try exchange.condition())
        let (root, body) = try await exchange.json()
        let written = try await missions.add(
            NewHop(root, limits: exchange.limits), to: mission, user: exchange.user, condition: condition,
            idempotency: try exchange.idempotency(body))
        return await exchange.answer(
            201, written, MissionJSON.hop(written.value),
            location: "/api/missions/\(mission)/hops/\(written.value.id)")
    }

    func list(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await missions.load(exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) { MissionJSON.hops(view.value.hops) }
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await missions.hop(exchange.id(1), of: exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) { MissionJSON.hop(view.value) }
    }

    func replace(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, hop) = (try exchange.id() as MissionID, try exchange.id(1) as HopID)
        let condition = try exchange.condition()
        let replacement = try HopReplacement(try await exchange.json().root, limits: exchange.limits)
        let written = try await missions.replace(
            hop, of: mission, user: exchange.user, with: replacement, condition: condition)
        return await exchange.answer(200, written, MissionJSON.hop(written.value))
    }

    func move(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, hop) = (try exchange.id() as MissionID, try exchange.id(1) as HopID)
        let condition = try exchange.condition()
        let status: HopStatus = try await exchange.status()
        let written = try await missions.move(
            hop, of: mission, user: exchange.user, to: status, condition: condition)
        return await exchange.answer(200, written, MissionJSON.hop(written.value))
    }

    func delete(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await missions.remove(
            exchange.id(1) as HopID, of: exchange.id(), user: exchange.user, condition: try exchange.condition())
        return await exchange.answer(204, written, nil)
    }
}
