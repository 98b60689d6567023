import FoundationEssentials
import GRDB
import SessionCore
import SessionModel

extension Schema {
    /// Makes the tables of missions, and moves there what the first schema kept of them.
    static func addMissions(_ db: Database) throws {
        try db.execute(sql: missions)
        let before = try Row.fetchCursor(db, sql: "SELECT id, user_id, log_id, document FROM mission_documents")
        while let row = try before.next() { try move(row, db) }
        try db.execute(sql: "DROP TABLE mission_documents")
    }

    /// Of one JSON document, its times in milliseconds, its sealed metadata in base64 or empty.
    private static func move(_ row: Row, _ db: Database) throws {
        let (id, user, logID, document): (String, String, String, String) = (row[0], row[1], row[2], row[3])
        let old = try JSONTape(Array(document.utf8)).root
        func number(_ key: String) -> Int64? {
            old[key].flatMap { Int64(String(decoding: $0.raw, as: UTF8.self)) }
        }
        guard let sealed = old["mission_metadata"]?.string.flatMap({ Data(base64Encoded: $0) }) else {
            throw DurableError.failed("the metadata of mission \(id) can't be understood")
        }
        try db.execute(
            sql: """
                INSERT INTO missions (id, user_id, name, description, goal, success_criteria, status, mission_metadata,
                    version, log_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, user, old["name"]?.string, old["description"]?.string, old["goal"]?.string,
                old["success_criteria"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "[]", old["status"]?.string,
                sealed.isEmpty ? nil : sealed, number("version"), logID, number("created_at"),
                number("updated_at"),
            ])
    }

    /// A column for each field, because missions change in place and people ask for them by it. JSON stands in its
    /// writer's own bytes, and lists are JSON arrays.
    ///
    /// Contents are apart from their assets: SQLite writes a row as a whole, and an asset's status changes more often than
    /// its content, which may be a mebibyte. `bytes` is the content's length, told without reading it.
    private static let missions = """
        DROP VIEW missions;

        CREATE TABLE missions (
            id TEXT PRIMARY KEY NOT NULL,
            user_id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            goal TEXT,
            success_criteria TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('awaiting_approval', 'in_progress', 'completed', 'failed', 'cancelled')),
            current_hop_id TEXT,
            mission_metadata BLOB,
            version INTEGER NOT NULL CHECK (version > 0),
            log_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX missions_by_change ON missions (user_id, updated_at DESC, id DESC, status);
        CREATE INDEX user_sessions_by_mission ON user_sessions (mission_id) WHERE mission_id IS NOT NULL;

        CREATE TABLE hops (
            id TEXT PRIMARY KEY NOT NULL,
            mission_id TEXT NOT NULL REFERENCES missions (id) ON DELETE CASCADE,
            sequence_order INTEGER NOT NULL CHECK (sequence_order > 0),
            name TEXT NOT NULL,
            description TEXT,
            goal TEXT,
            rationale TEXT,
            success_criteria TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('hop_plan_started', 'hop_plan_proposed', 'hop_plan_ready',
                'hop_impl_started', 'hop_impl_proposed', 'hop_impl_ready', 'executing', 'completed', 'failed', 'cancelled')),
            is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
            is_resolved INTEGER NOT NULL CHECK (is_resolved IN (0, 1)),
            error_message TEXT,
            hop_metadata BLOB,
            intended_input_asset_ids TEXT NOT NULL,
            intended_output_asset_ids TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (mission_id, sequence_order)
        ) STRICT;

        CREATE TABLE tool_steps (
            id TEXT PRIMARY KEY NOT NULL,
            hop_id TEXT NOT NULL REFERENCES hops (id) ON DELETE CASCADE,
            sequence_order INTEGER NOT NULL CHECK (sequence_order > 0),
            tool_id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            status TEXT NOT NULL CHECK (status IN ('proposed', 'ready_to_configure', 'ready_to_execute', 'executing',
                'completed', 'failed', 'cancelled')),
            parameter_mapping TEXT NOT NULL,
            result_mapping TEXT NOT NULL,
            resource_configs TEXT NOT NULL,
            validation_errors TEXT NOT NULL,
            execution_result TEXT,
            error_message TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            started_at INTEGER,
            completed_at INTEGER,
            UNIQUE (hop_id, sequence_order)
        ) STRICT;

        CREATE TABLE assets (
            id TEXT PRIMARY KEY NOT NULL,
            user_id TEXT NOT NULL,
            mission_id TEXT NOT NULL REFERENCES missions (id) ON DELETE CASCADE,
            hop_id TEXT REFERENCES hops (id) ON DELETE CASCADE,
            scope_type TEXT NOT NULL CHECK (scope_type IN ('mission', 'hop')),
            scope_id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            schema_definition TEXT NOT NULL,
            subtype TEXT,
            status TEXT NOT NULL CHECK (status IN ('proposed', 'pending', 'in_progress', 'ready', 'error', 'expired')),
            role TEXT NOT NULL CHECK (role IN ('input', 'output', 'intermediate')),
            content_summary TEXT,
            asset_metadata BLOB,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            CHECK (scope_id = coalesce(hop_id, mission_id) AND (scope_type = 'hop') = (hop_id IS NOT NULL))
        ) STRICT;
        CREATE INDEX assets_by_mission ON assets (mission_id);
        CREATE INDEX assets_by_hop ON assets (hop_id) WHERE hop_id IS NOT NULL;

        CREATE TABLE asset_contents (
            asset_id TEXT PRIMARY KEY NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
            bytes INTEGER NOT NULL,
            content TEXT NOT NULL
        ) STRICT;
        """
}
