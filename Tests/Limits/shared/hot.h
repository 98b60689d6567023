// What is sent to Redis: commands in its protocol, our keys, our scripts by their digests.
#ifndef HOT_H
#define HOT_H

#include <hiredis/hiredis.h>

#include "text.h"

typedef enum {
    SCRIPT_TOUCH, SCRIPT_APPEND, SCRIPT_UPDATE, SCRIPT_CREATE, SCRIPT_LOAD, SCRIPT_COMMITTED, SCRIPT_RECORDED,
    SCRIPT_COUNT
} script;

enum { ABANDON_AFTER_MS = 86400000, HOT_WINDOW = 200 };
#define ABANDON_AFTER "86400000"

typedef struct {
    char digests[SCRIPT_COUNT][41];
    char prefix[32];  // "sd:{0}:"
} hot;

// Loads the scripts of a folder into the Redis at `socket`, and makes the log where there is none.
void hot_open(hot *hot, const char *socket, const char *folder, const char *prefix);

// A connection to Redis, and what one waits for: replies are never errors, and are the caller's to free.
redisContext *hot_connect(const char *socket);
redisReply *hot_ask(redisContext *redis, const char *format, ...);
// SCRIPT LOAD of FOLDER/NAME.lua; its digest has 40 characters and a zero.
void hot_load(redisContext *redis, const char *folder, const char *name, char *digest);

// A connection to a unix socket.
int connect_unix(const char *path);

void put_array(output *out, size_t elements);
void put_argument(output *out, text argument);
void put_argument_number(output *out, uint64_t number);

// EVALSHA, the digest, and the number of keys; the keys and arguments are to follow.
void put_evalsha(output *out, const char *digest, size_t keys, size_t arguments);
void put_call(output *out, const hot *hot, script script, size_t keys, size_t arguments);

// "sd:{0}:<kind><name>"; `name` may be empty.
void put_key(output *out, const hot *hot, text kind, text name);

#endif
