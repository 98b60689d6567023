import SessionCore
import SessionModel

/// Writes log entries as the hot tier would.
struct Journal {
    private(set) var entries: [LogEntry] = []
    private var next: UInt64 = 1
    let shard: Shard
    static let start: Int64 = 1_795_430_000_000

    init(shard: Shard = Shard(number: 0)) { self.shard = shard }

    var now: Int64 { Self.start + Int64(next) }

    func newSession() -> SessionID {
        var generator = SystemRandomNumberGenerator()
        return SessionID.random(in: shard, at: Timestamp(milliseconds: now), using: &generator)
    }

    mutating func add(_ fields: [(String, String)]) {
        add(raw: Self.fields(fields))
    }

    mutating func add(raw fields: [LogEntry.Field]) {
        entries.append(LogEntry(id: LogID(milliseconds: UInt64(Self.start), sequence: next), fields: fields))
        next += 1
    }

    /// The fields that each session entry has.
    func common(_ operation: String, _ id: SessionID, _ user: String, version: Int64, activity: Int64? = nil)
        -> [(String, String)]
    {
        [
            ("op", operation), ("sid", id.description), ("user_id", user), ("version", String(version)),
            ("at", String(now)), ("last_activity_at", String(activity ?? now)),
        ]
    }

    mutating func create(_ id: SessionID, _ user: String = "7", name: String = "Session 1") {
        add(common("create", id, user, version: 1) + [("name", name), ("status", "active")])
    }

    mutating func append(
        _ id: SessionID, _ user: String = "7", version: Int64, first: Int64, count: Int = 1, content: String = "hello"
    ) {
        add(
            common("append", id, user, version: version) + [("first", String(first))]
                + (0..<Int64(count)).map { ("m", Self.message(id, first + $0, content)) })
    }

    mutating func update(
        _ id: SessionID, _ user: String = "7", version: Int64, move: String = "use", _ fields: [(String, String)]
    ) {
        add(common(move, id, user, version: version) + fields)
    }

    mutating func delete(_ id: SessionID, _ user: String = "7") {
        add([("op", "delete"), ("sid", id.description), ("user_id", user), ("version", "9"), ("at", String(now))])
    }

    func newMission() -> MissionID {
        let id = newSession()
        return MissionID(high: id.high, low: id.low)
    }

    /// An entry about a mission alone; `operation` is `mission`, `amend` or `discard`.
    mutating func mission(
        _ operation: String, _ id: MissionID, _ user: String = "7", version: Int64,
        _ parts: [MissionPart: [UInt8]] = [:]
    ) {
        let head = [("op", operation), ("user_id", user), ("at", String(now))]
        add(raw: Self.fields(head) + Self.missionFields(id, version: version, parts))
    }

    /// An entry of a session that carries a change of a mission.
    mutating func session(
        _ common: [(String, String)], mission id: MissionID, version: Int64, _ parts: [MissionPart: [UInt8]] = [:]
    ) {
        add(raw: Self.fields(common) + Self.missionFields(id, version: version, parts))
    }

    private static func fields(_ texts: [(String, String)]) -> [LogEntry.Field] {
        texts.map { LogEntry.Field(name: $0.0, value: Array($0.1.utf8)) }
    }

    private static func missionFields(
        _ id: MissionID, version: Int64, _ parts: [MissionPart: [UInt8]]
    ) -> [LogEntry.Field] {
        fields([("mid", id.description), ("mission_version", String(version))])
            + parts.map { LogEntry.Field(name: $0.key.name, value: $0.value) }.sorted { $0.name < $1.name }
    }

    static func message(_ id: SessionID, _ sequence: Int64, _ content: String = "hello") -> String {
        let time = Timestamp(milliseconds: start)
        return """
            {"id":"\(MessageID(high: id.high, low: UInt64(sequence)))","chat_id":"\(id.chat)","sequence_order":\(sequence),\
            "role":"user","content":"\(content)","message_metadata":{"tokens":3},"created_at":"\(time)","updated_at":"\(time)"}
            """
    }

    mutating func take() -> [LogEntry] {
        defer { entries = [] }
        return entries
    }
}

let shard0 = Shard(number: 0)
let user7: UserID = UserID("7") ?? { fatalError("7 is a user id") }()
