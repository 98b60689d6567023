import SessionModel

/// One change of a mission, worked out upon what it was, with all that follows from it. A pure state machine: nothing of
/// it is so until its parts are written, and they are written only if the mission is still what it was.
///
///     tree as it was ──a wish──▶ lifecycle tables ──▶ cascades ──▶ rules ──▶ the parts to write, tree as it will be
///                                      └─ not allowed: a SessionError, and nothing came of it
///
/// Rules, beside the tables of `SessionModel/Lifecycle`: a mission has one open hop at most; hops, and the steps of a hop,
/// are numbered without gaps; a hop that executes completes with the last of its open steps; a mission in progress
/// completes when it has output assets and all of them are ready.
///
/// Methods throw a ``SessionError`` where something is refused, and a `DocumentError` where what is stored can't be read.
/// After an error the plan is void.
struct MissionPlan {
    var tree: MissionTree
    var mission: Mission
    /// Never before the mission's last change.
    let now: Timestamp
    /// What is to be written; empty where a part is gone.
    private(set) var parts: [MissionPart: [UInt8]] = [:]
    private let missionBefore: Mission
    private let bytesBefore: Int

    init(_ tree: MissionTree, now: Timestamp) throws {
        self.tree = tree
        mission = try Mission(document: tree.mission)
        missionBefore = mission
        bytesBefore = tree.byteCount
        self.now = max(now, mission.updatedAt)
    }

    mutating func write(_ part: MissionPart, _ document: [UInt8]) { parts[part] = document }

    /// Ends the plan. Whether anything is to be written.
    mutating func finish() throws -> Bool {
        completeMission()
        guard mission != missionBefore || !parts.isEmpty else { return false }
        mission.updatedAt = now
        tree.mission = mission.document()
        write(.mission, tree.mission)
        tree.version &+= 1
        let bytes = tree.byteCount
        guard bytes <= max(MissionLimits.treeBytes, bytesBefore) else { throw SessionError.missionTooLarge }
        return true
    }

    // MARK: the mission itself

    mutating func replace(_ replacement: MissionReplacement, metadata: [UInt8]??) throws {
        replacement.apply(to: &mission)
        if let metadata { mission.sealedMetadata = metadata }
        if let status = replacement.status, status != mission.status { try move(to: status) }
    }

    mutating func move(to status: MissionStatus) throws {
        guard mission.status.next.contains(status) else {
            throw SessionError.planStatus(.mission, mission.status.rawValue)
        }
        mission.status = status
        if let cascade = status.assetCascade { try follow(cascade, assetsOf: .mission) }
    }

    private mutating func completeMission() {
        guard mission.status == .inProgress else { return }
        let outputs = tree.assets.filter { $0.scope == .mission && $0.role == .output }
        guard !outputs.isEmpty, outputs.allSatisfy({ $0.status == .ready }) else { return }
        mission.status = .completed
    }
}
