public import SessionModel

/// What a session is at, as far as its followers are told: never what it holds.
public struct SessionPosition: Sendable, Equatable {
    public var version: Int64
    /// Also the sequence number of the newest message.
    public var messageCount: Int64
    public var status: SessionStatus
    /// The log entry of the last change that is known.
    public var logID: LogID

    public init(version: Int64, messageCount: Int64, status: SessionStatus, logID: LogID) {
        self.version = version
        self.messageCount = messageCount
        self.status = status
        self.logID = logID
    }
}

/// A change of a session or of its mission, as the hot tier publishes it when it happens. What is nil stayed as it was.
public struct LiveChange: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case message, session, status, mission, deletion
    }

    public var kind: Kind
    /// Nil where only its mission changed.
    public var version: Int64?
    public var messageCount: Int64?
    public var status: SessionStatus?
    public var missionVersion: Int64?
    public var logID: LogID

    public init(
        _ kind: Kind, version: Int64? = nil, messageCount: Int64? = nil, status: SessionStatus? = nil,
        missionVersion: Int64? = nil, logID: LogID
    ) {
        self.kind = kind
        self.version = version
        self.messageCount = messageCount
        self.status = status
        self.missionVersion = missionVersion
        self.logID = logID
    }
}

extension SessionPosition {
    /// - Returns: false where this position has the change already.
    public mutating func take(_ change: LiveChange) -> Bool {
        if let version = change.version {
            guard version > self.version else { return false }
            self.version = version
        }
        if let count = change.messageCount { messageCount = count }
        if let status = change.status { self.status = status }
        logID = max(logID, change.logID)
        return true
    }
}
