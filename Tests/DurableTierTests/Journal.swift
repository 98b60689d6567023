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
        add(raw: fields.map { LogEntry.Field(name: $0.0, value: Array($0.1.utf8)) })
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

    mutating func mission(_ id: MissionID, _ user: String = "7", name: String) {
        let document = Mission(
            id: id, userID: UserID(user) ?? user7, name: name, description: nil, goal: nil, successCriteria: ["done"],
            status: .inProgress, sealedMetadata: nil, version: 1, logID: .zero,
            createdAt: Timestamp(milliseconds: now), updatedAt: Timestamp(milliseconds: now)
        ).document()
        add([
            ("op", "mission"), ("mid", id.description), ("user_id", user), ("at", String(now)),
            ("mission", String(decoding: document, as: UTF8.self)),
        ])
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
