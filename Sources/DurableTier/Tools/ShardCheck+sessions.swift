import GRDB
import SessionModel

extension ShardCheck {
    static func sessions(_ shard: Shard, _ shards: ShardCount) -> [ShardCheck] {
        [
            ShardCheck(
                "ids of sessions", "sessions", count: "SELECT count(*) FROM user_sessions",
                findings: """
                    SELECT 'session ' || id || ' is none of shard \(shard.number)''s' FROM user_sessions
                    WHERE \(isForeign("id", shard))
                    """),
            users(shard, shards), .logIDs,
            ShardCheck(
                "chats", "chats", count: "SELECT count(*) FROM chats",
                findings: """
                    SELECT 'session ' || s.id || CASE WHEN c.id IS NULL THEN ' has no chat' ELSE ' has the chat ' || c.id END
                    FROM user_sessions s LEFT JOIN chats c ON c.session = s.number
                    WHERE c.id IS NOT substr(s.id, 1, 14) || '8' || substr(s.id, 16)
                    """),
            ShardCheck(
                "gapless chats", "messages", count: "SELECT count(*) FROM chat_message_documents",
                findings: """
                    SELECT 'session ' || s.id || ' has message_count ' || s.message_count || ', '
                        || count(m.sequence_order) || ' messages, the first ' || ifnull(min(m.sequence_order), 'none')
                        || ', the last ' || ifnull(max(m.sequence_order), 'none')
                    FROM user_sessions s LEFT JOIN chat_message_documents m ON m.session = s.number
                    GROUP BY s.number HAVING s.message_count <> count(m.sequence_order)
                        OR s.message_count <> ifnull(max(m.sequence_order), 0)
                        OR ifnull(min(m.sequence_order), 1) <> 1
                    """),
            ShardCheck(
                "JSON of messages", "messages", count: "SELECT count(*) FROM chat_message_documents",
                findings: """
                    SELECT 'message ' || m.sequence_order || ' of session ' || ifnull(s.id, 'number ' || m.session)
                        || CASE WHEN json_valid(m.document) THEN ' is another''s' ELSE ' is not JSON' END
                    FROM chat_message_documents m LEFT JOIN user_sessions s ON s.number = m.session
                        LEFT JOIN chats c ON c.session = m.session
                    WHERE NOT json_valid(m.document)
                        OR CASE WHEN json_valid(m.document) THEN m.document ->> 'sequence_order' IS NOT m.sequence_order
                            OR m.document ->> 'chat_id' IS NOT c.id OR m.document ->> 'id' IS NULL
                            OR ifnull(m.document ->> 'role', '') NOT IN (\(roles))
                            OR json_type(m.document, '$.content') IS NOT 'text'
                            OR json_type(m.document, '$.message_metadata') IS NOT 'object' END
                    """),
            ShardCheck(
                "values of sessions", "sessions", count: "SELECT count(*) FROM user_sessions",
                findings: """
                    SELECT 'session ' || id || ' has status ' || status || ', version ' || version FROM user_sessions
                    WHERE status NOT IN (\(statuses)) OR version < 1 OR message_count < 0
                        OR (status = 'abandoned') <> (abandoned_at IS NOT NULL)
                        OR min(created_at, updated_at, last_activity_at) <= 0
                        OR max(created_at, updated_at, last_activity_at, ifnull(abandoned_at, 0)) > \(latest)
                    """),
            ShardCheck(
                "numbers of names", "users", count: "SELECT count(*) FROM users",
                findings: """
                    SELECT 'the highest number of user ' || user_id || ' is ' || highest_session_number FROM users
                    WHERE highest_session_number NOT BETWEEN 0 AND \(SessionName.highest)
                    """),
        ]
    }

    /// Milliseconds: the end of the year 9999, the last that a timestamp can write.
    private static let latest: Int64 = 253_402_300_799_999

    private static var roles: String { quoted(["user", "assistant", "system", "tool", "status"]) }
    private static var statuses: String { quoted(["active", "completed", "abandoned", "archived"]) }
    private static func quoted(_ texts: [String]) -> String { texts.map { "'\($0)'" }.joined(separator: ", ") }

    /// Everything that a user has is in one shard, told by the user's id.
    private static func users(_ shard: Shard, _ shards: ShardCount) -> ShardCheck {
        ShardCheck("users' shard") { db, found in
            let statement = try SQLStatement(
                db,
                """
                SELECT user_id FROM user_sessions UNION SELECT user_id FROM missions UNION SELECT user_id FROM users
                UNION SELECT user_id FROM assets
                """)
            var looked = 0
            while try statement.step() {
                looked += 1
                guard let user = UserID(statement.text(0)) else {
                    found.add("\(statement.text(0)) is no user's id")
                    continue
                }
                let right = shards.shard(of: user)
                if right != shard { found.add("user \(user.text) is of shard \(right.number)") }
            }
            found.looked(at: looked, "users")
        }
    }

    private static let logIDs = ShardCheck("log ids") { db, found in
        var looked = 0
        for table in ["user_sessions", "missions"] {
            let statement = try SQLStatement(db, "SELECT id, log_id FROM \(table)")
            while try statement.step() {
                looked += 1
                if LogID(statement.text(1)) == nil {
                    found.add("log_id of \(statement.text(0)) in \(table) is \(statement.text(1))")
                }
            }
        }
        found.looked(at: looked, "rows")
    }
}
