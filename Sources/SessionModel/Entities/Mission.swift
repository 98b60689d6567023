/// The plan an agent carries out for one person: what is said of the whole. Its parts are in a ``MissionTree``.
public struct Mission: Sendable, Equatable {
    public var id: MissionID
    public var userID: UserID
    public var name: String
    public var description: String?
    public var goal: String?
    public var successCriteria: [String]
    public var status: MissionStatus
    /// The hop that was begun last, until it is completed or removed.
    public var currentHopID: HopID?
    /// The envelope that hides `mission_metadata`; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var createdAt: Timestamp
    /// Of the last change of anything in the mission.
    public var updatedAt: Timestamp

    public init(
        id: MissionID, userID: UserID, name: String, description: String? = nil, goal: String? = nil,
        successCriteria: [String] = [], status: MissionStatus = .awaitingApproval, currentHopID: HopID? = nil,
        sealedMetadata: [UInt8]? = nil, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.goal = goal
        self.successCriteria = successCriteria
        self.status = status
        self.currentHopID = currentHopID
        self.sealedMetadata = sealedMetadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
