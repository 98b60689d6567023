#include "hot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *const names[SCRIPT_COUNT] = {
    [SCRIPT_TOUCH] = "touch", [SCRIPT_APPEND] = "append", [SCRIPT_UPDATE] = "update", [SCRIPT_CREATE] = "create",
    [SCRIPT_LOAD] = "load", [SCRIPT_COMMITTED] = "committed", [SCRIPT_RECORDED] = "recorded",
};

redisReply *hot_ask(redisContext *redis, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = redisvCommand(redis, format, arguments);
    va_end(arguments);
    errno = 0;
    if (reply == NULL) fail("Redis: %s", redis->errstr);
    if (reply->type == REDIS_REPLY_ERROR) fail("Redis: %s", reply->str);
    return reply;
}

void hot_load(redisContext *redis, const char *folder, const char *name, char *digest) {
    char path[4096], source[16384];
    snprintf(path, sizeof path, "%s/%s.lua", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("%s", path);
    size_t length = fread(source, 1, sizeof source, file);
    fclose(file);
    redisReply *reply = hot_ask(redis, "SCRIPT LOAD %b", source, length);
    snprintf(digest, 41, "%s", reply->str);
    freeReplyObject(reply);
}

redisContext *hot_connect(const char *socket) {
    redisContext *redis = redisConnectUnix(socket);
    errno = 0;
    if (redis == NULL || redis->err != 0) fail("Redis at %s can't be reached", socket);
    return redis;
}

void hot_open(hot *hot, const char *socket, const char *folder, const char *prefix) {
    snprintf(hot->prefix, sizeof hot->prefix, "%s:{0}:", prefix);
    redisContext *redis = hot_connect(socket);
    for (script script = 0; script < SCRIPT_COUNT; script++) hot_load(redis, folder, names[script], hot->digests[script]);
    redisReply *exists = hot_ask(redis, "EXISTS %slog", hot->prefix);
    if (exists->integer == 0) {
        freeReplyObject(hot_ask(redis, "XADD %slog * op begin", hot->prefix));
        freeReplyObject(hot_ask(redis, "XTRIM %slog MAXLEN 0", hot->prefix));
    }
    freeReplyObject(exists);
    redisFree(redis);
}

int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    errno = 0;
    if (strlen(path) >= sizeof address.sun_path) fail("%s is too long for a socket's path", path);
    strcpy(address.sun_path, path);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0) fail("%s", path);
    return connection;
}

void put_array(output *out, size_t elements) {
    PUT(out, "*");
    put_number(out, elements);
    PUT(out, "\r\n");
}

static void put_length(output *out, size_t length) {
    PUT(out, "$");
    put_number(out, length);
    PUT(out, "\r\n");
}

void put_argument(output *out, text argument) {
    put_length(out, argument.length);
    put(out, argument);
    PUT(out, "\r\n");
}

void put_argument_number(output *out, uint64_t number) {
    char digits[20];
    output spelled = output_to(digits, sizeof digits);
    put_number(&spelled, number);
    put_argument(out, output_text(&spelled));
}

void put_evalsha(output *out, const char *digest, size_t keys, size_t arguments) {
    put_array(out, 3 + keys + arguments);
    PUT(out, "$7\r\nEVALSHA\r\n");
    put_argument(out, (text){digest, 40});
    put_argument_number(out, keys);
}

void put_call(output *out, const hot *hot, script script, size_t keys, size_t arguments) {
    put_evalsha(out, hot->digests[script], keys, arguments);
}

void put_key(output *out, const hot *hot, text kind, text name) {
    text prefix = {hot->prefix, strlen(hot->prefix)};
    put_length(out, prefix.length + kind.length + name.length);
    put(out, prefix);
    put(out, kind);
    put(out, name);
    PUT(out, "\r\n");
}
