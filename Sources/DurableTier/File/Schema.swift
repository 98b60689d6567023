import GRDB

/// The tables of a shard's file. A migration that was released is never changed, only followed by another.
///
/// Written by the flusher, read by people and other programs too: tables and views bear the names of the application's
/// own, times are milliseconds since 1970, and what is sealed stays sealed.
enum Schema {
    /// "sess": `PRAGMA application_id`, by which `file` and a restored copy are known.
    static let applicationID = 0x7365_7373

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 sessions, chats, messages, missions") { db in try db.execute(sql: first) }
        migrator.registerMigration("2 missions with hops, tool steps, assets") { db in try addMissions(db) }
        migrator.registerMigration("3 recovery") { db in try db.execute(sql: recovery) }
        migrator.registerMigration("4 the last admission") { db in
            for column in ["admission", "admitted_at"] {
                try db.execute(sql: "ALTER TABLE flush_cursor ADD COLUMN \(column) TEXT NOT NULL DEFAULT ''")
            }
        }
        migrator.registerMigration("5 whole copies, terms") { db in
            try db.execute(sql: "ALTER TABLE flush_cursor ADD COLUMN newest_copy TEXT NOT NULL DEFAULT '0-0'")
            try db.execute(sql: "ALTER TABLE flush_cursor ADD COLUMN term INTEGER NOT NULL DEFAULT 0")
            try db.execute(sql: "ALTER TABLE quarantine ADD COLUMN is_written INTEGER NOT NULL DEFAULT 0")
        }
        return migrator
    }

    /// `number` stands for a session inside the file, because an integer keeps the messages' index small and in order
    /// of arrival; outside of it a session's name is its `id`.
    ///
    /// Messages (and missions, which the next schema gives tables of their own) are kept as the JSON that the log carried.
    /// `chat_messages` is a view upon it, for people and for programs that trust the schema (`PRAGMA trusted_schema`, on
    /// by default), as the service itself does not. As generated columns their fields would be worked out at each
    /// insert, stored or not, for half the insert's cost again; and SQLite 3.40 allows no JSON function in a table that
    /// is written untrusted.
    private static let first = """
        PRAGMA application_id = 1936028531;

        CREATE TABLE dataset (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            id TEXT NOT NULL,
            shards INTEGER NOT NULL,
            shard INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE flush_cursor (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            log_id TEXT NOT NULL
        ) STRICT;
        INSERT INTO flush_cursor VALUES (1, '0-0');

        CREATE TABLE user_sessions (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            user_id TEXT NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('active', 'completed', 'abandoned', 'archived')),
            mission_id TEXT,
            session_metadata BLOB,
            version INTEGER NOT NULL CHECK (version > 0),
            log_id TEXT NOT NULL,
            message_count INTEGER NOT NULL CHECK (message_count >= 0),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            last_activity_at INTEGER NOT NULL,
            abandoned_at INTEGER,
            CHECK ((status = 'abandoned') = (abandoned_at IS NOT NULL))
        ) STRICT;
        CREATE INDEX user_sessions_by_activity ON user_sessions (user_id, last_activity_at DESC, id DESC, status);
        CREATE INDEX user_sessions_live ON user_sessions (id) WHERE status IN ('active', 'abandoned');
        CREATE INDEX user_sessions_archived ON user_sessions (updated_at, id) WHERE status = 'archived';

        CREATE TABLE chats (
            session INTEGER PRIMARY KEY REFERENCES user_sessions (number) ON DELETE CASCADE,
            id TEXT NOT NULL UNIQUE,
            title TEXT,
            chat_metadata BLOB,
            created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE chat_message_documents (
            number INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES user_sessions (number) ON DELETE CASCADE,
            sequence_order INTEGER NOT NULL CHECK (sequence_order > 0),
            document TEXT NOT NULL,
            UNIQUE (session, sequence_order)
        ) STRICT;
        CREATE VIEW chat_messages AS SELECT
            document ->> 'id' AS id,
            document ->> 'chat_id' AS chat_id,
            sequence_order,
            document ->> 'role' AS role,
            document ->> 'content' AS content,
            document -> 'message_metadata' AS message_metadata,
            document ->> 'created_at' AS created_at,
            document ->> 'updated_at' AS updated_at,
            session,
            document
        FROM chat_message_documents;

        CREATE TABLE mission_documents (
            id TEXT PRIMARY KEY NOT NULL,
            user_id TEXT NOT NULL,
            log_id TEXT NOT NULL,
            document TEXT NOT NULL
        ) STRICT;
        CREATE VIEW missions AS SELECT
            id,
            user_id,
            document ->> 'name' AS name,
            document ->> 'description' AS description,
            document ->> 'goal' AS goal,
            document -> 'success_criteria' AS success_criteria,
            document ->> 'status' AS status,
            document ->> 'created_at' AS created_at,
            document ->> 'updated_at' AS updated_at,
            log_id,
            document
        FROM mission_documents;

        CREATE TABLE users (
            user_id TEXT PRIMARY KEY NOT NULL,
            highest_session_number INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE dead_letters (
            number INTEGER PRIMARY KEY,
            log_id TEXT NOT NULL,
            session_id TEXT,
            user_id TEXT,
            entry TEXT NOT NULL,
            error TEXT NOT NULL,
            created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
        ) STRICT;
        """
}
