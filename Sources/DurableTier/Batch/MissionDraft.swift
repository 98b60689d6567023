import SessionCore
import SessionModel

/// What the entries of a batch come to for one mission: each part once, in its last state.
struct MissionDraft {
    let id: MissionID
    let userID: UserID
    /// Whether SQLite doesn't have it yet.
    let isNew: Bool
    private(set) var version: Int64
    private(set) var logID: LogID
    private(set) var outline: MissionOutline
    private(set) var parts = MissionParts()

    /// Of a mission that is made by the entry `logID`.
    init(creating id: MissionID, of user: UserID, at logID: LogID) {
        self.id = id
        userID = user
        isNew = true
        version = 0
        self.logID = logID
        outline = MissionOutline()
    }

    /// Of a row.
    init(id: MissionID, userID: UserID, version: Int64, logID: LogID, outline: MissionOutline) {
        self.id = id
        self.userID = userID
        isNew = false
        self.version = version
        self.logID = logID
        self.outline = outline
    }

    /// Of a mission as the hot tier has it, all of it, to be written where nothing is of it.
    init(whole tree: MissionTree, contents: [AssetID: [UInt8]]) throws {
        self.init(creating: tree.id, of: tree.userID, at: tree.logID)
        var parts: [MissionPart: [UInt8]] = [.mission: tree.mission]
        for hop in tree.hops { parts[.hop(hop.id)] = hop.document }
        for step in tree.steps { parts[.step(step.id)] = step.document }
        for asset in tree.assets { parts[.asset(asset.id)] = asset.document }
        for (asset, content) in contents { parts[.content(asset)] = content }
        try take(
            MissionChange(kind: .creation, id: tree.id, userID: tree.userID, version: 1, parts: parts), tree.logID)
        version = tree.version
    }

    /// Takes in one change. Throws a ``Rejection`` where it doesn't fit, and is void then.
    mutating func take(_ change: MissionChange, _ logID: LogID) throws {
        guard change.version == (change.kind == .resealing ? version : version &+ 1) else {
            throw Rejection(
                version == 0
                    ? "version \(change.version) at the creation of the mission"
                    : "version \(change.version) of the mission doesn't follow on \(version)")
        }
        let newer = try MissionParts(change)
        for asset in try outline.take(newer) { parts.dropContent(of: asset) }
        parts.merge(newer)
        version = change.version
        self.logID = logID
    }
}
