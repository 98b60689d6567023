import GRDB
import SessionCore
import SessionModel

/// Something of a user's, with all that it takes to make it again.
public enum ExportedItem: Sendable {
    /// Before everything of the user's. The number is the highest N of the names `Session N`.
    case user(UserID, highestSessionNumber: Int64)
    /// Before its parts.
    case mission(Mission, version: Int64)
    case hop(Hop)
    case step(ToolStep, mission: MissionID)
    /// The content is one JSON value; nil: none.
    case asset(Asset, content: [UInt8]?)
    /// Behind the missions, before its messages.
    case session(UserSession, ExportedChat)
    /// Its document, in the order of the chat.
    case message(SessionID, [UInt8])
}

public struct ExportedChat: Sendable {
    public var title: String?
    /// Sealed; nil stands for `{}`.
    public var sealedMetadata: [UInt8]?
    public var createdAt: Timestamp
}

extension ShardReader {
    /// Users of the shard behind `user`, in the order of their ids' bytes.
    public func users(after user: UserID?, limit: Int) throws(DurableError) -> [UserID] {
        try read { db in
            var statement = try SQLStatement(
                db,
                """
                SELECT user_id FROM user_sessions WHERE user_id > ?1 UNION SELECT user_id FROM missions WHERE user_id > ?1
                UNION SELECT user_id FROM users WHERE user_id > ?1 ORDER BY user_id LIMIT ?2
                """)
            try statement.bind(user?.text ?? "")
            try statement.bind(limit)
            var users: [UserID] = []
            while try statement.step() {
                guard let user = UserID(statement.text(0)) else {
                    throw DurableError.failed("a user's id can't be understood")
                }
                users.append(user)
            }
            return users
        }
    }

    /// Sessions of the shard, or of one user.
    public func sessionCount(of user: UserID?) throws(DurableError) -> Int {
        try read { db in
            guard let user else { return try Int.fetchOne(db, sql: "SELECT count(*) FROM user_sessions") ?? 0 }
            var statement = try SQLStatement(db, "SELECT count(*) FROM user_sessions WHERE user_id = ?")
            try statement.bind(user.text)
            return try statement.step() ? Int(statement.integer(0)) : 0
        }
    }

    /// Everything of one user from one snapshot, one by one; no more than one thing at a time is in memory.
    ///
    /// Throws ``SessionCore/DurableError``, and what `body` throws.
    public func export(_ user: UserID, _ body: (ExportedItem) throws -> Void) throws {
        do {
            try queue.read { db in
                try body(.user(user, highestSessionNumber: try Self.highestNumber(of: user, db)))
                try Self.exportMissions(of: user, db, body)
                try Self.exportSessions(of: user, db, body)
            }
        } catch let error as DatabaseError { throw DurableError(error) }
    }

    private static func highestNumber(of user: UserID, _ db: Database) throws -> Int64 {
        var statement = try SQLStatement(db, "SELECT highest_session_number FROM users WHERE user_id = ?")
        try statement.bind(user.text)
        return try statement.step() ? statement.integer(0) : 0
    }

    private static func exportMissions(of user: UserID, _ db: Database, _ body: (ExportedItem) throws -> Void) throws {
        var missions = try SQLStatement(db, "SELECT \(MissionRow.columns) FROM missions WHERE user_id = ? ORDER BY id")
        try missions.bind(user.text)
        while try missions.step() {
            let row = try MissionRow(missions)
            let id = row.mission.id
            try body(.mission(row.mission, version: row.version))
            var hops = try SQLStatement(
                db, "SELECT \(HopRow.columns) FROM hops WHERE mission_id = ? ORDER BY sequence_order")
            try hops.bind(id)
            while try hops.step() {
                let hop = try HopRow.read(hops)
                try body(.hop(hop))
                var steps = try SQLStatement(
                    db, "SELECT \(ToolStepRow.columns) FROM tool_steps WHERE hop_id = ? ORDER BY sequence_order")
                try steps.bind(hop.id)
                while try steps.step() { try body(.step(ToolStepRow.read(steps), mission: id)) }
            }
            var assets = try SQLStatement(
                db, "SELECT \(AssetRow.columns) FROM assets WHERE mission_id = ? ORDER BY id")
            try assets.bind(id)
            while try assets.step() {
                let asset = try AssetRow.read(assets)
                var content = try SQLStatement(db, "SELECT content FROM asset_contents WHERE asset_id = ?")
                try content.bind(asset.id)
                try body(.asset(asset, content: try content.step() ? content.bytes(0) : nil))
            }
        }
    }

    private static func exportSessions(of user: UserID, _ db: Database, _ body: (ExportedItem) throws -> Void) throws {
        var sessions = try SQLStatement(
            db, "SELECT number, \(SessionRow.columns) FROM user_sessions WHERE user_id = ? ORDER BY id")
        try sessions.bind(user.text)
        while try sessions.step() {
            let row = try SessionRow(sessions)
            try body(.session(row.session, try chat(of: row, db)))
            var messages = try SQLStatement(
                db, "SELECT document FROM chat_message_documents WHERE session = ? ORDER BY sequence_order")
            try messages.bind(row.number)
            while try messages.step() { try body(.message(row.session.id, messages.bytes(0))) }
        }
    }

    private static func chat(of row: SessionRow, _ db: Database) throws -> ExportedChat {
        var statement = try SQLStatement(db, "SELECT title, chat_metadata, created_at FROM chats WHERE session = ?")
        try statement.bind(row.number)
        guard try statement.step() else { throw DurableError.failed("session \(row.session.id) has no chat") }
        return ExportedChat(
            title: statement.optionalText(0), sealedMetadata: statement.optionalBytes(1), createdAt: statement.time(2))
    }
}
