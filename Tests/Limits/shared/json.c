#include "json.h"

// Each of these answers the position behind what it skips, or NULL where that isn't there. None reads at `end`.

static const char *skip_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
    return at;
}

static const char *skip_string(const char *at, const char *end) {
    if (at == end || *at != '"') return NULL;
    for (at++;; at++) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL) return NULL;
        size_t slashes = 0;
        while (quote - slashes > at && quote[-(ptrdiff_t)slashes - 1] == '\\') slashes++;
        at = quote;
        if (slashes % 2 == 0) return quote + 1;
    }
}

static const char *skip_value(const char *at, const char *end) {
    int depth = 0;
    do {
        if (at == end) return NULL;
        switch (*at) {
        case '"':
            at = skip_string(at, end);
            if (at == NULL) return NULL;
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        default:
            if (depth == 0) {
                const char *start = at;
                while (at < end && memchr(",}] \n\r\t", *at, 7) == NULL) at++;
                return at == start ? NULL : at;
            }
        }
        at++;
    } while (depth > 0);
    return depth == 0 ? at : NULL;
}

bool json_member(text document, text name, text *value) {
    const char *end = document.at + document.length;
    const char *at = skip_space(document.at, end);
    if (at == end || *at != '{') return false;
    do {
        const char *key = skip_space(at + 1, end);
        at = skip_string(key, end);
        if (at == NULL) return false;
        text found = {key + 1, (size_t)(at - key) - 2};
        at = skip_space(at, end);
        if (at == end || *at != ':') return false;
        const char *start = skip_space(at + 1, end);
        at = skip_value(start, end);
        if (at == NULL) return false;
        if (text_is(found, name)) {
            *value = (text){start, (size_t)(at - start)};
            return true;
        }
        at = skip_space(at, end);
    } while (at < end && *at == ',');
    return false;
}
