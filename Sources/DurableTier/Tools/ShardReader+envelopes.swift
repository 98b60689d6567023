import GRDB
import SessionCore
import SessionModel

extension ShardReader {
    /// Where sealed metadata is.
    private static let columns = [
        ("user_sessions", "session_metadata"), ("chats", "chat_metadata"), ("missions", "mission_metadata"),
        ("hops", "hop_metadata"), ("assets", "asset_metadata"),
    ]

    /// How many envelopes a key has sealed, those in waiting dead letters included.
    public func envelopes(sealedBy key: String) throws(DurableError) -> Int {
        try read { db in
            let prefix = Self.prefix(key)
            var count = 0
            for (table, column) in Self.columns {
                var statement = try SQLStatement(
                    db, "SELECT count(*) FROM \(table) WHERE substr(\(column), 1, \(prefix.count)) = ?")
                try statement.bind(blob: prefix)
                if try statement.step() { count += Int(statement.integer(0)) }
            }
            let letters = try SQLStatement(db, "SELECT entry FROM dead_letters WHERE healed_at IS NULL")
            while try letters.step() {
                let fields = (try? DeadLetter.fields(letters.bytes(0))) ?? []
                count += fields.count { Self.envelope(in: $0)?.starts(with: prefix) ?? false }
            }
            return count
        }
    }

    /// A session's metadata stands in a log entry by itself, a mission's in its parts' documents.
    private static func envelope(in field: LogEntry.Field) -> [UInt8]? {
        switch MissionPart(field.name) {
        case .mission: SealedMember.split(field.value, Mission.metadataField)?.envelope
        case .hop: SealedMember.split(field.value, Hop.metadataField)?.envelope
        case .asset: SealedMember.split(field.value, Asset.metadataField)?.envelope
        case .step, .content: nil
        case nil: field.name == "metadata" ? field.value : nil
        }
    }

    /// Sessions behind `id` with metadata that another key has sealed, and whose they are.
    public func sessions(
        notSealedBy key: String, after id: SessionID?, limit: Int
    ) throws(DurableError) -> [(SessionID, UserID)] {
        try read { db in
            let prefix = Self.prefix(key)
            var statement = try SQLStatement(
                db,
                """
                SELECT id, user_id FROM user_sessions WHERE id > ? AND length(session_metadata) > 0
                AND substr(session_metadata, 1, \(prefix.count)) <> ? ORDER BY id LIMIT ?
                """)
            return try Self.rows(&statement, id, [prefix], limit)
        }
    }

    public func missions(
        notSealedBy key: String, after id: MissionID?, limit: Int
    ) throws(DurableError) -> [(MissionID, UserID)] {
        try read { db in
            let prefix = Self.prefix(key)
            func other(_ column: String) -> String {
                "length(\(column)) > 0 AND substr(\(column), 1, \(prefix.count)) <> ?"
            }
            var statement = try SQLStatement(
                db,
                """
                SELECT id, user_id FROM missions WHERE id > ? AND (\(other("mission_metadata"))
                OR EXISTS (SELECT 1 FROM hops WHERE mission_id = missions.id AND \(other("hop_metadata")))
                OR EXISTS (SELECT 1 FROM assets WHERE mission_id = missions.id AND \(other("asset_metadata"))))
                ORDER BY id LIMIT ?
                """)
            return try Self.rows(&statement, id, [prefix, prefix, prefix], limit)
        }
    }

    private static func rows<Kind>(
        _ statement: inout SQLStatement, _ id: Identifier<Kind>?, _ prefixes: [[UInt8]], _ limit: Int
    ) throws -> [(Identifier<Kind>, UserID)] {
        try statement.bind(id?.description ?? "")
        for prefix in prefixes { try statement.bind(blob: prefix) }
        try statement.bind(limit)
        var rows: [(Identifier<Kind>, UserID)] = []
        while try statement.step() {
            if let id = statement.identifier(0, of: Kind.self), let user = UserID(statement.text(1)) {
                rows.append((id, user))
            }
        }
        return rows
    }

    /// How an envelope begins: see ``SessionCore/MetadataSeal``.
    private static func prefix(_ key: String) -> [UInt8] { [1, UInt8(clamping: key.utf8.count)] + key.utf8 }
}
