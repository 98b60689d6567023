import SessionCore
import SessionModel

@testable import DurableTier

/// A mission as a test believes it to be, and what its next entry changes of it.
struct MissionModel {
    let id: MissionID
    var mission: Mission
    var hops: [HopID: Hop] = [:]
    var steps: [ToolStepID: ToolStep] = [:]
    var assets: [AssetID: Asset] = [:]
    var contents: [AssetID: [UInt8]] = [:]
    private(set) var version: Int64 = 0
    private(set) var parts: [MissionPart: [UInt8]] = [:]
    private var made: UInt64 = 0
    static let time = Timestamp(milliseconds: Journal.start)

    init(_ id: MissionID, _ user: UserID = user7, name: String) {
        self.id = id
        mission = Mission(
            id: id, userID: user, name: name, successCriteria: ["done"], createdAt: Self.time, updatedAt: Self.time)
    }

    /// A new id, unlike those of other missions.
    mutating func fresh<Kind>() -> Identifier<Kind> {
        made += 1
        return Identifier(high: id.high, low: id.low &+ made << 20)
    }

    // MARK: changes

    @discardableResult
    mutating func addHop(name: String = "hop") -> HopID {
        let hop = Hop(
            id: fresh(), missionID: id, sequence: Int64(hops.count) + 1, name: name, createdAt: Self.time,
            updatedAt: Self.time)
        mission.currentHopID = hop.id
        put(hop)
        return hop.id
    }

    @discardableResult
    mutating func addStep(to hop: HopID, name: String = "step") -> ToolStepID {
        let step = ToolStep(
            id: fresh(), hopID: hop, toolID: "kettle", sequence: Int64(steps.values.count { $0.hopID == hop }) + 1,
            name: name, createdAt: Self.time, updatedAt: Self.time)
        put(step)
        return step.id
    }

    @discardableResult
    mutating func addAsset(_ scope: AssetScope = .mission, name: String = "asset", content: String? = nil) -> AssetID {
        let asset = Asset(
            id: fresh(), userID: mission.userID, missionID: id, scope: scope, name: name, role: .output,
            createdAt: Self.time, updatedAt: Self.time)
        put(asset)
        if let content { put(content: Array(content.utf8), of: asset.id) }
        return asset.id
    }

    mutating func put(_ hop: Hop) {
        hops[hop.id] = hop
        parts[.hop(hop.id)] = hop.document()
    }

    mutating func put(_ step: ToolStep) {
        steps[step.id] = step
        parts[.step(step.id)] = step.document()
    }

    mutating func put(_ asset: Asset) {
        assets[asset.id] = asset
        parts[.asset(asset.id)] = asset.document()
    }

    /// Nil: none any more.
    mutating func put(content: [UInt8]?, of asset: AssetID) {
        contents[asset] = content
        parts[.content(asset)] = content ?? []
    }

    /// - Parameter namingAll: whether the entry says what goes with it, as the hot tier's does.
    mutating func remove(hop id: HopID, namingAll: Bool = true) {
        let before = parts
        for step in steps.values where step.hopID == id {
            steps[step.id] = nil
            parts[.step(step.id)] = []
        }
        for asset in assets.values where asset.scope == .hop(id) { remove(asset: asset.id) }
        // What the same entry brought is taken back in any case.
        if !namingAll { parts = parts.filter { before[$0.key] != nil } }
        parts[.hop(id)] = []
        guard let gone = hops.removeValue(forKey: id) else { return }
        for var hop in hops.values where hop.sequence > gone.sequence {
            hop.sequence -= 1
            put(hop)
        }
    }

    mutating func remove(step id: ToolStepID) {
        parts[.step(id)] = []
        guard let gone = steps.removeValue(forKey: id) else { return }
        for var step in steps.values where step.hopID == gone.hopID && step.sequence > gone.sequence {
            step.sequence -= 1
            put(step)
        }
    }

    mutating func remove(asset id: AssetID) {
        assets[id] = nil
        contents[id] = nil
        parts[.asset(id)] = []
        parts[.content(id)] = []
    }

    // MARK: entries

    /// Takes what has changed since the last entry, for the next one.
    mutating func takeParts() -> [MissionPart: [UInt8]] {
        version += 1
        parts[.mission] = mission.document()
        defer { parts = [:] }
        return parts
    }

    mutating func write(to journal: inout Journal) {
        mission.updatedAt = Timestamp(milliseconds: journal.now)
        let parts = takeParts()
        journal.mission(version == 1 ? "mission" : "amend", id, mission.userID.text, version: version, parts)
    }

    mutating func discard(to journal: inout Journal) {
        journal.mission("discard", id, mission.userID.text, version: version + 1)
        forget()
    }

    /// As after a discard.
    mutating func forget() { self = MissionModel(id, mission.userID, name: mission.name, made: made) }

    /// The same id anew; those of its parts are not used again.
    private init(_ id: MissionID, _ user: UserID, name: String, made: UInt64) {
        self.init(id, user, name: name)
        self.made = made
    }

    // MARK: what is to be read back

    func tree(logID: LogID, session: SessionID? = nil) throws -> MissionTree {
        MissionTree(
            id: id, userID: mission.userID, version: version, logID: logID, sessionID: session,
            mission: mission.document(), hops: try hops.values.map { try .init(document: $0.document()) },
            steps: try steps.values.map { try .init(document: $0.document()) },
            assets: try assets.values.map { try .init(document: $0.document()) })
    }

    var expectedContents: [AssetID: AssetContent] {
        contents.mapValues { $0.count <= MissionLimits.hotContentBytes ? .here($0) : .cold }
    }
}

extension MissionTree {
    /// With the steps in an order of their own: across hops, theirs means nothing.
    var sorted: MissionTree {
        var tree = self
        tree.steps.sort { ($0.hop.description, $0.sequence) < ($1.hop.description, $1.sequence) }
        return tree
    }
}
