// SQLite alone: messages as sessiond stores them, in batches of 1,000 with synchronous=FULL, for 64 sessions in turn.
// sqlite --database FILE: prints rows, seconds, CPU seconds. It adds to the file: give it one of its own.

#include <stdio.h>
#include <stdlib.h>

#include "id.h"
#include "options.h"
#include "store.h"

enum { SESSIONS = 64, BATCH = 1000, CONTENT = 200, SECONDS = 3 };

static int64_t insert_session(store *store) {
    char id[ID_BYTES];
    id_make(id);
    return store_insert_session(store, &(new_session){.id = {id, ID_BYTES}, .user = TEXT("bench"), .name = TEXT("bench"),
                                                      .metadata = TEXT("{}"), .log_id = TEXT("0-1"),
                                                      .created = now_ms()});
}

static size_t document(char *bytes, size_t size, const char *chat, int64_t sequence) {
    char content[CONTENT + 1];
    memset(content, 'x', CONTENT);
    content[CONTENT] = 0;
    int length = snprintf(bytes, size,
                          "{\"id\":\"%.36s\",\"chat_id\":\"%.36s\",\"sequence_order\":%jd,"
                          "\"created_at\":\"2026-11-23T09:45:15.123Z\",\"updated_at\":\"2026-11-23T09:45:15.123Z\","
                          "\"role\":\"user\",\"content\":\"%s\",\"message_metadata\":{}}",
                          chat, chat, (intmax_t)sequence, content);
    return (size_t)length;
}

int main(int count, char **arguments) {
    options options = options_read(count, arguments);
    store *store = store_open(options.database);
    int64_t sessions[SESSIONS], rows = 0;
    store_begin(store);
    for (int one = 0; one < SESSIONS; one++) sessions[one] = insert_session(store);
    store_commit(store);
    char chat[ID_BYTES];
    id_make(chat);

    double begun = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), copied = begun;
    while (seconds(CLOCK_MONOTONIC) - begun < SECONDS) {
        store_begin(store);
        for (int one = 0; one < BATCH; one++, rows++) {
            char bytes[1024];
            size_t length = document(bytes, sizeof bytes, chat, rows / SESSIONS + 1);
            store_insert_message(store, sessions[rows % SESSIONS], rows / SESSIONS + 1, (text){bytes, length});
        }
        char cursor[48], next[48];
        store_cursor(store, cursor, sizeof cursor);
        int length = snprintf(next, sizeof next, "1-%jd", (intmax_t)rows);
        store_move_cursor(store, (text){cursor, strlen(cursor)}, (text){next, (size_t)length});
        store_commit(store);
        if (seconds(CLOCK_MONOTONIC) - copied < 1) continue;
        store_checkpoint(store);
        copied = seconds(CLOCK_MONOTONIC);
    }
    printf("%jd %.4f %.4f\n", (intmax_t)rows, seconds(CLOCK_MONOTONIC) - begun,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    store_close(store);
    return 0;
}
