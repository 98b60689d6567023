import SessionModel

@testable import SessionCore

/// A mission of user `u` in shard 0, part by part, as a test wants it.
struct FakePlan {
    /// When all of it was made.
    static let made = Timestamp(milliseconds: 1_000)

    var mission: Mission
    var hops: [Hop] = []
    var steps: [ToolStep] = []
    var assets: [Asset] = []
    private var next: UInt64 = 1

    init(_ status: MissionStatus = .inProgress, number: UInt64 = 1) throws {
        guard let user = UserID("u") else { throw SessionError.failed }
        mission = Mission(
            id: Self.id(number << 24), userID: user, name: "mission", status: status, createdAt: Self.made,
            updatedAt: Self.made)
    }

    /// Greater numbers are later ids.
    static func id<Kind>(_ number: UInt64) -> Identifier<Kind> {
        Identifier(high: 0x0196_f3c2_aaaa_7000, low: 0x8000_0000_0000_0000 | number << 16)
    }

    private mutating func newID<Kind>() -> Identifier<Kind> {
        defer { next += 1 }
        return Self.id(next)
    }

    @discardableResult mutating func hop(_ status: HopStatus) -> HopID {
        let id: HopID = newID()
        hops.append(
            Hop(
                id: id, missionID: mission.id, sequence: Int64(hops.count) + 1, name: "hop", status: status,
                createdAt: Self.made, updatedAt: Self.made))
        return id
    }

    @discardableResult mutating func step(_ status: ToolStepStatus, of hop: HopID) -> ToolStepID {
        let id: ToolStepID = newID()
        steps.append(
            ToolStep(
                id: id, hopID: hop, toolID: "tool", sequence: Int64(steps.filter { $0.hopID == hop }.count) + 1,
                name: "step", status: status, createdAt: Self.made, updatedAt: Self.made))
        return id
    }

    @discardableResult mutating func asset(
        _ status: AssetStatus, scope: AssetScope = .mission, role: AssetRole = .intermediate
    ) -> AssetID {
        let id: AssetID = newID()
        assets.append(
            Asset(
                id: id, userID: mission.userID, missionID: mission.id, scope: scope, name: "asset", status: status,
                role: role, createdAt: Self.made, updatedAt: Self.made))
        return id
    }

    func tree() throws -> MissionTree {
        MissionTree(
            id: mission.id, userID: mission.userID, version: 1, logID: LogID(milliseconds: 1, sequence: 1),
            mission: mission.document(), hops: try hops.map { try MissionTree.HopEntry(document: $0.document()) },
            steps: try steps.map { try MissionTree.StepEntry(document: $0.document()) },
            assets: try assets.map { try MissionTree.AssetEntry(document: $0.document()) })
    }

    /// A plan upon it, not yet ended.
    func plan(at time: Int64 = 2_000) throws -> MissionPlan {
        try MissionPlan(try tree(), now: Timestamp(milliseconds: time))
    }
}
