import SessionCore
import SessionModel

extension MissionModel {
    /// Changes one thing, or nothing where there is none of the kind.
    mutating func changeAnyhow(_ random: inout SeededGenerator) {
        // Sorted, so that a seed always makes the same history.
        let hop = hops.keys.sorted { $0.low < $1.low }.randomElement(using: &random)
        let step = steps.keys.sorted { $0.low < $1.low }.randomElement(using: &random)
        let asset = assets.keys.sorted { $0.low < $1.low }.randomElement(using: &random)
        let number = Int.random(in: 0..<1_000, using: &random)
        switch (Int.random(in: 0..<12, using: &random), hop, step, asset) {
        case (0...1, _, _, _): addHop(name: "hop \(number)")
        case (2...3, let hop?, _, _): addStep(to: hop, name: "step \(number)")
        case (4, let hop?, _, _): addAsset(.hop(hop), content: number % 2 == 0 ? "\(number)" : nil)
        case (5, _, _, _): addAsset(content: number % 2 == 0 ? "[\(number)]" : nil)
        case (6, let hop?, _, _): remove(hop: hop, namingAll: number % 2 == 0)
        case (7, _, let step?, _): remove(step: step)
        case (8, _, _, let asset?): remove(asset: asset)
        case (9, _, _, let asset?):
            let long = "\"" + String(repeating: "x", count: number * 2) + "\""
            put(content: number % 3 == 0 ? nil : Array(long.utf8), of: asset)
        case (10, _, let id?, _):
            guard var step = steps[id] else { return }
            step.status = .executing
            step.executionResult = Array("\(number)".utf8)
            put(step)
        default: mission.name = "mission \(number)"
        }
    }
}
