import GRDB

extension Schema {
    /// What recovery needs: whose entries wait, the first uses of idempotency keys, and how far activity was written.
    ///
    /// `lost_ids`: no entry with an id behind the first and up to the second is in SQLite, nor ever will be.
    ///
    /// Keys lie in the order of their arrival, so that the oldest are found without an index.
    static let recovery = """
        ALTER TABLE flush_cursor ADD COLUMN activity INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE dataset ADD COLUMN is_closed INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE dead_letters ADD COLUMN mission_id TEXT;
        ALTER TABLE dead_letters ADD COLUMN healed_at INTEGER;
        CREATE INDEX dead_letters_waiting ON dead_letters (number) WHERE healed_at IS NULL;
        CREATE INDEX dead_letters_by_session ON dead_letters (session_id) WHERE healed_at IS NULL;
        CREATE INDEX dead_letters_by_mission ON dead_letters (mission_id) WHERE healed_at IS NULL;

        CREATE TABLE quarantine (
            subject TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('session', 'mission')),
            log_id TEXT NOT NULL,
            PRIMARY KEY (subject, kind)
        ) STRICT;

        CREATE TABLE lost_ids (
            after_ms INTEGER NOT NULL,
            after_seq INTEGER NOT NULL,
            until_ms INTEGER NOT NULL,
            until_seq INTEGER NOT NULL,
            PRIMARY KEY (until_ms, until_seq)
        ) STRICT;

        CREATE TABLE idempotency_keys (
            number INTEGER PRIMARY KEY,
            user_id TEXT NOT NULL,
            key_hash TEXT NOT NULL,
            body_hash TEXT NOT NULL,
            outcome TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            UNIQUE (user_id, key_hash)
        ) STRICT;
        """
}
