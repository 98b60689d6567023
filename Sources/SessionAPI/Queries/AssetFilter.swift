import SessionCore
import SessionModel

/// Which of a mission's assets are asked for: `?scope_type=&scope_id=&role=`. What isn't given doesn't matter.
struct AssetFilter {
    private var scopeType: AssetScopeType?
    /// The id of the mission, or of one of its hops: text, since it may be either's.
    private var scopeID: String?
    private var role: AssetRole?

    init(_ query: Query) throws(Problem) {
        scopeType = try query.choice("scope_type", of: AssetScopeType.self)
        role = try query.choice("role", of: AssetRole.self)
        guard let text = try query["scope_id"] else { return }
        guard HopID(text) != nil else { throw .badParameter("scope_id", "a lower-case UUID") }
        scopeID = text
    }

    func matches(_ asset: MissionTree.AssetEntry, of mission: MissionID) -> Bool {
        let (type, id): (AssetScopeType, String) =
            switch asset.scope {
            case .mission: (.mission, mission.description)
            case .hop(let hop): (.hop, hop.description)
            }
        return (scopeType ?? type) == type && (scopeID ?? id) == id && (role ?? asset.role) == asset.role
    }
}
