import GRDB
import SessionModel
import SessionTesting

/// What SQLite holds, read beside the service by connections that can't write.
struct DurableTier {
    struct Session {
        var user: String
        var name: String
        var status: String
        var mission: String
        var version: Int
        var logID: String
        var messages: Int
    }

    private let queues: [DatabaseQueue]

    static func path(_ site: Site, shard: Int) -> String { "\(site.stack.dataFolder)/shard-\(shard).sqlite" }

    init(_ site: Site) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        queues = try (0..<site.shards).map {
            try DatabaseQueue(path: Self.path(site, shard: $0), configuration: configuration)
        }
    }

    private func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try queues.flatMap { queue in try queue.read { try Row.fetchAll($0, sql: sql, arguments: arguments) } }
    }

    /// How far each shard's log is applied.
    func cursors() throws -> [Shard: LogID] {
        var cursors: [Shard: LogID] = [:]
        for (number, queue) in queues.enumerated() {
            let text = try queue.read { try String.fetchOne($0, sql: "SELECT log_id FROM flush_cursor") }
            cursors[Shard(number: UInt16(number))] = text.flatMap { LogID($0) }
        }
        return cursors
    }

    func sessions() throws -> [String: Session] {
        let sql = """
            SELECT id, user_id, name, status, coalesce(mission_id, ''), version, log_id, message_count FROM user_sessions
            """
        return Dictionary(
            try rows(sql).map { row in
                (
                    row[0] as String,
                    Session(
                        user: row[1], name: row[2], status: row[3], mission: row[4], version: row[5], logID: row[6],
                        messages: row[7])
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Contents in their order.
    func messages(of session: String) throws -> [String] {
        let sql = """
            SELECT m.content FROM chat_messages m JOIN user_sessions s ON s.number = m.session WHERE s.id = ?
            ORDER BY m.sequence_order
            """
        return try rows(sql, [session]).map { $0[0] }
    }

    /// Version and name, by id.
    func missions() throws -> [String: (version: Int, name: String)] {
        Dictionary(
            try rows("SELECT id, version, name FROM missions").map {
                ($0[0] as String, ($0[1] as Int, $0[2] as String))
            },
            uniquingKeysWith: { first, _ in first })
    }

    func mission(_ id: String) throws -> Content? {
        guard let row = try rows("SELECT version, name, status FROM missions WHERE id = ?", [id]).first else {
            return nil
        }
        var content = Content(version: row[0], registers: ["name": row[1], "status": row[2]])
        let hops = "SELECT id, name, status FROM hops WHERE mission_id = ? ORDER BY sequence_order"
        for hop in try rows(hops, [id]) {
            let steps = "SELECT name FROM tool_steps WHERE hop_id = ? ORDER BY sequence_order"
            content.add(hop: hop[1], status: hop[2], steps: try rows(steps, [hop[0] as String]).map { $0[0] })
        }
        return content
    }

    /// What can be said of SQLite alone: what was set aside, numbers with gaps, links to nothing.
    func faults() throws -> [String] {
        let letters = try rows("SELECT log_id, session_id, error, substr(entry, 1, 200) FROM dead_letters")
        let torn = """
            SELECT id, message_count FROM user_sessions s WHERE message_count <>
                (SELECT COUNT(*) FROM chat_message_documents m WHERE m.session = s.number)
            OR message_count <> coalesce(
                (SELECT MAX(sequence_order) FROM chat_message_documents m WHERE m.session = s.number), 0)
            """
        let gaps = """
            SELECT mission_id FROM hops GROUP BY mission_id HAVING MAX(sequence_order) <> COUNT(*)
            UNION ALL SELECT hop_id FROM tool_steps GROUP BY hop_id HAVING MAX(sequence_order) <> COUNT(*)
            """
        let links = """
            SELECT id, mission_id FROM user_sessions WHERE mission_id IS NOT NULL
            AND mission_id NOT IN (SELECT id FROM missions)
            """
        return try letters.map {
            "set aside: \($0[0] as String) \($0[1] as String? ?? "") \($0[2] as String): \($0[3] as String)"
        }
            + rows(torn).map { "session \($0[0] as String) has gaps: it counts \($0[1] as Int) messages" }
            + rows(gaps).map { "the parts of \($0[0] as String) have gaps" }
            + rows(links).map { "session \($0[0] as String) is linked to \($0[1] as String), which is not there" }
    }
}

extension Content {
    mutating func add(hop name: String, status: String, steps: [String]) {
        lists["hops", default: []].append(name)
        if !steps.isEmpty { lists["steps of \(name)"] = steps }
        // What else a hop goes through, the harness doesn't write.
        if status == "cancelled" { registers["status of \(name)"] = status }
    }
}
