// Redis alone: sessiond's scripts and reads, and the limit's, sent by a pipeline that is never empty.
// redis --redis SOCKET --scripts FOLDER --ours FOLDER: prints for each case its name, calls/s, and Redis' CPU µs per call.
//
// It works under a prefix of its own, "sx", and leaves nothing there.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "id.h"
#include "options.h"
#include "session.h"

enum { SESSIONS = 64, PIPELINE = 32, SECONDS = 2, MESSAGES = 50 };

static redisContext *redis;
static hot lean;
static struct {
    char touch[41], append[41], update[41];
} ours;
static request requests[SESSIONS];
static const char run_id[] = "bench";

#define ID(request) ((text){(request)->session, ID_BYTES})
#define USER(request) ((text){(request)->user, (request)->user_length})
#define KEY(kind) put_key(out, &lean, TEXT(kind), TEXT(""))
#define SESSION_KEY(kind) put_key(out, &lean, TEXT(kind), ID(request))
#define USER_KEY(kind) put_key(out, &lean, TEXT(kind), USER(request))
#define ARGUMENT(literal) put_argument(out, TEXT(literal))

// As RedisHotStore sends them, for a request without conditions, repeats or quotas.
static void our_touch(const request *request, output *out) {
    put_evalsha(out, ours.touch, 7, 4);
    SESSION_KEY("session:"), SESSION_KEY("alive:"), USER_KEY("user:"), KEY("activity"), KEY("touched");
    SESSION_KEY("gone:"), KEY("manifest");
    put_argument(out, ID(request)), put_argument(out, USER(request)), ARGUMENT(ABANDON_AFTER);
    put_argument(out, (text){run_id, sizeof run_id - 1});
}

static void our_append(const request *request, output *out) {
    put_evalsha(out, ours.append, 10, 19);
    SESSION_KEY("session:"), SESSION_KEY("messages:"), SESSION_KEY("alive:"), USER_KEY("user:"), KEY("activity");
    KEY("abandoned"), KEY("log"), SESSION_KEY("gone:"), SESSION_KEY("session:"), KEY("manifest");
    put_argument(out, ID(request)), put_argument(out, USER(request)), ARGUMENT("1000000"), ARGUMENT(ABANDON_AFTER);
    ARGUMENT(""), ARGUMENT(" active abandoned "), ARGUMENT("active"), ARGUMENT(""), ARGUMENT("86400000");
    put_argument(out, ID(request)), put_key(out, &lean, TEXT("events:"), ID(request));
    put_argument(out, (text){run_id, sizeof run_id - 1}), ARGUMENT(""), ARGUMENT(""), ARGUMENT("0");
    put_argument_number(out, (uint64_t)(now_ms() / DAY_MS));
    PUT(out, "$10\r\n"), put_day(out, now_ms()), PUT(out, "\r\n");
    char part[4096];
    output head = output_to(part, sizeof part);
    PUT(&head, "{\"id\":\""), put(&head, ID(request)), PUT(&head, "\",\"chat_id\":\"");
    put_chat(&head, request->session), PUT(&head, "\",\"sequence_order\":");
    put_argument(out, output_text(&head));
    output tail = output_to(part, sizeof part);
    PUT(&tail, "\"role\":"), put(&tail, request->role), PUT(&tail, ",\"content\":"), put(&tail, request->content);
    PUT(&tail, ",\"message_metadata\":{}}");
    put_argument(out, output_text(&tail));
}

static void our_update(const request *request, output *out) {
    put_evalsha(out, ours.update, 13, 19);
    SESSION_KEY("session:"), SESSION_KEY("messages:"), SESSION_KEY("alive:"), USER_KEY("user:"), KEY("activity");
    KEY("abandoned"), KEY("touched"), KEY("log"), SESSION_KEY("gone:"), USER_KEY("numbers:");
    SESSION_KEY("session:"), SESSION_KEY("session:"), KEY("manifest");
    put_argument(out, ID(request)), put_argument(out, USER(request)), ARGUMENT("1000000"), ARGUMENT(ABANDON_AFTER);
    ARGUMENT(""), ARGUMENT(" active abandoned "), ARGUMENT("use"), ARGUMENT("active");
    put_key(out, &lean, TEXT("events:"), ID(request));
    ARGUMENT(""), ARGUMENT("0"), ARGUMENT(""), ARGUMENT("31536000000"), ARGUMENT("1");
    put_argument(out, request->metadata);
    ARGUMENT("keep"), ARGUMENT(""), ARGUMENT(""), put_argument(out, (text){run_id, sizeof run_id - 1});
}

static void our_load(const request *request, output *out) {
    put_array(out, 1), ARGUMENT("MULTI");
    our_touch(request, out);
    put_array(out, 13), ARGUMENT("HMGET"), SESSION_KEY("session:");
    ARGUMENT("user_id"), ARGUMENT("name"), ARGUMENT("status"), ARGUMENT("mission_id"), ARGUMENT("metadata");
    ARGUMENT("version"), ARGUMENT("log_id"), ARGUMENT("messages"), ARGUMENT("created_at"), ARGUMENT("updated_at");
    ARGUMENT("last_activity_at");
    put_array(out, 2), ARGUMENT("PEXPIRETIME"), SESSION_KEY("alive:");
    put_array(out, 3), ARGUMENT("ZSCORE"), KEY("abandoned"), put_argument(out, ID(request));
    put_array(out, 3), ARGUMENT("HGET"), KEY("manifest"), ARGUMENT("run_id");
    put_array(out, 4), ARGUMENT("LRANGE"), SESSION_KEY("messages:"), ARGUMENT("-50"), ARGUMENT("-1");
    put_array(out, 1), ARGUMENT("EXEC");
}

static void lean_call(const request *request, output *out) { session_command(request, &lean, false, out); }

static double field(const char *info, const char *name) {
    const char *at = strstr(info, name);
    return at == NULL ? 0 : atof(at + strlen(name));
}

static double cpu(void) {
    redisReply *info = hot_ask(redis, "INFO cpu");
    double used = field(info->str, "used_cpu_sys_main_thread:") + field(info->str, "used_cpu_user_main_thread:");
    freeReplyObject(info);
    return used;
}

static void take(int replies) {
    for (int one = 0; one < replies; one++) {
        void *value;
        errno = 0;
        if (redisGetReply(redis, &value) != REDIS_OK) fail("Redis: %s", redis->errstr);
        redisReply *reply = value;
        bool refused = reply->type == REDIS_REPLY_NIL || (reply->elements == 1 && reply->type == REDIS_REPLY_ARRAY);
        if (reply->type == REDIS_REPLY_ERROR) fail("Redis: %s", reply->str);
        if (refused) fail("a call is refused");
        freeReplyObject(reply);
    }
}

static void send_one(operation operation, void (*write)(const request *, output *), int turn) {
    static char command[COMMAND_BYTES];
    request *request = &requests[turn % SESSIONS];
    request->operation = operation;
    output out = output_to(command, sizeof command);
    write(request, &out);
    redisAppendFormattedCommand(redis, command, output_length(&out));
}

// The second half of the pipeline is sent while the first is answered.
static void measure(const char *name, operation operation, void (*write)(const request *, output *), int replies) {
    enum { HALF = PIPELINE / 2 };
    int sent = 0, taken = 0;
    double begun = seconds(CLOCK_MONOTONIC), used = cpu();
    while (seconds(CLOCK_MONOTONIC) - begun < SECONDS) {
        while (sent < taken + PIPELINE) send_one(operation, write, sent++);
        for (int one = 0; one < HALF; one++, taken++) take(replies);
    }
    for (; taken < sent; taken++) take(replies);
    double lasted = seconds(CLOCK_MONOTONIC) - begun;
    used = cpu() - used;
    printf("%s %.0f %.2f\n", name, taken / lasted, used / taken * 1e6);
    freeReplyObject(hot_ask(redis, "XTRIM %slog MAXLEN 0", lean.prefix));
}

static void make_sessions(void) {
    static char content[203], metadata[480];
    snprintf(content, sizeof content, "\"%0200d\"", 0);
    snprintf(metadata, sizeof metadata, "{\"draft\":\"%0400d\",\"panel\":\"chat\",\"scroll\":1234}", 0);
    freeReplyObject(hot_ask(redis, "HSET %smanifest run_id %s", lean.prefix, run_id));
    for (int one = 0; one < SESSIONS; one++) {
        request *request = &requests[one];
        request->user_length = (size_t)snprintf(request->user, sizeof request->user, "bench-%d", one);
        request->role = TEXT("\"user\"");
        request->content = (text){content, strlen(content)};
        request->message_metadata = TEXT("{}");
        request->name = TEXT("bench");
        request->metadata = (text){metadata, strlen(metadata)};
        request->messages = MESSAGES;
        id_make(request->session);
        id_make(request->message);
        send_one(CREATE, lean_call, one);
        take(1);
        for (int message = 0; message < MESSAGES; message++) send_one(APPEND, lean_call, one);
        for (int message = 0; message < MESSAGES; message++) take(1);
    }
}

static void delete_all(void) {
    static const char *const kinds[] = {"session:", "messages:", "alive:"};
    for (int one = 0; one < SESSIONS; one++) {
        for (int kind = 0; kind < 3; kind++)
            freeReplyObject(hot_ask(redis, "DEL %s%s%b", lean.prefix, kinds[kind], requests[one].session, (size_t)ID_BYTES));
        freeReplyObject(hot_ask(redis, "DEL %suser:%b", lean.prefix, requests[one].user, requests[one].user_length));
    }
    freeReplyObject(hot_ask(redis, "DEL %slog %smanifest %sactivity %stouched", lean.prefix, lean.prefix, lean.prefix, lean.prefix));
}

int main(int count, char **arguments) {
    options options = options_read(count, arguments);
    hot_open(&lean, options.redis, options.scripts, "sx");
    redis = hot_connect(options.redis);
    hot_load(redis, options.ours, "touch", ours.touch);
    hot_load(redis, options.ours, "append", ours.append);
    hot_load(redis, options.ours, "update", ours.update);
    make_sessions();
    measure("activity-sessiond", ACTIVITY, our_touch, 1);
    measure("activity-lean", ACTIVITY, lean_call, 1);
    // Before the appends: these chats have their 50 messages.
    measure("load-sessiond", LOAD, our_load, 8);
    measure("load-lean", LOAD, lean_call, 3);
    measure("append-sessiond", APPEND, our_append, 1);
    measure("append-lean", APPEND, lean_call, 1);
    measure("metadata-sessiond", METADATA, our_update, 1);
    measure("metadata-lean", METADATA, lean_call, 1);
    delete_all();
    return 0;
}
