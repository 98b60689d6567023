import SessionCore
import SessionModel

/// A row of `missions`.
struct MissionRow {
    /// In the order in which ``init(_:)`` reads them and ``bind(_:_:_:to:)`` binds them.
    static let columns = """
        id, user_id, name, description, goal, success_criteria, status, current_hop_id, mission_metadata, version, log_id, \
        created_at, updated_at
        """

    static let statements = RowStatements("missions", columns)

    var mission: Mission
    var version: Int64
    var logID: LogID

    init(_ row: borrowing SQLStatement) throws {
        guard let id = row.identifier(0, of: MissionKind.self), let user = UserID(row.text(1)),
            let status = MissionStatus(rawValue: row.text(6)), let logID = LogID(row.text(10))
        else { throw DurableError.failed("a row of missions can't be understood") }
        mission = Mission(
            id: id, userID: user, name: row.text(2), description: row.optionalText(3), goal: row.optionalText(4),
            successCriteria: try row.texts(5), status: status,
            currentHopID: row.isNull(7) ? nil : try row.demandedIdentifier(7, of: HopKind.self),
            sealedMetadata: row.optionalBytes(8), createdAt: row.time(11), updatedAt: row.time(12))
        self.logID = logID
        version = row.integer(9)
    }

    static func bind(
        _ mission: Mission, _ version: Int64, _ logID: LogID, to statement: inout SQLStatement
    ) throws {
        try statement.bind(mission.id)
        try statement.bind(mission.userID.text)
        try statement.bind(mission.name)
        try statement.bind(mission.description)
        try statement.bind(mission.goal)
        try statement.bind(texts: mission.successCriteria)
        try statement.bind(mission.status.rawValue)
        try statement.bind(mission.currentHopID)
        try statement.bind(blob: mission.sealedMetadata)
        try statement.bind(version)
        try statement.bind(logID.description)
        try statement.bind(mission.createdAt)
        try statement.bind(mission.updatedAt)
    }
}
