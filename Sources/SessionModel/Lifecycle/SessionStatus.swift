public enum SessionStatus: String, Sendable, CaseIterable {
    case active, completed, abandoned, archived
}

/// What can move a session from one status to another.
public enum SessionMove: String, Sendable, CaseIterable {
    case complete
    /// Its person archives it.
    case archive
    /// Its person asks for it back.
    case resume
    /// Its person does something in it: activity, a message, a metadata write, a mission link.
    case use
    /// Its liveness key ran out: nothing was done for `abandon_after`.
    case abandon
    /// `archive_after` has passed since it was abandoned.
    case retire

    /// The statuses this move may start from. A session that is in none of them stays as it is, and the move is
    /// refused with 409. This is the lifecycle's only table: scripts and SQL get their statuses from it.
    public var from: [SessionStatus] {
        switch self {
        case .complete: [.active]
        case .archive: [.active, .completed, .abandoned]
        case .resume: [.completed, .abandoned, .archived]
        case .use: [.active, .abandoned]
        case .abandon: [.active]
        case .retire: [.abandoned]
        }
    }

    public var to: SessionStatus {
        switch self {
        case .complete: .completed
        case .archive, .retire: .archived
        case .resume, .use: .active
        case .abandon: .abandoned
        }
    }

    /// The move that a person's wish for `status` is. Nobody can wish a session abandoned: that is only inferred.
    public init?(to status: SessionStatus) {
        switch status {
        case .active: self = .resume
        case .completed: self = .complete
        case .archived: self = .archive
        case .abandoned: return nil
        }
    }
}
