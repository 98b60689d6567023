#include "batch.h"

#include <errno.h>

#include "id.h"

typedef struct entry {
    text log_id, operation, session, user, name, metadata, message;
    bool has_metadata;
    int64_t version, at, seen, first;
} entry;

static _Noreturn void refuse(const entry *entry, const char *why) {
    errno = 0;
    fail("log entry %.*s can't be applied: %s", (int)entry->log_id.length, entry->log_id.at, why);
}

static void take(entry *entry, text name, text value, int64_t number) {
    if (text_is(name, TEXT("op"))) entry->operation = value;
    else if (text_is(name, TEXT("sid"))) entry->session = value;
    else if (text_is(name, TEXT("user_id"))) entry->user = value;
    else if (text_is(name, TEXT("version"))) entry->version = number;
    else if (text_is(name, TEXT("at"))) entry->at = number;
    else if (text_is(name, TEXT("last_activity_at"))) entry->seen = number;
    else if (text_is(name, TEXT("first"))) entry->first = number;
    else if (text_is(name, TEXT("m"))) entry->message = value;
    else if (text_is(name, TEXT("name"))) entry->name = value;
    else if (text_is(name, TEXT("metadata"))) entry->metadata = value, entry->has_metadata = true;
    else if (!text_is(name, TEXT("status"))) refuse(entry, "an unknown field");
}

// [id, [name, value, …]], at `index` of the list. Answers the index behind it.
static size_t read_entry(entry *entry, const replies *replies, size_t index) {
    *entry = (struct entry){.log_id = reply_text(replies, index + 1)};
    size_t fields = reply_elements(replies, index + 2);
    index += 3;
    for (size_t field = 0; field + 1 < fields; field += 2)
        take(entry, reply_text(replies, index + field), reply_text(replies, index + field + 1),
             reply_number(replies, index + field + 1));
    if (entry->session.length != ID_BYTES || entry->version < 1) refuse(entry, "it names no session or version");
    return index + fields;
}

static uint64_t hash(text id) {
    // The last group is random, but for its last four digits.
    uint64_t first, second;
    memcpy(&first, id.at + 16, sizeof first);
    memcpy(&second, id.at + 24, sizeof second);
    return (first * 0x9e3779b97f4a7c15 ^ second) * 0xbf58476d1ce4e5b9 >> 32;
}

static struct known_session *known(batch *batch, text id) { return &batch->known[hash(id) % KNOWN_SESSIONS]; }

static void remember(batch *batch, text id, stored_session stored) {
    struct known_session *place = known(batch, id);
    memcpy(place->id, id.at, ID_BYTES);
    place->stored = stored;
}

static stored_session find_stored(batch *batch, store *store, const entry *entry) {
    struct known_session *place = known(batch, entry->session);
    if (memcmp(place->id, entry->session.at, ID_BYTES) == 0) return place->stored;
    stored_session stored;
    if (!store_find(store, entry->session, &stored)) refuse(entry, "SQLite has no such session");
    return stored;
}

static batch_session *find(batch *batch, store *store, const entry *entry) {
    size_t slot = hash(entry->session) % BATCH_SLOTS;
    while (batch->slots[slot] != 0) {
        batch_session *session = &batch->sessions[batch->slots[slot] - 1];
        if (text_is(session->id, entry->session)) return session;
        slot = (slot + 1) % BATCH_SLOTS;
    }
    if (batch->count == BATCH_ENTRIES) refuse(entry, "the batch is too large");
    stored_session stored = find_stored(batch, store, entry);
    batch_session *session = &batch->sessions[batch->count++];
    *session = (batch_session){entry->session, {.number = stored.number, .messages = stored.messages}};
    batch->slots[slot] = (uint16_t)batch->count;
    return session;
}

static void create(batch *batch, store *store, const entry *entry) {
    new_session session = {.id = entry->session, .user = entry->user, .name = entry->name,
                           .metadata = entry->metadata, .log_id = entry->log_id, .created = entry->at};
    remember(batch, entry->session, (stored_session){store_insert_session(store, &session), 0});
}

static void apply(batch *batch, store *store, const entry *entry) {
    if (text_is(entry->operation, TEXT("create"))) return create(batch, store, entry);
    session_change *change = &find(batch, store, entry)->change;
    if (entry->message.length > 0) {
        if (entry->first != change->messages + 1) refuse(entry, "its chat would have a gap");
        store_insert_message(store, change->number, ++change->messages, entry->message);
    }
    if (entry->has_metadata) {
        change->metadata = entry->metadata;
        change->has_metadata = true;
    }
    change->log_id = entry->log_id;
    change->version = entry->version;
    change->updated = entry->at;
    change->seen = entry->seen;
}

size_t batch_apply(batch *batch, store *store, const replies *replies, text *last) {
    batch->count = 0;
    memset(batch->slots, 0, sizeof batch->slots);
    size_t entries = reply_elements(replies, 0), index = 1;
    for (size_t place = 0; place < entries; place++) {
        entry entry;
        index = read_entry(&entry, replies, index);
        apply(batch, store, &entry);
        *last = entry.log_id;
    }
    for (size_t place = 0; place < batch->count; place++) {
        const batch_session *session = &batch->sessions[place];
        store_change_session(store, &session->change);
        remember(batch, session->id, (stored_session){session->change.number, session->change.messages});
    }
    return entries;
}
