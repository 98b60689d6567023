import SessionCore
import SessionModel

/// Every key and channel of the hot tier is spelled here and nowhere else. The shard in braces puts all the keys of
/// one script into one slot of a cluster.
struct Keys: Sendable {
    private let prefix: String

    /// Of one shard.
    init(prefix: String, shard: Shard) {
        self.prefix = "\(prefix):{\(shard.number)}:"
    }

    func session(_ id: SessionID) -> String { key("session:", id) }
    func messages(_ id: SessionID) -> String { key("messages:", id) }
    func alive(_ id: SessionID) -> String { key("alive:", id) }
    /// Of a session or a mission.
    func gone<Kind>(_ id: Identifier<Kind>) -> String { key("gone:", id) }
    func mission(_ id: MissionID) -> String { key("mission:", id) }
    /// The mission that is to be unlinked from `session`; the session's own key where there is none to be found.
    func mission(_ link: KnownLink?, or session: SessionID) -> String {
        guard let link, !link.isLost else { return self.session(session) }
        return mission(link.mission)
    }
    func user(_ id: UserID) -> String { prefix + "user:" + id.keyText }
    /// The user's missions whose last change is not flushed.
    func missions(_ id: UserID) -> String { prefix + "missions:" + id.keyText }
    var activity: String { prefix + "activity" }
    var abandoned: String { prefix + "abandoned" }
    var touched: String { prefix + "touched" }
    var log: String { prefix + "log" }
    var flush: String { prefix + "flush" }
    /// The highest N of the user's names `Session N`.
    func numbers(_ id: UserID) -> String { prefix + "numbers:" + id.keyText }
    /// What the user has, counted since it was measured.
    func usage(_ id: UserID) -> String { prefix + "usage:" + id.keyText }
    /// The user's writes in the present window.
    func writes(_ id: UserID) -> String { prefix + "writes:" + id.keyText }
    func idempotency(_ user: UserID, _ keyHash: String) -> String { prefix + "idem:" + user.keyText + ":" + keyHash }
    var manifest: String { prefix + "manifest" }
    /// Patterns for SCAN.
    var allSessions: String { prefix + "session:*" }
    var allMissions: String { prefix + "mission:*" }
    var allGone: String { prefix + "gone:*" }
    var allNumbers: String { prefix + "numbers:*" }

    func session(named key: String) -> SessionID? { id(key, "session:") }
    func mission(named key: String) -> MissionID? { id(key, "mission:") }

    /// As if it were a session's.
    func gone(named key: String) -> SessionID? { id(key, "gone:") }

    private func id<Kind>(_ key: String, _ kind: String) -> Identifier<Kind>? {
        key.hasPrefix(prefix + kind) ? Identifier<Kind>(key.dropFirst(prefix.count + kind.count)) : nil
    }

    func events(_ id: SessionID) -> String { key("events:", id) }
    var flushed: String { prefix + "flushed" }

    private func key<Kind>(_ kind: String, _ id: Identifier<Kind>) -> String {
        prefix + kind + id.description
    }

    /// The session whose liveness key `key` is; nil for any other key.
    static func session(ofAlive key: String, prefix: String) -> SessionID? {
        guard key.hasPrefix("\(prefix):{"), let kind = key.firstRange(of: "}:alive:") else { return nil }
        guard let id = SessionID(key[kind.upperBound...]), key == Keys(prefix: prefix, shard: id.shard).alive(id) else {
            return nil
        }
        return id
    }
}
