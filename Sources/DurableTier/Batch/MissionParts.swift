import SessionCore
import SessionModel

/// Parts of a mission as entries bring them, read. What an entry doesn't bring isn't in here; what it takes away is nil.
struct MissionParts {
    private(set) var mission: Mission?
    private(set) var hops: [HopID: Hop?] = [:]
    private(set) var steps: [ToolStepID: ToolStep?] = [:]
    private(set) var assets: [AssetID: Asset?] = [:]
    /// JSON.
    private(set) var contents: [AssetID: [UInt8]?] = [:]

    init() {}

    /// Throws a ``Rejection`` where one can't be read, or isn't what it is called: of another id, mission or user.
    init(_ change: MissionChange) throws {
        for (part, document) in change.parts {
            let fits: Bool
            do throws(DocumentError) {
                fits = try take(part, document.isEmpty ? nil : document, change)
            } catch {
                throw Rejection("\(error)")
            }
            guard fits else { throw Rejection("\(part.name) is another's") }
        }
    }

    private mutating func take(
        _ part: MissionPart, _ document: [UInt8]?, _ change: MissionChange
    ) throws(DocumentError) -> Bool {
        switch part {
        case .mission:
            let read = try Mission(document: document ?? [])
            mission = read
            return read.id == change.id && read.userID == change.userID
        case .hop(let id):
            guard let document else {
                hops[id] = .some(nil)
                return true
            }
            let hop = try Hop(document: document)
            hops[id] = hop
            return hop.id == id && hop.missionID == change.id
        case .step(let id):
            guard let document else {
                steps[id] = .some(nil)
                return true
            }
            let step = try ToolStep(document: document)
            steps[id] = step
            return step.id == id
        case .asset(let id):
            guard let document else {
                assets[id] = .some(nil)
                return true
            }
            let asset = try Asset(document: document, in: change.id)
            assets[id] = asset
            return asset.id == id && asset.userID == change.userID
        case .content(let id):
            contents[id] = .some(document)
            return true
        }
    }

    /// Puts `newer` over these: each part is as the last entry has it.
    mutating func merge(_ newer: MissionParts) {
        mission = newer.mission ?? mission
        hops.merge(newer.hops) { $1 }
        steps.merge(newer.steps) { $1 }
        assets.merge(newer.assets) { $1 }
        contents.merge(newer.contents) { $1 }
    }

    /// Forgets the content of an asset that has gone with all it had: one of the same name begins without.
    mutating func dropContent(of asset: AssetID) { contents[asset] = nil }
}
