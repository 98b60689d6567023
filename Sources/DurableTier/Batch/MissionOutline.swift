import SessionCore
import SessionModel

/// How the parts of a mission hang together: what must be known of all of them to tell whether a change of some fits.
///
/// It is told here and not left to SQLite's constraints, so that an entry is judged the same whether or not what it brings
/// is gone again by the end of its batch. The rules are those the plan keeps:
///
/// 1. A step is in a hop of the mission, for good; an asset in the mission or in a hop of it, for good; a content is
/// an asset's.
/// 2. Hops, and the steps of a hop, are numbered 1, 2, 3 … without gaps.
/// 3. A number never rises: parts come in at the end and move up when one before them goes. So they can be written in
///    their order, and each finds its number free.
///
/// With a hop its steps and assets go, named or not.
struct MissionOutline {
    struct Hop {
        var sequence: Int64
        /// Whether SQLite has a row of it.
        var isStored: Bool
    }

    struct Step {
        var hop: HopID
        var sequence: Int64
        var isStored: Bool
    }

    struct Asset {
        var hop: HopID?
        var isStored: Bool
    }

    var hops: [HopID: Hop] = [:]
    var steps: [ToolStepID: Step] = [:]
    var assets: [AssetID: Asset] = [:]

    /// Rows that go before any is written. What comes back under the same id is a new row.
    private(set) var removedHops: [HopID] = []
    private(set) var removedSteps: [ToolStepID] = []
    private(set) var removedAssets: [AssetID] = []

    /// Takes in the parts of one entry: what goes, then what comes. Throws a ``Rejection`` where they don't fit, and is void
    /// then. Returns the assets that went.
    mutating func take(_ parts: MissionParts) throws -> [AssetID] {
        let gone = removeAll(of: parts)
        for case (let id, let hop?) in parts.hops { try put(hop, id) }
        for case (let id, let step?) in parts.steps { try put(step, id) }
        for case (let id, let asset?) in parts.assets { try put(asset, id) }
        for case (let id, .some) in parts.contents where assets[id] == nil {
            throw Rejection("there is no asset \(id) that could have a content")
        }
        if !parts.hops.isEmpty || !parts.steps.isEmpty { try checkNumbers() }
        return gone
    }

    private mutating func put(_ hop: SessionModel.Hop, _ id: HopID) throws {
        if let before = hops[id], before.sequence < hop.sequence { throw Rejection("the number of hop \(id) rises") }
        hops[id] = Hop(sequence: hop.sequence, isStored: hops[id]?.isStored ?? false)
    }

    private mutating func put(_ step: ToolStep, _ id: ToolStepID) throws {
        guard hops[step.hopID] != nil else { throw Rejection("tool step \(id) is in no hop of the mission") }
        if let before = steps[id] {
            guard before.hop == step.hopID else { throw Rejection("tool step \(id) is another hop's") }
            if before.sequence < step.sequence { throw Rejection("the number of tool step \(id) rises") }
        }
        steps[id] = Step(hop: step.hopID, sequence: step.sequence, isStored: steps[id]?.isStored ?? false)
    }

    private mutating func put(_ asset: SessionModel.Asset, _ id: AssetID) throws {
        var hop: HopID?
        if case .hop(let id) = asset.scope { hop = id }
        if let hop, hops[hop] == nil { throw Rejection("asset \(id) is in no hop of the mission") }
        if let before = assets[id], before.hop != hop { throw Rejection("asset \(id) is in another scope") }
        assets[id] = Asset(hop: hop, isStored: assets[id]?.isStored ?? false)
    }

    private func checkNumbers() throws {
        guard Self.areWithoutGaps(hops.values.map(\.sequence)) else {
            throw Rejection("the hops are not numbered without gaps")
        }
        let numbers = Dictionary(grouping: steps.values, by: \.hop)
        for (hop, steps) in numbers where !Self.areWithoutGaps(steps.map(\.sequence)) {
            throw Rejection("the tool steps of hop \(hop) are not numbered without gaps")
        }
    }

    private static func areWithoutGaps(_ numbers: [Int64]) -> Bool {
        numbers.allSatisfy { (1...Int64(numbers.count)).contains($0) } && Set(numbers).count == numbers.count
    }
}

extension MissionOutline {
    private mutating func removeAll(of parts: MissionParts) -> [AssetID] {
        var gone: [AssetID] = []
        for case (let id, nil) in parts.assets { gone += remove(asset: id) }
        for case (let id, nil) in parts.steps { remove(step: id) }
        for case (let id, nil) in parts.hops {
            if hops.removeValue(forKey: id)?.isStored == true { removedHops.append(id) }
            for (step, place) in steps where place.hop == id { remove(step: step) }
            for (asset, place) in assets where place.hop == id { gone += remove(asset: asset) }
        }
        return gone
    }

    private mutating func remove(step id: ToolStepID) {
        if steps.removeValue(forKey: id)?.isStored == true { removedSteps.append(id) }
    }

    private mutating func remove(asset id: AssetID) -> [AssetID] {
        guard let asset = assets.removeValue(forKey: id) else { return [] }
        if asset.isStored { removedAssets.append(id) }
        return [id]
    }
}
