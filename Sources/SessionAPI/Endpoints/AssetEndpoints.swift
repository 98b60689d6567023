import SessionCore
import SessionModel

/// Behind `/missions/{mission}/assets`.
struct AssetEndpoints: Sendable {
    let missions: Missions

    func create(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, condition) = (try exchange.id() as MissionID, try exchange.condition())
        let (root, body) = try await exchange.json(upTo: exchange.limits.assetBodyBytes)
        let written = try await missions.add(
            NewAsset(root, in: mission, limits: exchange.limits), to: mission, user: exchange.user,
            condition: condition, idempotency: try exchange.idempotency(body))
        return await exchange.answer(
            201, written, MissionJSON.asset(written.value),
            location: "/api/missions/\(mission)/assets/\(written.value.asset.entry.id)")
    }

    /// `?scope_type=&scope_id=&role=`
    func list(_ exchange: Exchange) async throws -> APIResponse {
        let filter = try AssetFilter(exchange.query())
        let mission: MissionID = try exchange.id()
        let view = try await missions.load(mission, user: exchange.user)
        return try exchange.answer(view.source, version: view.version) {
            MissionJSON.assets(view.value.assets.filter { filter.matches($0.entry, of: mission) })
        }
    }

    func load(_ exchange: Exchange) async throws -> APIResponse {
        let view = try await missions.asset(exchange.id(1), of: exchange.id(), user: exchange.user)
        return try exchange.answer(view.source, version: view.version) { MissionJSON.asset(view.value) }
    }

    func replace(_ exchange: Exchange) async throws -> APIResponse {
        let (mission, asset) = (try exchange.id() as MissionID, try exchange.id(1) as AssetID)
        let condition = try exchange.condition()
        let root = try await exchange.json(upTo: exchange.limits.assetBodyBytes).root
        let written = try await missions.replace(
            asset, of: mission, user: exchange.user, with: AssetReplacement(root, limits: exchange.limits),
            condition: condition)
        return await exchange.answer(200, written, MissionJSON.asset(written.value))
    }

    func delete(_ exchange: Exchange) async throws -> APIResponse {
        let written = try await missions.remove(
            exchange.id(1) as AssetID, of: exchange.id(), user: exchange.user, condition: try exchange.condition())
        return await exchange.answer(204, written, nil)
    }
}
