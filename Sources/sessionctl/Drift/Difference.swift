import SessionCore
import SessionModel

/// Something that the tiers disagree about, or that the hot tier's parts do.
struct Difference: Sendable, Equatable {
    /// What is done about it.
    enum Remedy: String, Sendable {
        /// The hot copy goes, and is loaded from SQLite again.
        case reload
        /// SQLite gets the hot copy, whole.
        case rewrite
        /// The indexes and the liveness key follow the session's status.
        case index
        /// What is flushed is given its time to live, and leaves the indexes of what isn't.
        case settle
    }

    var subject: Subject
    var what: String
    var remedy: Remedy
}
