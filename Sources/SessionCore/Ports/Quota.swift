import SessionModel

/// What one user may have and do; nil: any amount.
public struct QuotaPolicy: Sendable, Equatable {
    /// Sessions, whatever their status.
    public var sessions: Int?
    /// Messages of a chat.
    public var messages: Int?
    /// Bytes of everything that is stored of a user, as SQLite stores it.
    public var bytes: Int?
    public var writesPerMinute: Int?

    /// Milliseconds: the window of ``writesPerMinute``, and how long what a user has is counted on from one measurement.
    public static let window: Int64 = 60_000
    /// Seconds after which a full chat is worth another try: only deleting its session empties it.
    public static let fullChat = 3600

    public init() {}

    /// Whether a write must be asked for before it is made. (A chat's length is looked at where it grows.)
    var asksFirst: Bool { sessions != nil || bytes != nil || writesPerMinute != nil }
    var measures: Bool { sessions != nil || bytes != nil }
}

/// What a write adds to what its user has.
public struct QuotaCost: Sendable, Equatable {
    public var sessions: Int
    /// Of the request's body: what is stored of it is about as long.
    public var bytes: Int

    public init(sessions: Int, bytes: Int) {
        self.sessions = sessions
        self.bytes = bytes
    }

    var negated: QuotaCost { QuotaCost(sessions: -sessions, bytes: -bytes) }
}

public enum Quota: String, Sendable {
    case sessions, messages, bytes, writes
}

/// What asking for a write came to.
public enum QuotaReply: Sendable, Equatable {
    case granted
    /// What the user has must be measured first.
    case unmeasured
    /// Used up; worth another try after so many milliseconds.
    case refused(Quota, milliseconds: Int64)
}

/// The hot tier counts what users spend.
public protocol HotQuotas: Sendable {
    /// - Parameters:
    ///   - keyHash: of the idempotency key that the write carries: if it was used, nothing is spent.
    ///   - measured: what the user has.
    func spend(_ cost: QuotaCost, of user: UserID, keyHash: String?, measured: QuotaCost?) async throws(HotError)
        -> QuotaReply
}

/// The durable tier measures what users have.
public protocol DurableUsage: Sendable {
    /// Bytes of all metadata, messages, plans and contents of a user.
    func storedBytes(of user: UserID) async throws(DurableError) -> Int
}
