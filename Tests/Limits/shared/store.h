// sessiond's SQLite file, written as its flusher writes it: WAL, synchronous=FULL, one transaction per batch.
// The file must be there, with sessiond's tables (see scripts/limits-programs.sh).
#ifndef STORE_H
#define STORE_H

#include "text.h"

typedef struct store store;

typedef struct {
    int64_t number, messages;
} stored_session;

typedef struct {
    text id, user, name, metadata, log_id;
    int64_t created;
} new_session;

typedef struct {
    text log_id, metadata;
    bool has_metadata;
    int64_t number, version, messages, updated, seen;
} session_change;

store *store_open(const char *path);
void store_close(store *store);

void store_begin(store *store);
void store_commit(store *store);

// Copies the write-ahead log into the file. Nobody else reads it, so it then begins anew.
void store_checkpoint(store *store);

// Where the log was read up to: at most `size` bytes, a string's end included.
void store_cursor(store *store, char *cursor, size_t size);

// Fails if the cursor isn't at `from`: then somebody else flushes the same log.
void store_move_cursor(store *store, text from, text to);

// False where there is none.
bool store_find(store *store, text id, stored_session *session);

int64_t store_insert_session(store *store, const new_session *session);
void store_insert_message(store *store, int64_t session, int64_t sequence, text document);
void store_change_session(store *store, const session_change *change);
void store_record_activity(store *store, text id, int64_t seen);

#endif
