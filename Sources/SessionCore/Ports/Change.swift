import SessionModel

/// What a log entry asks SQLite to do. One entry is one operation: it is applied whole or set aside whole.
///
/// Fields of an entry (all values are text, `metadata` apart; times in milliseconds):
///
/// | field | in | meaning |
/// |---|---|---|
/// | `op` | all | `create`, `append`, a ``SessionMove``'s name, `delete`; `mission`, `amend`, `discard`; `reseal` of either; operators' `retry`, `drop`, `forget`, `rewrite` |
/// | `sid` | sessions, `discard` of a linked mission, `rewrite` of a session | whose |
/// | `user_id` | all | whose |
/// | `version` | sessions | the session's version after it |
/// | `at` | all | when, which is also `updated_at` |
/// | `last_activity_at` | sessions | as it is after it |
/// | `name`, `status`, `mission_id`, `metadata` | create, updates | the new value; an absent field is unchanged, an empty `mission_id` or `metadata` is none |
/// | `abandoned_at` | abandon | when |
/// | `first`, `m` | append | the first message's sequence number; each message's encoded JSON, in order |
/// | `mid`, `mission_version` | missions, alone or with a session's change (`rewrite` has no version) | which; its version after it |
/// | a ``MissionPart``'s name | missions | the part's document; empty is gone |
/// | `unlinked` | sessions | the mission that is no longer the session's: for settling alone |
/// | `letter` | `retry`, `drop` | the number of a dead letter that an operator has looked at |
/// | `idem` | create, append, missions | the idempotency key's first use; see ``KeptOutcome`` |
public enum Change: Sendable {
    case session(SessionChange)
    case deletion(SessionID, UserID)
    case mission(MissionChange)
    /// The session's metadata under another key: the same to whoever reads it, so its version stays.
    case resealing(SessionID, UserID, sealedMetadata: [UInt8])
    case order(Order)
}

/// What an operator asks of SQLite. It goes through the log, because only the flusher writes there.
public enum Order: Sendable, Equatable {
    /// Apply the dead letter after all, or write what it is about out whole.
    case retry(Int64)
    case drop(Int64)
    /// Everything that is left of a user.
    case forget(UserID)
    /// Written out whole from its hot copy, over whatever is there.
    case rewrite(Subject)
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
    /// A mission that is created, or goes, in the same atom.
    public var mission: MissionChange?
}

/// One change of a mission: made, amended or gone.
public struct MissionChange: Sendable {
    public enum Kind: Sendable, Equatable {
        case creation, amendment, deletion
        /// The same parts under another key: the version stays.
        case resealing
    }

    public var kind: Kind
    public var id: MissionID
    public var userID: UserID
    /// The mission's version after it.
    public var version: Int64
    /// Documents and contents by part; empty: the part is gone.
    public var parts: [MissionPart: [UInt8]]

    public init(kind: Kind, id: MissionID, userID: UserID, version: Int64, parts: [MissionPart: [UInt8]]) {
        self.kind = kind
        self.id = id
        self.userID = userID
        self.version = version
        self.parts = parts
    }
}

/// Why an entry can't be understood; no retry heals it.
public struct ChangeError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension Change {
    /// Reads an entry. Throws when a field is missing, unknown, twice, or not what its name promises.
    public init(_ entry: LogEntry) throws(ChangeError) {
        var reader = LogEntryReader(entry)
        let operation = try reader.text("op")
        switch operation {
        case "delete":
            self = .deletion(try reader.identifier("sid"), try reader.user())
            _ = reader.optional("at")
            _ = reader.optional("version")
            _ = reader.optional("unlinked")
        case "mission": self = .mission(try reader.aloneMission(.creation))
        case "amend": self = .mission(try reader.aloneMission(.amendment))
        case "reseal" where reader.has("sid"):
            self = .resealing(
                try reader.identifier("sid"), try reader.user(), sealedMetadata: try reader.demanded("metadata"))
            _ = reader.optional("at")
        case "reseal": self = .mission(try reader.aloneMission(.resealing))
        case "retry": self = .order(.retry(try reader.integer("letter")))
        case "drop": self = .order(.drop(try reader.integer("letter")))
        case "forget": self = .order(.forget(try reader.user()))
        case "rewrite" where reader.has("sid"): self = .order(.rewrite(.session(try reader.identifier("sid"))))
        case "rewrite": self = .order(.rewrite(.mission(try reader.identifier("mid"))))
        case "discard" where !reader.has("sid"): self = .mission(try reader.aloneMission(.deletion))
        default:
            guard ["create", "append", "discard"].contains(operation) || SessionMove(rawValue: operation) != nil else {
                throw ChangeError(description: "unknown operation")
            }
            guard operation != "discard" || reader.has("mid") else { throw ChangeError(description: "no field mid") }
            self = .session(
                try reader.sessionChange(
                    creates: operation == "create", mission: operation == "discard" ? .deletion : .creation))
        }
        try reader.finish()
    }
}
