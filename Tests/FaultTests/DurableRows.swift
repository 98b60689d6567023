import GRDB
import SessionTesting

/// What SQLite holds, read beside the service by a connection that can't write.
struct DurableRows {
    private let queues: [DatabaseQueue]

    init(_ stack: Stack, shards: Int = 1) throws { try self.init(folder: stack.dataFolder, shards: shards) }

    init(folder: String, shards: Int = 1) throws {
        queues = try (0..<shards).map { try Self.queue("\(folder)/shard-\($0).sqlite") }
    }

    init(file: String) throws { queues = [try Self.queue(file)] }

    private static func queue(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    func integer(_ sql: String) throws -> Int {
        try queues.reduce(0) { total, queue in
            try total + queue.read { try Int.fetchOne($0, sql: sql) ?? 0 }
        }
    }

    /// Contents of each chat in order, by session id.
    func chats() throws -> [String: [String]] {
        var chats: [String: [String]] = [:]
        for queue in queues {
            let rows = try queue.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT s.id, m.sequence_order, m.content FROM chat_messages m
                        JOIN user_sessions s ON s.number = m.session ORDER BY s.id, m.sequence_order
                        """)
            }
            for row in rows { chats[row[0], default: []].append(row[2]) }
        }
        return chats
    }

    /// Names of a hop's tool steps in order.
    func steps(of hop: String) throws -> [String] {
        try queues.flatMap { queue in
            try queue.read { database in
                try String.fetchAll(
                    database, sql: "SELECT name FROM tool_steps WHERE hop_id = ? ORDER BY sequence_order",
                    arguments: [hop])
            }
        }
    }

    /// Sessions whose count and sequence numbers don't agree with their messages.
    func tornSessions() throws -> Int {
        try integer(
            """
            SELECT COUNT(*) FROM user_sessions s WHERE message_count <>
                (SELECT COUNT(*) FROM chat_messages m WHERE m.session = s.number)
            OR message_count <> COALESCE(
                (SELECT MAX(sequence_order) FROM chat_messages m WHERE m.session = s.number), 0)
            """)
    }
}
