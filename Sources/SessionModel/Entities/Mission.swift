/// The plan an agent carries out for one person.
public struct Mission: Sendable, Equatable {
    public var id: MissionID
    public var userID: UserID
    public var name: String
    public var description: String?
    public var goal: String?
    public var successCriteria: [String]
    public var status: MissionStatus
    /// The envelope that hides `mission_metadata`; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var version: Int64
    /// The log entry of its last change.
    public var logID: LogID
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: MissionID, userID: UserID, name: String, description: String?, goal: String?, successCriteria: [String],
        status: MissionStatus, sealedMetadata: [UInt8]?, version: Int64, logID: LogID, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.goal = goal
        self.successCriteria = successCriteria
        self.status = status
        self.sealedMetadata = sealedMetadata
        self.version = version
        self.logID = logID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
