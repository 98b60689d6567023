#include "session.h"

#include <inttypes.h>
#include <stdio.h>

#include "id.h"

// ---------------------------------------------------------------- commands

static text session_id(const request *request) { return (text){request->session, ID_BYTES}; }
static text user_id(const request *request) { return (text){request->user, request->user_length}; }

// {"id":"…","chat_id":"…","sequence_order":
static void put_message_head(output *out, const request *request) {
    PUT(out, "{\"id\":\"");
    put(out, (text){request->message, ID_BYTES});
    PUT(out, "\",\"chat_id\":\"");
    put_chat(out, request->session);
    PUT(out, "\",\"sequence_order\":");
}

// "role":…,"content":…,"message_metadata":…}
static void put_message_tail(output *out, const request *request) {
    PUT(out, "\"role\":");
    put(out, request->role);
    PUT(out, ",\"content\":");
    put(out, request->content);
    PUT(out, ",\"message_metadata\":");
    put(out, request->message_metadata);
    PUT(out, "}");
}

static void put_ids(output *redis, const request *request) {
    put_argument(redis, session_id(request));
    put_argument(redis, user_id(request));
    PUT(redis, "$8\r\n" ABANDON_AFTER "\r\n");
}

static void put_activity_keys(output *redis, const request *request, const hot *hot) {
    put_key(redis, hot, TEXT("alive:"), session_id(request));
    put_key(redis, hot, TEXT("user:"), user_id(request));
    put_key(redis, hot, TEXT("activity"), TEXT(""));
}

static void touch(const request *request, const hot *hot, output *redis) {
    put_call(redis, hot, SCRIPT_TOUCH, 5, 3);
    put_key(redis, hot, TEXT("session:"), session_id(request));
    put_activity_keys(redis, request, hot);
    put_key(redis, hot, TEXT("touched"), TEXT(""));
    put_ids(redis, request);
}

static void append(const request *request, const hot *hot, output *redis) {
    put_call(redis, hot, SCRIPT_APPEND, 6, 8);
    put_key(redis, hot, TEXT("session:"), session_id(request));
    put_key(redis, hot, TEXT("messages:"), session_id(request));
    put_activity_keys(redis, request, hot);
    put_key(redis, hot, TEXT("log"), TEXT(""));
    put_ids(redis, request);
    char head[160];
    output part = output_to(head, sizeof head);
    put_message_head(&part, request);
    put_argument(redis, output_text(&part));
    PUT(redis, "$");
    put_number(redis, sizeof "\"role\":,\"content\":,\"message_metadata\":}" - 1 + request->role.length +
                          request->content.length + request->message_metadata.length);
    PUT(redis, "\r\n");
    put_message_tail(redis, request);
    int64_t day = now_ms() / DAY_MS * DAY_MS;
    PUT(redis, "\r\n");
    put_argument_number(redis, (uint64_t)day);
    PUT(redis, "$10\r\n");
    put_day(redis, day);
    PUT(redis, "\r\n$10\r\n");
    put_day(redis, day + DAY_MS);
    PUT(redis, "\r\n");
}

// What update.lua and create.lua begin with; `more` arguments are to follow.
static void put_change(const request *request, const hot *hot, script script, size_t more, output *redis) {
    put_call(redis, hot, script, 5, 4 + more);
    put_key(redis, hot, TEXT("session:"), session_id(request));
    put_activity_keys(redis, request, hot);
    put_key(redis, hot, TEXT("log"), TEXT(""));
    put_ids(redis, request);
    put_argument(redis, request->metadata);
}

static void update(const request *request, const hot *hot, output *redis) {
    put_change(request, hot, SCRIPT_UPDATE, 0, redis);
}

static void create(const request *request, const hot *hot, output *redis) {
    put_change(request, hot, SCRIPT_CREATE, 1, redis);
    put_argument(redis, request->name);
}

static void load_in_one_call(const request *request, const hot *hot, output *redis) {
    put_call(redis, hot, SCRIPT_LOAD, 6, 4);
    put_key(redis, hot, TEXT("session:"), session_id(request));
    put_activity_keys(redis, request, hot);
    put_key(redis, hot, TEXT("touched"), TEXT(""));
    put_key(redis, hot, TEXT("messages:"), session_id(request));
    put_ids(redis, request);
    put_argument_number(redis, (uint64_t)request->messages);
}

// Nobody else writes to this Redis, and what is sent in one piece is carried out in one piece, or before the next
// request's: a snapshot without MULTI.
static void load(const request *request, const hot *hot, output *redis) {
    touch(request, hot, redis);
    put_array(redis, 11);
    PUT(redis, "$5\r\nHMGET\r\n");
    put_key(redis, hot, TEXT("session:"), session_id(request));
    PUT(redis, "$7\r\nuser_id\r\n$4\r\nname\r\n$6\r\nstatus\r\n$10\r\nmission_id\r\n$8\r\nmetadata\r\n$7\r\nversion\r\n"
               "$8\r\nmessages\r\n$10\r\ncreated_at\r\n$10\r\nupdated_at\r\n");
    put_array(redis, 4);
    PUT(redis, "$6\r\nLRANGE\r\n");
    put_key(redis, hot, TEXT("messages:"), session_id(request));
    char first[8] = "-";
    output negative = output_to(first, sizeof first);
    negative.at++;
    put_number(&negative, (uint64_t)request->messages);
    put_argument(redis, output_text(&negative));
    PUT(redis, "$2\r\n-1\r\n");
}

int session_command(const request *request, const hot *hot, bool in_one_call, output *redis) {
    switch (request->operation) {
    case ACTIVITY: touch(request, hot, redis); return 1;
    case APPEND: append(request, hot, redis); return 1;
    case METADATA: update(request, hot, redis); return 1;
    case CREATE: create(request, hot, redis); return 1;
    case LOAD:
        if (!in_one_call) {
            load(request, hot, redis);
            return 3;
        }
        load_in_one_call(request, hot, redis);
        return 1;
    case HEALTH:
    case NOTHING: return 0;
    }
    return 0;
}

// ---------------------------------------------------------------- answers

// Where an answer's Content-Length will stand: it is known only when the body is there. Spaces before a value mean nothing.
typedef struct {
    char *length, *body;
} frame;

enum { LENGTH_DIGITS = 7 };

static frame begin(output *out, text status, text type, text request_id, text write_id, int64_t version) {
    PUT(out, "Status: ");
    put(out, status);
    PUT(out, "\r\nContent-Type: ");
    put(out, type);
    if (version > 0) {
        PUT(out, "\r\nETag: \"v");
        put_number(out, (uint64_t)version);
        PUT(out, "\"");
    }
    if (write_id.length > 0) {
        PUT(out, "\r\nWrite-Id: 0-");
        put(out, write_id);
    }
    PUT(out, "\r\nCache-Status: sessiond; hit\r\nCache-Control: no-store\r\nX-Request-ID: ");
    put(out, request_id);
    PUT(out, "\r\nContent-Length: ");
    frame frame = {.length = out->at};
    PUT(out, "       \r\n\r\n");
    frame.body = out->at;
    return frame;
}

static void finish(output *out, frame frame) {
    if (out->overflowed) return;
    size_t length = (size_t)(out->at - frame.body);
    for (int digit = LENGTH_DIGITS - 1; digit >= 0; digit--) {
        frame.length[digit] = (char)('0' + length % 10);
        length /= 10;
        if (length == 0) break;
    }
}

static void put_quoted_time(output *out, int64_t milliseconds) {
    PUT(out, "\"");
    put_time(out, milliseconds);
    PUT(out, "\"");
}

// A JSON number where it is a canonical integer, else a string.
static void put_user(output *out, const request *request) {
    int64_t number;
    text user = user_id(request);
    bool is_number = text_number(user, &number) && (user.at[0] != '0' || user.length == 1);
    if (!is_number) PUT(out, "\"");
    put(out, user);
    if (!is_number) PUT(out, "\"");
}

typedef struct {
    text name, mission, metadata;
    int64_t version, messages, created, updated, seen;
} fields;

// Without the closing brace.
static void put_fields(output *out, const request *request, const fields *fields) {
    PUT(out, "{\"id\":\"");
    put(out, session_id(request));
    PUT(out, "\",\"user_id\":");
    put_user(out, request);
    PUT(out, ",\"name\":\"");
    put(out, fields->name);
    PUT(out, "\",\"status\":\"active\",\"chat_id\":\"");
    put_chat(out, request->session);
    if (fields->mission.length > 0) {
        PUT(out, "\",\"mission_id\":\"");
        put(out, fields->mission);
        PUT(out, "\",\"session_metadata\":");
    } else {
        PUT(out, "\",\"mission_id\":null,\"session_metadata\":");
    }
    put(out, fields->metadata);
    PUT(out, ",\"version\":");
    put_number(out, (uint64_t)fields->version);
    PUT(out, ",\"message_count\":");
    put_number(out, (uint64_t)fields->messages);
    PUT(out, ",\"created_at\":");
    put_quoted_time(out, fields->created);
    PUT(out, ",\"updated_at\":");
    put_quoted_time(out, fields->updated);
    PUT(out, ",\"last_activity_at\":");
    put_quoted_time(out, fields->seen);
    PUT(out, ",\"abandons_at\":");
    put_quoted_time(out, fields->seen + ABANDON_AFTER_MS);
}

// Up to the bracket that begins the messages.
static void put_chat_fields(output *out, const request *request, const fields *fields) {
    PUT(out, ",\"chat\":{\"id\":\"");
    put_chat(out, request->session);
    PUT(out, "\",\"user_session_id\":\"");
    put(out, session_id(request));
    PUT(out, "\",\"title\":null,\"chat_metadata\":{},\"created_at\":");
    put_quoted_time(out, fields->created);
    PUT(out, ",\"updated_at\":");
    put_quoted_time(out, fields->updated);
    PUT(out, ",\"messages\":[");
}

// The next word of a script's reply that is one line.
static text word(text *line) {
    const char *space = memchr(line->at, ' ', line->length);
    text word = {line->at, space == NULL ? line->length : (size_t)(space - line->at)};
    *line = text_behind(*line, word.length + (space != NULL));
    return word;
}

static int64_t number(text digits) {
    int64_t number;
    return text_number(digits, &number) ? number : 0;
}

#define JSON TEXT("application/json")

static void answer_activity(const request *request, const replies *replies, output *out) {
    int64_t seen = reply_number(replies, 0);
    frame frame = begin(out, TEXT("200 OK"), JSON, request->request_id, TEXT(""), 0);
    PUT(out, "{\"id\":\"");
    put(out, session_id(request));
    PUT(out, "\",\"status\":\"active\",\"last_activity_at\":");
    put_quoted_time(out, seen);
    PUT(out, ",\"abandons_at\":");
    put_quoted_time(out, seen + ABANDON_AFTER_MS);
    PUT(out, "}");
    finish(out, frame);
}

static void answer_append(const request *request, const replies *replies, output *out) {
    text line = reply_text(replies, 0);
    text log_id = word(&line);
    int64_t version = number(word(&line));
    text sequence = word(&line);
    int64_t created = number(word(&line));
    frame frame = begin(out, TEXT("201 Created"), JSON, request->request_id, log_id, version);
    PUT(out, "{\"message\":");
    put_message_head(out, request);
    put(out, sequence);
    PUT(out, ",\"created_at\":");
    put_quoted_time(out, created);
    PUT(out, ",\"updated_at\":");
    put_quoted_time(out, created);
    PUT(out, ",");
    put_message_tail(out, request);
    PUT(out, "}");
    finish(out, frame);
}

static void answer_update(const request *request, const replies *replies, output *out) {
    fields fields = {
        .name = reply_text(replies, 1), .mission = reply_text(replies, 2), .metadata = request->metadata,
        .messages = reply_number(replies, 3), .created = reply_number(replies, 4),
        .version = reply_number(replies, 6), .updated = reply_number(replies, 7), .seen = reply_number(replies, 7)};
    frame frame = begin(out, TEXT("200 OK"), JSON, request->request_id, reply_text(replies, 5), fields.version);
    put_fields(out, request, &fields);
    PUT(out, "}");
    finish(out, frame);
}

static void answer_create(const request *request, const replies *replies, output *out) {
    text line = reply_text(replies, 0);
    text log_id = word(&line);
    int64_t created = number(word(&line));
    fields fields = {.name = request->name, .metadata = request->metadata, .version = 1, .created = created,
                     .updated = created, .seen = created};
    frame frame = begin(out, TEXT("201 Created"), JSON, request->request_id, log_id, 1);
    PUT(out, "{\"user_session\":");
    put_fields(out, request, &fields);
    PUT(out, "}");
    put_chat_fields(out, request, &fields);
    PUT(out, "]}}");
    finish(out, frame);
}

// `first`: the last activity. Behind it the fields, behind them the messages, each an array.
static void answer_load(const request *request, const replies *replies, size_t first, output *out) {
    size_t at = first + 2, list = at + 9;
    fields fields = {
        .name = reply_text(replies, at + 1), .mission = reply_text(replies, at + 3),
        .metadata = reply_text(replies, at + 4), .version = reply_number(replies, at + 5),
        .messages = reply_number(replies, at + 6), .created = reply_number(replies, at + 7),
        .updated = reply_number(replies, at + 8), .seen = reply_number(replies, first)};
    size_t count = reply_elements(replies, list);
    frame frame = begin(out, TEXT("200 OK"), JSON, request->request_id, TEXT(""), fields.version);
    put_fields(out, request, &fields);
    put_chat_fields(out, request, &fields);
    for (size_t index = 1; index <= count; index++) {
        if (index > 1) PUT(out, ",");
        put(out, reply_text(replies, list + index));
    }
    PUT(out, "],\"has_more\":");
    put(out, fields.messages > (int64_t)count ? TEXT("true") : TEXT("false"));
    PUT(out, "},\"mission\":null}");
    finish(out, frame);
}

void plain_answer(int status, text request_id, output *out) {
    text line, body;
    switch (status) {
    case 200: line = TEXT("200 OK"), body = TEXT("{}"); break;
    case 400: line = TEXT("400 Bad Request"), body = TEXT("{\"title\":\"Bad Request\",\"status\":400}"); break;
    case 401: line = TEXT("401 Unauthorized"), body = TEXT("{\"title\":\"Unauthorized\",\"status\":401}"); break;
    case 404: line = TEXT("404 Not Found"), body = TEXT("{\"title\":\"Not Found\",\"status\":404}"); break;
    default: line = TEXT("500 Internal Server Error"), body = TEXT("{\"title\":\"Error\",\"status\":500}"); break;
    }
    frame frame = begin(out, line, status == 200 ? JSON : TEXT("application/problem+json"), request_id, TEXT(""), 0);
    put(out, body);
    finish(out, frame);
}

void session_answer(const request *request, const replies *replies, output *out) {
    switch (reply_type(replies, 0)) {
    case REDIS_REPLY_NIL: return plain_answer(404, request->request_id, out);
    case REDIS_REPLY_INTEGER:
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_ARRAY: break;
    default:
        fprintf(stderr, "Redis: %.*s\n", (int)reply_text(replies, 0).length, reply_text(replies, 0).at);
        return plain_answer(500, request->request_id, out);
    }
    char *start = out->at;
    switch (request->operation) {
    case ACTIVITY: answer_activity(request, replies, out); break;
    case APPEND: answer_append(request, replies, out); break;
    case METADATA: answer_update(request, replies, out); break;
    case CREATE: answer_create(request, replies, out); break;
    // As three replies, or as one that is an array of three.
    case LOAD: answer_load(request, replies, reply_type(replies, 0) == REDIS_REPLY_ARRAY, out); break;
    case HEALTH:
    case NOTHING: break;
    }
    if (!out->overflowed) return;
    out->at = start;
    out->overflowed = false;
    plain_answer(500, request->request_id, out);
}
