#include "flusher.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"

// sessiond's: write-behind.linger, write-behind.activity-flush, and how often it copies the write-ahead log.
enum { LINGER_MS = 50, ACTIVITY_MS = 5000, CHECKPOINT_MS = 1000 };

typedef struct {
    const hot *hot;
    int redis;
    store *store;
    batch batch;
    replies replies;
    char cursor[48];
    char command[1 << 20];
} flusher;

static flusher *open_flusher(const flusher_places *places) {
    flusher *flusher = allocate(sizeof *flusher);
    flusher->hot = places->hot;
    flusher->redis = connect_unix(places->redis);
    flusher->store = store_open(places->database);
    replies_open(&flusher->replies);
    store_cursor(flusher->store, flusher->cursor, sizeof flusher->cursor);
    return flusher;
}

// One command, one reply: nobody waits for this thread.
static void ask(flusher *flusher, const output *command) {
    if (command->overflowed) fail("a command to Redis is too long");
    text rest = output_text(command);
    while (rest.length > 0) {
        ssize_t sent = write(flusher->redis, rest.at, rest.length);
        if (sent <= 0) fail("Redis takes nothing from the flusher");
        rest = text_behind(rest, (size_t)sent);
    }
    static _Thread_local char bytes[1 << 18];
    replies_clear(&flusher->replies);
    while (!replies_next(&flusher->replies)) {
        ssize_t got = read(flusher->redis, bytes, sizeof bytes);
        if (got <= 0) fail("Redis answers the flusher nothing");
        replies_feed(&flusher->replies, (text){bytes, (size_t)got});
    }
    text message = reply_text(&flusher->replies, 0);
    errno = 0;
    if (reply_type(&flusher->replies, 0) == REDIS_REPLY_ERROR) fail("Redis: %.*s", (int)message.length, message.at);
}

static output command(flusher *flusher) { return output_to(flusher->command, sizeof flusher->command); }

static void read_log(flusher *flusher) {
    output out = command(flusher);
    put_array(&out, 6);
    put_argument(&out, TEXT("XRANGE"));
    put_key(&out, flusher->hot, TEXT("log"), TEXT(""));
    char first[64];
    int length = snprintf(first, sizeof first, "(%s", flusher->cursor);
    put_argument(&out, (text){first, (size_t)length});
    put_argument(&out, TEXT("+"));
    put_argument(&out, TEXT("COUNT"));
    put_argument_number(&out, BATCH_ENTRIES);
    ask(flusher, &out);
}

// The log ends at the cursor, and chats that outgrew the hot window are cut to it.
static void trim(flusher *flusher) {
    const batch *batch = &flusher->batch;
    size_t grown = 0;
    for (size_t place = 0; place < batch->count; place++)
        grown += batch->sessions[place].change.messages > HOT_WINDOW;
    output out = command(flusher);
    put_call(&out, flusher->hot, SCRIPT_COMMITTED, 2 + 2 * grown, 3 + grown);
    put_key(&out, flusher->hot, TEXT("log"), TEXT(""));
    put_key(&out, flusher->hot, TEXT("flush"), TEXT(""));
    for (size_t place = 0; place < batch->count; place++) {
        const batch_session *session = &batch->sessions[place];
        if (session->change.messages <= HOT_WINDOW) continue;
        put_key(&out, flusher->hot, TEXT("session:"), session->id);
        put_key(&out, flusher->hot, TEXT("messages:"), session->id);
    }
    uint64_t milliseconds, sequence;
    text cursor = {flusher->cursor, strlen(flusher->cursor)};
    if (!text_log_id(cursor, &milliseconds, &sequence)) fail("%s is no log id", flusher->cursor);
    char behind[48];
    int length = snprintf(behind, sizeof behind, "%ju-%ju", (uintmax_t)milliseconds, (uintmax_t)sequence + 1);
    put_argument(&out, cursor);
    put_argument(&out, (text){behind, (size_t)length});
    put_argument_number(&out, HOT_WINDOW);
    for (size_t place = 0; place < batch->count; place++)
        if (batch->sessions[place].change.messages > HOT_WINDOW)
            put_argument_number(&out, (uint64_t)batch->sessions[place].change.messages);
    ask(flusher, &out);
}

static size_t flush(flusher *flusher) {
    read_log(flusher);
    if (reply_elements(&flusher->replies, 0) == 0) return 0;
    store_begin(flusher->store);
    text last = TEXT("");
    size_t entries = batch_apply(&flusher->batch, flusher->store, &flusher->replies, &last);
    store_move_cursor(flusher->store, (text){flusher->cursor, strlen(flusher->cursor)}, last);
    store_commit(flusher->store);
    snprintf(flusher->cursor, sizeof flusher->cursor, "%.*s", (int)last.length, last.at);
    trim(flusher);
    return entries;
}

// The newest activity of sessions that were only seen. Who is seen again meanwhile stays marked.
static void record_activity(flusher *flusher) {
    size_t elements;
    do {
        output out = command(flusher);
        put_array(&out, 5);
        put_argument(&out, TEXT("ZRANGE"));
        put_key(&out, flusher->hot, TEXT("touched"), TEXT(""));
        put_argument(&out, TEXT("0"));
        put_argument_number(&out, BATCH_ENTRIES - 1);
        put_argument(&out, TEXT("WITHSCORES"));
        ask(flusher, &out);
        elements = reply_elements(&flusher->replies, 0);
        if (elements == 0) return;
        out = command(flusher);
        put_call(&out, flusher->hot, SCRIPT_RECORDED, 1, elements);
        put_key(&out, flusher->hot, TEXT("touched"), TEXT(""));
        store_begin(flusher->store);
        for (size_t index = 1; index + 1 <= elements; index += 2) {
            text seen = reply_text(&flusher->replies, index + 1);
            store_record_activity(flusher->store, reply_text(&flusher->replies, index),
                                  reply_number(&flusher->replies, index + 1));
            put_argument(&out, reply_text(&flusher->replies, index));
            put_argument(&out, seen);
        }
        store_commit(flusher->store);
        ask(flusher, &out);
    } while (elements == 2 * BATCH_ENTRIES);
}

static atomic_bool stopping;
static pthread_t thread;

static void *run(void *places) {
    flusher *flusher = open_flusher(places);
    int64_t recorded = now_ms(), copied = recorded;
    bool is_last;
    do {
        // In this order: what was written before the end was asked for is flushed.
        is_last = atomic_load(&stopping);
        size_t entries = flush(flusher);
        while (entries == BATCH_ENTRIES && is_last) entries = flush(flusher);
        int64_t now = now_ms();
        if (is_last || now - recorded >= ACTIVITY_MS) {
            record_activity(flusher);
            recorded = now;
        }
        if (is_last || now - copied >= CHECKPOINT_MS) {
            store_checkpoint(flusher->store);
            copied = now;
        }
        if (entries < BATCH_ENTRIES && !is_last) nanosleep(&(struct timespec){.tv_nsec = LINGER_MS * 1000000}, NULL);
    } while (!is_last);
    store_close(flusher->store);
    return NULL;
}

void flusher_start(const flusher_places *places) {
    errno = pthread_create(&thread, NULL, run, (void *)places);
    if (errno != 0) fail("a thread");
}

void flusher_stop(void) {
    atomic_store(&stopping, true);
    pthread_join(thread, NULL);
}

drained flusher_drain(const flusher_places *places) {
    flusher *flusher = open_flusher(places);
    double begun = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    int64_t total = 0, copied = now_ms();
    for (;;) {
        size_t entries = flush(flusher);
        total += (int64_t)entries;
        if (entries == 0) break;
        if (now_ms() - copied >= CHECKPOINT_MS) {
            store_checkpoint(flusher->store);
            copied = now_ms();
        }
    }
    drained drained = {total, seconds(CLOCK_MONOTONIC) - begun, seconds(CLOCK_PROCESS_CPUTIME_ID) - used};
    store_close(flusher->store);
    return drained;
}
