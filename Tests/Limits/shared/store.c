#include "store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "id.h"

typedef enum {
    BEGIN, COMMIT, READ_CURSOR, MOVE_CURSOR, FIND, INSERT_SESSION, INSERT_CHAT, INSERT_MESSAGE, CHANGE_SESSION,
    CHANGE_METADATA, RECORD_ACTIVITY, STATEMENTS
} statement;

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [READ_CURSOR] = "SELECT log_id FROM flush_cursor WHERE one = 1",
    [MOVE_CURSOR] = "UPDATE flush_cursor SET log_id = ? WHERE one = 1 AND log_id = ?",
    [FIND] = "SELECT number, message_count FROM user_sessions WHERE id = ?",
    [INSERT_SESSION] =
        "INSERT INTO user_sessions (id, user_id, name, status, session_metadata, version, log_id, message_count, "
        "created_at, updated_at, last_activity_at) VALUES (?1, ?2, ?3, 'active', ?4, 1, ?5, 0, ?6, ?6, ?6)",
    [INSERT_CHAT] = "INSERT INTO chats (session, id, created_at) VALUES (?, ?, ?)",
    [INSERT_MESSAGE] = "INSERT INTO chat_message_documents (session, sequence_order, document) VALUES (?, ?, ?)",
    [CHANGE_SESSION] =
        "UPDATE user_sessions SET version = ?2, log_id = ?3, message_count = ?4, updated_at = ?5, "
        "last_activity_at = ?6 WHERE number = ?1",
    [CHANGE_METADATA] =
        "UPDATE user_sessions SET version = ?2, log_id = ?3, message_count = ?4, updated_at = ?5, "
        "last_activity_at = ?6, session_metadata = ?7 WHERE number = ?1",
    [RECORD_ACTIVITY] = "UPDATE user_sessions SET last_activity_at = ?2 WHERE id = ?1 AND last_activity_at < ?2",
};

struct store {
    sqlite3 *file;
    sqlite3_stmt *statements[STATEMENTS];
};

static void check(store *store, int code, const char *what) {
    errno = 0;
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        fail("SQLite, %s: %s", what, sqlite3_errmsg(store->file));
}

static void run_pragma(store *store, const char *pragma) {
    check(store, sqlite3_exec(store->file, pragma, NULL, NULL, NULL), pragma);
}

store *store_open(const char *path) {
    store *store = allocate(sizeof *store);
    check(store, sqlite3_open_v2(path, &store->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), path);
    // sessiond's ConnectionSettings.
    run_pragma(store, "PRAGMA journal_mode = WAL");
    run_pragma(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;"
                      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536");
    check(store, sqlite3_db_config(store->file, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), "no checkpoint at the end");
    for (statement one = 0; one < STATEMENTS; one++)
        check(store,
              sqlite3_prepare_v3(store->file, sql[one], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[one], NULL),
              sql[one]);
    return store;
}

void store_close(store *store) {
    for (statement one = 0; one < STATEMENTS; one++) sqlite3_finalize(store->statements[one]);
    check(store, sqlite3_close(store->file), "closing");
    free(store);
}

// Runs a statement whose values are bound, and leaves it ready for the next time.
static void run(store *store, statement one) {
    int code = sqlite3_step(store->statements[one]);
    if (code != SQLITE_DONE) check(store, code == SQLITE_ROW ? SQLITE_ERROR : code, sql[one]);
    sqlite3_reset(store->statements[one]);
}

static void bind_text(sqlite3_stmt *statement, int place, text value) {
    sqlite3_bind_text(statement, place, value.at, (int)value.length, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *statement, int place, text value) {
    sqlite3_bind_blob(statement, place, value.at, (int)value.length, SQLITE_STATIC);
}

void store_begin(store *store) { run(store, BEGIN); }
void store_commit(store *store) { run(store, COMMIT); }

void store_checkpoint(store *store) {
    check(store, sqlite3_wal_checkpoint_v2(store->file, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL), "checkpoint");
}

void store_cursor(store *store, char *cursor, size_t size) {
    sqlite3_stmt *statement = store->statements[READ_CURSOR];
    if (sqlite3_step(statement) != SQLITE_ROW) fail("SQLite has no cursor");
    snprintf(cursor, size, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_reset(statement);
}

void store_move_cursor(store *store, text from, text to) {
    sqlite3_stmt *statement = store->statements[MOVE_CURSOR];
    bind_text(statement, 1, to);
    bind_text(statement, 2, from);
    run(store, MOVE_CURSOR);
    errno = 0;
    if (sqlite3_changes(store->file) != 1) fail("the cursor is not at %.*s", (int)from.length, from.at);
}

bool store_find(store *store, text id, stored_session *session) {
    sqlite3_stmt *statement = store->statements[FIND];
    bind_text(statement, 1, id);
    int code = sqlite3_step(statement);
    check(store, code, sql[FIND]);
    if (code == SQLITE_ROW)
        *session = (stored_session){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    return code == SQLITE_ROW;
}

int64_t store_insert_session(store *store, const new_session *session) {
    sqlite3_stmt *statement = store->statements[INSERT_SESSION];
    bind_text(statement, 1, session->id);
    bind_text(statement, 2, session->user);
    bind_text(statement, 3, session->name);
    bind_blob(statement, 4, session->metadata);
    bind_text(statement, 5, session->log_id);
    sqlite3_bind_int64(statement, 6, session->created);
    run(store, INSERT_SESSION);
    int64_t number = sqlite3_last_insert_rowid(store->file);

    char chat[ID_BYTES];
    output out = output_to(chat, sizeof chat);
    put_chat(&out, session->id.at);
    statement = store->statements[INSERT_CHAT];
    sqlite3_bind_int64(statement, 1, number);
    bind_text(statement, 2, output_text(&out));
    sqlite3_bind_int64(statement, 3, session->created);
    run(store, INSERT_CHAT);
    return number;
}

void store_insert_message(store *store, int64_t session, int64_t sequence, text document) {
    sqlite3_stmt *statement = store->statements[INSERT_MESSAGE];
    sqlite3_bind_int64(statement, 1, session);
    sqlite3_bind_int64(statement, 2, sequence);
    bind_text(statement, 3, document);
    run(store, INSERT_MESSAGE);
}

void store_change_session(store *store, const session_change *change) {
    statement one = change->has_metadata ? CHANGE_METADATA : CHANGE_SESSION;
    sqlite3_stmt *statement = store->statements[one];
    sqlite3_bind_int64(statement, 1, change->number);
    sqlite3_bind_int64(statement, 2, change->version);
    bind_text(statement, 3, change->log_id);
    sqlite3_bind_int64(statement, 4, change->messages);
    sqlite3_bind_int64(statement, 5, change->updated);
    sqlite3_bind_int64(statement, 6, change->seen);
    if (change->has_metadata) bind_blob(statement, 7, change->metadata);
    run(store, one);
}

void store_record_activity(store *store, text id, int64_t seen) {
    sqlite3_stmt *statement = store->statements[RECORD_ACTIVITY];
    bind_text(statement, 1, id);
    sqlite3_bind_int64(statement, 2, seen);
    run(store, RECORD_ACTIVITY);
}
