#include "request.h"

#include "json.h"

void parameters_take(parameters *parameters, text name, text value) {
    switch (name.length) {
    case 11:
        if (text_is(name, TEXT("REQUEST_URI"))) parameters->uri = value;
        break;
    case 13:
        if (text_is(name, TEXT("SD_REQUEST_ID"))) parameters->request_id = value;
        break;
    case 14:
        if (text_is(name, TEXT("REQUEST_METHOD"))) parameters->method = value;
        break;
    case 18:
        if (text_is(name, TEXT("HTTP_AUTHORIZATION"))) parameters->authorization = value;
        break;
    }
}

static operation route(request *request, text method, text uri) {
    bool posts = text_is(method, TEXT("POST"));
    if (text_is(uri, TEXT("/health/ready")) || text_is(uri, TEXT("/api/health/ready"))) return HEALTH;
    if (!text_begins(uri, TEXT("/api/sessions"))) return NOTHING;
    uri = text_behind(uri, sizeof "/api/sessions" - 1);
    if (text_is(uri, TEXT("")) || text_is(uri, TEXT("/"))) return posts ? CREATE : NOTHING;
    if (uri.length < 1 + ID_BYTES || uri.at[0] != '/' || !id_is(uri.at + 1)) return NOTHING;
    memcpy(request->session, uri.at + 1, ID_BYTES);
    uri = text_behind(uri, 1 + ID_BYTES);
    if (posts && text_is(uri, TEXT("/activity"))) return ACTIVITY;
    if (posts && text_is(uri, TEXT("/messages"))) return APPEND;
    if (text_is(method, TEXT("PUT")) && uri.length == 0) return METADATA;
    if (!text_is(method, TEXT("GET"))) return NOTHING;
    int64_t messages = 50;
    if (uri.length > 0) {
        if (!text_begins(uri, TEXT("?messages="))) return NOTHING;
        if (!text_number(text_behind(uri, sizeof "?messages=" - 1), &messages)) return NOTHING;
    }
    if (messages < 1 || messages > MESSAGES_AT_MOST) return NOTHING;
    request->messages = (int)messages;
    return LOAD;
}

static bool read_body(request *request, text body) {
    text given;
    switch (request->operation) {
    case APPEND:
        if (!json_member(body, TEXT("role"), &request->role) || !json_is_string(request->role)) return false;
        if (!json_member(body, TEXT("content"), &request->content) || !json_is_string(request->content)) return false;
        request->message_metadata = TEXT("{}");
        if (json_member(body, TEXT("message_metadata"), &given)) request->message_metadata = given;
        id_make(request->message);
        return json_is_object(request->message_metadata);
    case CREATE:
        // A name with escapes would have to be decoded.
        if (!json_member(body, TEXT("name"), &request->name) || !json_is_string(request->name)) return false;
        request->name = json_inside(request->name);
        if (memchr(request->name.at, '\\', request->name.length) != NULL) return false;
        request->metadata = TEXT("{}");
        id_make(request->session);
        if (json_member(body, TEXT("session_metadata"), &given)) request->metadata = given;
        return json_is_object(request->metadata);
    case METADATA:
        return json_member(body, TEXT("session_metadata"), &request->metadata) && json_is_object(request->metadata);
    case LOAD:
    case ACTIVITY:
    case HEALTH:
    case NOTHING:
        return true;
    }
    return false;
}

int request_read(request *request, const parameters *parameters, const secret *secret, bool cached) {
    request->request_id = parameters->request_id;
    request->operation = route(request, parameters->method, parameters->uri);
    if (request->operation == NOTHING) return 404;
    if (request->operation == HEALTH) return 200;
    int64_t now = now_ms() / 1000;
    claims fresh;
    const claims *claims = &fresh;
    if (cached) {
        claims = token_verify_cached(secret, parameters->authorization, now);
        if (claims == NULL) return 401;
    } else if (!token_verify(secret, parameters->authorization, now, &fresh)) {
        return 401;
    }
    memcpy(request->user, claims->user, claims->user_length);
    request->user_length = claims->user_length;
    return read_body(request, parameters->body) ? 0 : 400;
}
