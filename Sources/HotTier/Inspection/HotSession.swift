import SessionModel

/// A session as it lies in the hot tier, whatever it is: nothing is decoded that might be damaged.
public struct HotSession: Sendable {
    /// One of its keys that is there.
    public struct Key: Sendable {
        public var name: String
        public var type: String
        /// Fields, elements or bytes, as its type has it.
        public var size: Int
        /// Bytes.
        public var memory: Int?
        /// Milliseconds; nil: it doesn't expire.
        public var ttl: Int64?
    }

    /// An index of the shard or its user that has the session.
    public struct Place: Sendable {
        public var key: String
        public var score: Timestamp
    }

    public var keys: [Key]
    public var places: [Place]
    /// The session's hash; empty where there is none.
    public var fields: [String: [UInt8]]
    /// When the liveness key expires; nil where there is none.
    public var abandonsAt: Timestamp?
    public var abandonedAt: Timestamp?
    /// Whether its newest activity is yet to be written to SQLite.
    public var isTouched: Bool
    public var tombstone: Tombstone?
    /// The hash of the mission it is linked to; empty where there is none.
    public var missionFields: [String: [UInt8]]
    /// Nil where there is none, or where the hash makes no sense.
    public var mission: MissionTree?
    /// Where the log was trimmed last; nil where it never was.
    public var cursor: LogID?
    public var hasLog: Bool
    /// Redis' clock.
    public var now: Timestamp

    public func text(_ field: String) -> String? { fields[field].map { String(decoding: $0, as: UTF8.self) } }
    public var missionID: MissionID? { text("mission_id").flatMap { MissionID($0) } }
    public var logID: LogID? { text("log_id").flatMap { LogID($0) } }
}

/// An entry of the log, in short.
public struct LoggedChange: Sendable {
    public var id: LogID
    public var operation: String
    /// Of the session or the mission after it.
    public var version: String
    /// What it carries.
    public var bytes: Int
}
