import GRDB
import SessionCore
import SessionModel

/// A row of `user_sessions`.
struct SessionRow {
    /// In the order in which ``init(_:)`` reads them and ``bind(_:to:)`` binds them; `number` apart.
    static let columns = """
        id, user_id, name, status, mission_id, session_metadata, version, log_id, message_count, created_at, updated_at, \
        last_activity_at, abandoned_at
        """

    var number: Int64
    var session: UserSession
}

extension SessionRow {
    /// Reads the row under `statement`, which must have selected `number` and ``columns``.
    init(_ statement: borrowing SQLStatement) throws {
        number = statement.integer(0)
        guard let id = statement.identifier(1, of: SessionKind.self), let user = UserID(statement.text(2)),
            let status = SessionStatus(rawValue: statement.text(4)), let logID = LogID(statement.text(8))
        else { throw DurableError.failed("row \(number) of user_sessions can't be understood") }
        session = UserSession(
            id: id, userID: user, name: statement.text(3), status: status,
            missionID: statement.isNull(5) ? nil : statement.identifier(5, of: MissionKind.self),
            sealedMetadata: statement.isNull(6) ? nil : statement.bytes(6), version: statement.integer(7),
            logID: logID, messageCount: statement.integer(9),
            createdAt: Timestamp(milliseconds: statement.integer(10)),
            updatedAt: Timestamp(milliseconds: statement.integer(11)),
            lastActivityAt: Timestamp(milliseconds: statement.integer(12)),
            abandonedAt: statement.isNull(13) ? nil : Timestamp(milliseconds: statement.integer(13)))
    }

    static func bind(_ session: UserSession, to statement: inout SQLStatement) throws {
        try statement.bind(session.id)
        try statement.bind(session.userID.text)
        try statement.bind(session.name)
        try statement.bind(session.status.rawValue)
        try statement.bind(session.missionID)
        try statement.bind(blob: session.sealedMetadata)
        try statement.bind(session.version)
        try statement.bind(session.logID.description)
        try statement.bind(session.messageCount)
        try statement.bind(session.createdAt)
        try statement.bind(session.updatedAt)
        try statement.bind(session.lastActivityAt)
        try statement.bind(session.abandonedAt)
    }

    static func find(_ id: SessionID, in db: Database) throws -> SessionRow? {
        var statement = try SQLStatement(db, "SELECT number, \(columns) FROM user_sessions WHERE id = ?")
        try statement.bind(id)
        return try statement.step() ? SessionRow(statement) : nil
    }

    static func find(_ id: SessionID, of user: UserID, in db: Database) throws -> SessionRow? {
        var statement = try SQLStatement(
            db, "SELECT number, \(columns) FROM user_sessions WHERE id = ? AND user_id = ?")
        try statement.bind(id)
        try statement.bind(user.text)
        return try statement.step() ? SessionRow(statement) : nil
    }
}
