// One batch of log entries on its way into SQLite. Several changes of one session become one row's write.
#ifndef BATCH_H
#define BATCH_H

#include "reply.h"
#include "store.h"

enum { BATCH_ENTRIES = 1000, BATCH_SLOTS = 2048, KNOWN_SESSIONS = 1 << 16 };

// A session as the batch leaves it. Its texts lie in the batch's replies.
typedef struct {
    text id;
    session_change change;
} batch_session;

typedef struct {
    batch_session sessions[BATCH_ENTRIES];
    size_t count;
    // Hash table of places in `sessions`, counted from 1.
    uint16_t slots[BATCH_SLOTS];
    // What SQLite has of sessions that were written lately: nobody else writes.
    struct known_session {
        char id[36];
        stored_session stored;
    } known[KNOWN_SESSIONS];
} batch;

// Writes the entries of one XRANGE reply into the open transaction, and answers how many there are; `last` becomes the
// id of the last one. Fails on an entry that can't be applied: a gap in a chat, a session that isn't there.
size_t batch_apply(batch *batch, store *store, const replies *replies, text *last);

#endif
