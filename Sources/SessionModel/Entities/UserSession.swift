/// A person's workspace: one chat, perhaps a mission, sealed metadata, and when its person was last seen.
public struct UserSession: Sendable, Equatable {
    public static let metadataField: StaticString = "session_metadata"

    public var id: SessionID
    public var userID: UserID
    public var name: String
    public var status: SessionStatus
    public var missionID: MissionID?
    /// The envelope that hides `session_metadata`; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    /// 1 at creation, one more with every change but activity.
    public var version: Int64
    /// The log entry of its last change.
    public var logID: LogID
    /// Also the sequence number of the newest message.
    public var messageCount: Int64
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var lastActivityAt: Timestamp
    /// Only while active.
    public var abandonsAt: Timestamp?
    /// Only while abandoned.
    public var abandonedAt: Timestamp?

    public init(
        id: SessionID, userID: UserID, name: String, status: SessionStatus, missionID: MissionID? = nil,
        sealedMetadata: [UInt8]? = nil, version: Int64, logID: LogID, messageCount: Int64, createdAt: Timestamp,
        updatedAt: Timestamp, lastActivityAt: Timestamp, abandonsAt: Timestamp? = nil, abandonedAt: Timestamp? = nil
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.status = status
        self.missionID = missionID
        self.sealedMetadata = sealedMetadata
        self.version = version
        self.logID = logID
        self.messageCount = messageCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastActivityAt = lastActivityAt
        self.abandonsAt = abandonsAt
        self.abandonedAt = abandonedAt
    }
}
