// UUIDs as sessiond makes them: version 7, the low 16 bits the number of the shard, which here is 0.
#ifndef ID_H
#define ID_H

#include "text.h"

enum { ID_BYTES = 36 };

// Whether 36 bytes are a UUID in lower case.
bool id_is(const char *bytes);

// Writes 36 bytes. For any thread.
void id_make(char *bytes);

// The chat of a session: the same bits, as version 8.
static inline void put_chat(output *out, const char *session) {
    put(out, (text){session, 14});
    PUT(out, "8");
    put(out, (text){session + 15, 21});
}

#endif
