import SessionTesting
import Testing

/// A mission with a hop that has a step, and an asset.
struct PlannedMission {
    var id: String
    var hop: String
    var step: String
    var asset: String

    var path: String { "/missions/\(id)" }
    var hopPath: String { "\(path)/hops/\(hop)" }
    var stepPath: String { "\(hopPath)/tool-steps/\(step)" }
    var assetPath: String { "\(path)/assets/\(asset)" }
}

extension Person {
    func plannedMission(session: String? = nil) async throws -> PlannedMission {
        let query = session.map { "?session_id=\($0)" } ?? ""
        let mission = try await post("/missions/\(query)", #"{"name":"m"}"#).json(201)["id"].text()
        let hop = try await post("/missions/\(mission)/hops", #"{"name":"h"}"#).json(201)["id"].text()
        let step = try await post("/missions/\(mission)/hops/\(hop)/tool-steps", #"{"name":"s","tool_id":"t"}"#)
            .json(201)["id"].text()
        let asset = try await post("/missions/\(mission)/assets", #"{"name":"a","role":"output"}"#).json(201)["id"]
            .text()
        return PlannedMission(id: mission, hop: hop, step: step, asset: asset)
    }

    func version(_ mission: String) async throws -> Int {
        try #require(try await get("/missions/\(mission)").json(200)["version"].int)
    }
}
