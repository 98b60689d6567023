/// One leg of a mission: planned, implemented in tool steps, and carried out.
public struct Hop: Sendable, Equatable {
    public var id: HopID
    public var missionID: MissionID
    /// 1, 2, 3 … without gaps in each mission.
    public var sequence: Int64
    public var name: String
    public var description: String?
    public var goal: String?
    public var rationale: String?
    public var successCriteria: [String]
    public var status: HopStatus
    public var isFinal: Bool
    /// Set when it completes.
    public var isResolved: Bool
    public var errorMessage: String?
    /// The envelope that hides `hop_metadata`; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    /// Ids of assets, as its planner names them. They need not exist (yet).
    public var intendedInputs: [AssetID]
    public var intendedOutputs: [AssetID]
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: HopID, missionID: MissionID, sequence: Int64, name: String, description: String? = nil, goal: String? = nil,
        rationale: String? = nil, successCriteria: [String] = [], status: HopStatus = .planStarted,
        isFinal: Bool = false, isResolved: Bool = false, errorMessage: String? = nil, sealedMetadata: [UInt8]? = nil,
        intendedInputs: [AssetID] = [], intendedOutputs: [AssetID] = [], createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.missionID = missionID
        self.sequence = sequence
        self.name = name
        self.description = description
        self.goal = goal
        self.rationale = rationale
        self.successCriteria = successCriteria
        self.status = status
        self.isFinal = isFinal
        self.isResolved = isResolved
        self.errorMessage = errorMessage
        self.sealedMetadata = sealedMetadata
        self.intendedInputs = intendedInputs
        self.intendedOutputs = intendedOutputs
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
