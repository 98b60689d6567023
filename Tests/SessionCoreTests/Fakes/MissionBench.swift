import SessionModel

@testable import SessionCore

/// The missions of user `u` between two tiers in memory. One mission in progress, with a hop that executes, two steps and
/// an asset; nobody has it yet.
struct MissionBench {
    let hot = FakeHotStore()
    let store = FakeDurableStore()
    let sessions: Sessions
    let user: UserID
    let hop: HopID
    let steps: [ToolStepID]
    let asset: AssetID
    let tree: MissionTree

    init() throws {
        var fake = try FakePlan()
        hop = fake.hop(.executing)
        steps = [fake.step(.readyToExecute, of: hop), fake.step(.readyToExecute, of: hop)]
        asset = fake.asset(.pending)
        fake.mission.currentHopID = hop
        tree = try fake.tree()
        user = tree.userID
        sessions = try .fake(hot, store)
    }

    var missions: Missions { sessions.missions }
    var id: MissionID { tree.id }

    func makeHot() { hot.state.withLock { $0.missions.trees[id] = tree } }
    func makeCold() { store.state.withLock { $0.missions[id] = DurableMission(tree: tree, contents: [:]) } }

    /// What the hot tier has of it.
    var kept: MissionTree? { hot.state.withLock { $0.missions.trees[id] } }
    /// The versions upon which changes were tried.
    var tried: [Int64] { hot.state.withLock { $0.missions.amendments.map(\.versionBefore) } }

    /// Somebody else changes the mission.
    func change(
        _ change: @escaping @Sendable (inout MissionPlan) throws -> Void
    ) -> @Sendable (inout FakeHotStore.State) throws -> Void {
        { [id] in $0.missions.trees[id] = try $0.missions.trees[id]?.changed(change) }
    }

    /// Somebody else gives it another name.
    func rename(_ name: String) -> @Sendable (inout FakeHotStore.State) throws -> Void {
        change {
            var replacement = MissionReplacement()
            replacement.name = name
            try $0.replace(replacement, metadata: nil)
        }
    }
}
