/// What is known of one session or mission.
struct Record: Sendable {
    enum Kind: Sendable { case session, mission }

    let id: String
    let user: String
    let kind: Kind
    /// As it was when it was last compared, in both tiers; nil: it was made since.
    var base: Content?
    /// Acknowledged since.
    var writes: [Write] = []
    /// Effects of requests whose outcome the client never learned, or learned late: each may have happened.
    var maybe: [Effect] = []
    /// Requests of unknown outcome: each may have made a version.
    var unknown = 0
    var deletion: Write?
    var isDeletionTried = false
    /// It is not as its clients believe, because something of it was lost: they leave it.
    var isStale = false
    /// Answers that a client had no reason to expect.
    var refusals: [String] = []

    /// Whether a client has had to do with it since it was last compared.
    var isTouched: Bool {
        base == nil || !writes.isEmpty || unknown > 0 || isDeletionTried || !refusals.isEmpty
    }
}
