// Moves the log into SQLite in batches, each exactly once, as sessiond's flusher does: one thread beside the requests,
// or a program of its own.
#ifndef FLUSHER_H
#define FLUSHER_H

#include "hot.h"

typedef struct {
    const hot *hot;
    const char *redis;     // the socket's path
    const char *database;  // the file's path
} flusher_places;

// Begins the thread. `places` must stay.
void flusher_start(const flusher_places *places);

// Flushes what is there, and ends the thread.
void flusher_stop(void);

// Flushes what is there in this thread, and answers how many entries that were.
int64_t flusher_drain(const flusher_places *places);

#endif
