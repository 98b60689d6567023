import SessionModel

/// What a log entry asks SQLite to do. One entry is one operation: it is applied whole or set aside whole.
///
/// Fields of an entry (all values are text, `metadata` apart; times in milliseconds):
///
/// | field | in | meaning |
/// |---|---|---|
/// | `op` | all | `create`, `append`, a ``SessionMove``'s name, `delete`, `mission` |
/// | `sid`, `user_id` | sessions | whose |
/// | `version` | sessions | the session's version after it |
/// | `at` | all | when, which is also `updated_at` |
/// | `last_activity_at` | sessions | as it is after it |
/// | `name`, `status`, `mission_id`, `metadata` | create, updates | the new value; an absent field is unchanged, an empty `mission_id` or `metadata` is none |
/// | `abandoned_at` | abandon | when |
/// | `first`, `m` | append | the first message's sequence number; each message's encoded JSON, in order |
/// | `mission`, `mid` | mission | the encoded mission; its id |
public enum Change: Sendable {
    case session(SessionChange)
    case deletion(SessionID, UserID)
    case mission(MissionDocument)
}

public struct SessionChange: Sendable {
    public var id: SessionID
    public var userID: UserID
    /// Whether the session begins with this entry.
    public var creates: Bool
    public var version: Int64
    public var at: Timestamp
    public var lastActivityAt: Timestamp
    public var name: String?
    public var status: SessionStatus?
    /// `.some(nil)` unlinks.
    public var missionID: MissionID??
    /// Nil is unchanged; empty stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var abandonedAt: Timestamp?
    public var firstSequence: Int64
    public var messages: [[UInt8]]
    /// A mission created and linked in the same atom.
    public var mission: MissionDocument?
}

public struct MissionDocument: Sendable, Equatable {
    public var id: MissionID
    public var userID: UserID
    public var at: Timestamp
    public var json: [UInt8]
}

/// Why an entry can't be understood; no retry heals it.
public struct ChangeError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension Change {
    /// Reads an entry. Throws when a field is missing, unknown, twice, or not what its name promises.
    public init(_ entry: LogEntry) throws(ChangeError) {
        var reader = try LogEntryReader(entry)
        let operation = try reader.text("op")
        switch operation {
        case "delete":
            self = .deletion(try reader.identifier("sid"), try reader.user())
            _ = reader.optional("at")
            _ = reader.optional("version")
        case "mission":
            self = .mission(try reader.mission())
            _ = reader.optional("at")
            _ = reader.optional("user_id")
        default:
            guard operation == "create" || operation == "append" || SessionMove(rawValue: operation) != nil else {
                throw ChangeError(description: "unknown operation")
            }
            self = .session(try reader.sessionChange(creates: operation == "create"))
        }
        try reader.finish()
    }
}
