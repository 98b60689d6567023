import SessionCore
import SessionModel

/// Behind `/missions/{mission}/hops/{hop}/tool-steps`.
struct ToolStepEndpoints: Sendable {
    let missions: Missions

    func create(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, hop) = (try exchange.id() as MissionID, try exchange.id(1) as HopID)
        let condition = try exchange.condition()
        let (root, body) = try await exchange.json()
        let written = try await missions.add(
            NewToolStep(root, limits: exchange.limits), to: hop, of: mission, user: exchange.user,
            condition: condition, idempotency: try exchange.idempotency(body))
        return await exchange.answer(
            201, written, written.value.document,
            location: "/api/missions/\(mission)/hops/\(hop)/tool-steps/\(written.value.id)")
    }

    func list(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await missions.hop(exchange.id(1), of: exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) {
            MissionJSON.list("tool_steps", view.value.steps) { $1 += $0.document }
        }
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await missions.step(
            exchange.id(2), of: exchange.id(1), in: exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) { view.value.document }
    }

    func replace(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, hop) = (try exchange.id() as MissionID, try exchange.id(1) as HopID)
        let (step, condition) = (try exchange.id(2) as ToolStepID, try exchange.condition())
        let replacement = try ToolStepReplacement(try await exchange.json().root, limits: exchange.limits)
        let written = try await missions.replace(
            step, of: hop, in: mission, user: exchange.user, with: replacement, condition: condition)
        return await exchange.answer(200, written, written.value.document)
    }

    func move(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, hop) = (try exchange.id() as MissionID, try exchange.id(1) as HopID)
        let (step, condition) = (try exchange.id(2) as ToolStepID, try exchange.condition())
        let status: ToolStepStatus = try await exchange.status()
        let written = try await missions.move(
            step, of: hop, in: mission, user: exchange.user, to: status, condition: condition)
        return await exchange.answer(200, written, written.value.document)
    }

    func delete(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await missions.remove(
            exchange.id(2) as ToolStepID, of: exchange.id(1), in: exchange.id(), user: exchange.user,
            condition: try exchange.condition())
        return await exchange.answer(204, written, nil)
    }
}
