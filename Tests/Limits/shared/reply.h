// Redis' replies, read by hiredis' reader into one flat list without an allocation per reply.
#ifndef REPLY_H
#define REPLY_H

#include <hiredis/hiredis.h>

#include "text.h"

// One value. An array's elements follow it, each with all of its own elements.
typedef struct {
    int type;         // REDIS_REPLY_…
    int64_t integer;  // an integer's value, or how many elements an array has
    size_t offset, length;
} reply;

typedef struct {
    redisReader *reader;
    reply *list;
    size_t count, capacity;
    char *bytes;
    size_t used, size;
} replies;

void replies_open(replies *replies);

// Takes in what came from Redis. Fails on what isn't its protocol.
void replies_feed(replies *replies, text bytes);

// Whether another whole reply is there: it is behind the earlier ones in the list.
bool replies_next(replies *replies);

void replies_clear(replies *replies);

// Of the value at `index`; empty where there is none, or it is no string.
text reply_text(const replies *replies, size_t index);

// The type of the value at `index`, or 0 where there is none.
int reply_type(const replies *replies, size_t index);

// A number, however Redis spells it; -1 for anything else.
int64_t reply_number(const replies *replies, size_t index);

// How many elements the array at `index` has; 0 where there is none.
size_t reply_elements(const replies *replies, size_t index);

#endif
