#include "reply.h"

#include <errno.h>
#include <stdlib.h>

// What the reader keeps of a value is its place in the list, counted from 1: it takes NULL for a failure.
static void *append(const redisReadTask *task, reply value) {
    replies *replies = task->privdata;
    if (replies->count == replies->capacity) {
        replies->capacity *= 2;
        replies->list = realloc(replies->list, replies->capacity * sizeof *replies->list);
        if (replies->list == NULL) fail("no memory for replies");
    }
    replies->list[replies->count++] = value;
    return (void *)(uintptr_t)replies->count;
}

static void *take_string(const redisReadTask *task, char *bytes, size_t length) {
    replies *replies = task->privdata;
    while (replies->size - replies->used < length) {
        replies->size *= 2;
        replies->bytes = realloc(replies->bytes, replies->size);
        if (replies->bytes == NULL) fail("no memory for replies");
    }
    memcpy(replies->bytes + replies->used, bytes, length);
    replies->used += length;
    return append(task, (reply){.type = task->type, .offset = replies->used - length, .length = length});
}

static void *take_array(const redisReadTask *task, int elements) {
    return append(task, (reply){.type = REDIS_REPLY_ARRAY, .integer = elements});
}

static void *take_integer(const redisReadTask *task, long long value) {
    return append(task, (reply){.type = REDIS_REPLY_INTEGER, .integer = value});
}

static void *take_nil(const redisReadTask *task) { return append(task, (reply){.type = REDIS_REPLY_NIL}); }

static void release(void *value) { (void)value; }

static redisReplyObjectFunctions functions = {take_string, take_array, take_integer, take_nil, release};

void replies_open(replies *replies) {
    replies->capacity = 1024;
    replies->list = allocate(replies->capacity * sizeof *replies->list);
    replies->size = 1 << 16;
    replies->bytes = allocate(replies->size);
    replies->count = replies->used = 0;
    replies->reader = redisReaderCreateWithFunctions(&functions);
    if (replies->reader == NULL) fail("no memory for a reader");
    replies->reader->privdata = replies;
    // Or it would give its buffer back whenever that is empty.
    replies->reader->maxbuf = 0;
}

static void check(const replies *replies) {
    errno = 0;
    if (replies->reader->err != 0) fail("Redis: %s", replies->reader->errstr);
}

void replies_feed(replies *replies, text bytes) {
    redisReaderFeed(replies->reader, bytes.at, bytes.length);
    check(replies);
}

bool replies_next(replies *replies) {
    void *value = NULL;
    redisReaderGetReply(replies->reader, &value);
    check(replies);
    return value != NULL;
}

void replies_clear(replies *replies) { replies->count = replies->used = 0; }

int reply_type(const replies *replies, size_t index) {
    return index < replies->count ? replies->list[index].type : 0;
}

text reply_text(const replies *replies, size_t index) {
    switch (reply_type(replies, index)) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        return (text){replies->bytes + replies->list[index].offset, replies->list[index].length};
    default:
        return TEXT("");
    }
}

int64_t reply_number(const replies *replies, size_t index) {
    int64_t number;
    if (reply_type(replies, index) == REDIS_REPLY_INTEGER) return replies->list[index].integer;
    return text_number(reply_text(replies, index), &number) ? number : -1;
}

size_t reply_elements(const replies *replies, size_t index) {
    return reply_type(replies, index) == REDIS_REPLY_ARRAY ? (size_t)replies->list[index].integer : 0;
}
