// Bytes that somebody else owns, and places to write bytes to. Both know where they end.
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef struct {
    const char *at;
    size_t length;
} text;

#define TEXT(literal) ((text){literal, sizeof(literal) - 1})

static inline bool text_is(text a, text b) { return a.length == b.length && memcmp(a.at, b.at, a.length) == 0; }

static inline bool text_begins(text a, text b) { return a.length >= b.length && memcmp(a.at, b.at, b.length) == 0; }

static inline text text_behind(text a, size_t count) { return (text){a.at + count, a.length - count}; }

// What does not fit is dropped, and `overflowed` says so, once for many writes.
typedef struct {
    char *start, *at, *end;
    bool overflowed;
} output;

static inline output output_to(char *start, size_t size) { return (output){start, start, start + size, false}; }

static inline size_t output_length(const output *out) { return (size_t)(out->at - out->start); }

static inline text output_text(const output *out) { return (text){out->start, output_length(out)}; }

static inline void put(output *out, text bytes) {
    if ((size_t)(out->end - out->at) < bytes.length) {
        out->overflowed = true;
        return;
    }
    memcpy(out->at, bytes.at, bytes.length);
    out->at += bytes.length;
}

#define PUT(out, literal) put(out, TEXT(literal))

// As decimal digits.
void put_number(output *out, uint64_t number);

// As RFC 3339 in UTC: 2026-11-23T09:45:15.123Z
void put_time(output *out, int64_t milliseconds);

// The day alone: 2026-11-23
void put_day(output *out, int64_t milliseconds);

enum { DAY_MS = 86400000 };

int64_t now_ms(void);

double seconds(clockid_t clock);

// False unless all of it is decimal digits of a number that fits.
bool text_number(text digits, int64_t *number);

// "1795662925212-0": false unless it is one.
bool text_log_id(text id, uint64_t *milliseconds, uint64_t *sequence);

// Ends the program: what failed, and why if errno says.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Never NULL.
void *allocate(size_t bytes);

#endif
