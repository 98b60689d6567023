/// Something that a mission or a hop works on or brings forth. Its `content` is not in here: it may be large, and is
/// written and fetched by itself.
public struct Asset: Sendable, Equatable {
    public var id: AssetID
    public var userID: UserID
    public var missionID: MissionID
    public var scope: AssetScope
    public var name: String
    public var description: String?
    /// A JSON object.
    public var schemaDefinition: [UInt8]
    public var subtype: String?
    public var status: AssetStatus
    public var role: AssetRole
    public var contentSummary: String?
    /// The envelope that hides `asset_metadata`; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: AssetID, userID: UserID, missionID: MissionID, scope: AssetScope, name: String, description: String? = nil,
        schemaDefinition: [UInt8] = ToolStep.emptyObject, subtype: String? = nil, status: AssetStatus = .proposed,
        role: AssetRole, contentSummary: String? = nil, sealedMetadata: [UInt8]? = nil, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.missionID = missionID
        self.scope = scope
        self.name = name
        self.description = description
        self.schemaDefinition = schemaDefinition
        self.subtype = subtype
        self.status = status
        self.role = role
        self.contentSummary = contentSummary
        self.sealedMetadata = sealedMetadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// `scope_id`: the id of the mission or hop it belongs to.
    public var scopeID: String {
        switch scope {
        case .mission: missionID.description
        case .hop(let hop): hop.description
        }
    }

    public var scopeType: AssetScopeType {
        switch scope {
        case .mission: .mission
        case .hop: .hop
        }
    }
}
