import SessionModel

@testable import SessionCore

extension MissionTree {
    /// Every document. Contents are no part of a tree.
    var parts: [MissionPart: [UInt8]] {
        var parts: [MissionPart: [UInt8]] = [.mission: mission]
        for hop in hops { parts[.hop(hop.id)] = hop.document }
        for step in steps { parts[.step(step.id)] = step.document }
        for asset in assets { parts[.asset(asset.id)] = asset.document }
        return parts
    }

    /// The tree that a store has once `written` is in it.
    func writing(_ written: [MissionPart: [UInt8]], version: Int64, log: LogID) throws -> MissionTree {
        var (hops, steps, assets): ([HopEntry], [StepEntry], [AssetEntry]) = ([], [], [])
        for (part, document) in parts.merging(written, uniquingKeysWith: { $1 }) where !document.isEmpty {
            switch part {
            case .mission, .content: break
            case .hop: hops.append(try HopEntry(document: document))
            case .step: steps.append(try StepEntry(document: document))
            case .asset: assets.append(try AssetEntry(document: document))
            }
        }
        return MissionTree(
            id: id, userID: userID, version: version, logID: log, sessionID: sessionID,
            mission: written[.mission] ?? mission, hops: hops, steps: steps, assets: assets)
    }

    /// The tree after a change that somebody else made.
    func changed(_ change: (inout MissionPlan) throws -> Void) throws -> MissionTree {
        var plan = try MissionPlan(self, now: Timestamp(milliseconds: 1_500))
        try change(&plan)
        _ = try plan.finish()
        return try writing(
            plan.parts, version: plan.tree.version, log: LogID(milliseconds: 1, sequence: logID.sequence + 1))
    }
}

extension [MissionPart: [UInt8]] {
    /// What a store holds after `written` is written into it.
    mutating func write(_ written: [MissionPart: [UInt8]]) {
        for (part, document) in written { self[part] = document.isEmpty ? nil : document }
    }
}
