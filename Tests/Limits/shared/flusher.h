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

typedef struct {
    int64_t entries;
    double seconds, cpu_seconds;  // from before the first batch until the log was empty
} drained;

// Flushes what is there in this thread.
drained flusher_drain(const flusher_places *places);

#endif
