import Redis
import SessionCore
import SessionModel

/// Every key and channel of the hot tier is spelled here and nowhere else. The shard in braces puts all the keys of
/// one script into one slot of a cluster.
struct Keys: Sendable {
    private let prefix: String
    let activity: String
    let abandoned: String
    let touched: String
    let log: String
    let flush: String
    let manifest: String
    let flushed: String

    /// Of one shard.
    init(prefix: String, shard: Shard) {
        let prefix = "\(prefix):{\(shard.number)}:"
        self.prefix = prefix
        activity = prefix + "activity"
        abandoned = prefix + "abandoned"
        touched = prefix + "touched"
        log = prefix + "log"
        flush = prefix + "flush"
        manifest = prefix + "manifest"
        flushed = prefix + "flushed"
    }

    func session(_ id: SessionID) -> Key { key("session:", id) }
    func session(_ id: SessionID) -> String { (session(id) as Key).text }
    func messages(_ id: SessionID) -> Key { key("messages:", id) }
    func messages(_ id: SessionID) -> String { (messages(id) as Key).text }
    func alive(_ id: SessionID) -> Key { key("alive:", id) }
    func alive(_ id: SessionID) -> String { (alive(id) as Key).text }
    /// Of a session or a mission.
    func gone<Kind>(_ id: Identifier<Kind>) -> Key { key("gone:", id) }
    func gone<Kind>(_ id: Identifier<Kind>) -> String { (gone(id) as Key).text }
    func mission(_ id: MissionID) -> Key { key("mission:", id) }
    func mission(_ id: MissionID) -> String { (mission(id) as Key).text }
    /// The mission that is to be unlinked from `session`; the session's own key where there is none to be found.
    func mission(_ link: KnownLink?, or session: SessionID) -> Key {
        guard let link, !link.isLost else { return self.session(session) }
        return mission(link.mission)
    }
    func user(_ id: UserID) -> Key { Key(prefix: prefix, kind: "user:", name: .text(id.keyText)) }
    func user(_ id: UserID) -> String { (user(id) as Key).text }
    /// The user's missions whose last change is not flushed.
    func missions(_ id: UserID) -> String { prefix + "missions:" + id.keyText }
    /// The highest N of the user's names `Session N`.
    func numbers(_ id: UserID) -> String { prefix + "numbers:" + id.keyText }
    /// What the user has, counted since it was measured.
    func usage(_ id: UserID) -> String { prefix + "usage:" + id.keyText }
    /// The user's writes in the present window.
    func writes(_ id: UserID) -> String { prefix + "writes:" + id.keyText }
    func idempotency(_ user: UserID, _ keyHash: String) -> String { prefix + "idem:" + user.keyText + ":" + keyHash }
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

    func events(_ id: SessionID) -> Key { key("events:", id) }
    func events(_ id: SessionID) -> String { (events(id) as Key).text }

    private func key<Kind>(_ kind: StaticString, _ id: Identifier<Kind>) -> Key {
        Key(prefix: prefix, kind: kind, name: .id(SessionID(high: id.high, low: id.low)))
    }

    /// The session whose liveness key `key` is; nil for any other key.
    static func session(ofAlive key: String, prefix: String) -> SessionID? {
        guard key.hasPrefix("\(prefix):{"), let kind = key.firstRange(of: "}:alive:") else { return nil }
        guard let id = SessionID(key[kind.upperBound...]),
            key == Keys(prefix: prefix, shard: id.shard).alive(id) as String
        else {
            return nil
        }
        return id
    }
}

/// A key in its parts, which a command takes as they are: putting them together first is what costs.
struct Key {
    enum Name {
        /// Of whatever kind.
        case id(SessionID)
        case text(String)
    }

    let prefix: String
    let kind: StaticString
    let name: Name

    var text: String {
        switch name {
        case .id(let id): "\(prefix)\(kind)\(id)"
        case .text(let name): "\(prefix)\(kind)\(name)"
        }
    }
}

extension RedisCommand {
    mutating func append(key: Key) {
        switch key.name {
        case .id(let id):
            append(key.prefix, key.kind, count: SessionID.textLength) { id.write(to: $0) }
        case .text(let name):
            append(key.prefix, key.kind, count: name.utf8.count) { _ = $0.update(fromContentsOf: name.utf8) }
        }
    }

    mutating func append<Kind>(_ id: Identifier<Kind>) {
        append("", "", count: SessionID.textLength) { id.write(to: $0) }
    }
}
