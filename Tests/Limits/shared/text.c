#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void put_number(output *out, uint64_t number) {
    char digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(out, (text){digits + first, sizeof digits - first});
}

static void put_padded(char *at, unsigned number, int width) {
    for (int digit = width - 1; digit >= 0; digit--) {
        at[digit] = (char)('0' + number % 10);
        number /= 10;
    }
}

// The last day asked for is kept: it is nearly always the one.
static const char *day_text(int64_t day) {
    static _Thread_local int64_t known = INT64_MIN;
    static _Thread_local char spelled[10];
    if (day != known) {
        time_t seconds = (time_t)(day * (DAY_MS / 1000));
        struct tm date = {0};
        gmtime_r(&seconds, &date);
        put_padded(spelled, (unsigned)(date.tm_year + 1900), 4);
        spelled[4] = spelled[7] = '-';
        put_padded(spelled + 5, (unsigned)(date.tm_mon + 1), 2);
        put_padded(spelled + 8, (unsigned)date.tm_mday, 2);
        known = day;
    }
    return spelled;
}

void put_day(output *out, int64_t milliseconds) { put(out, (text){day_text(milliseconds / DAY_MS), 10}); }

void put_time(output *out, int64_t milliseconds) {
    char spelled[24] = "0000-00-00T00:00:00.000Z";
    unsigned rest = (unsigned)(milliseconds % DAY_MS);
    memcpy(spelled, day_text(milliseconds / DAY_MS), 10);
    put_padded(spelled + 11, rest / 3600000, 2);
    put_padded(spelled + 14, rest / 60000 % 60, 2);
    put_padded(spelled + 17, rest / 1000 % 60, 2);
    put_padded(spelled + 20, rest % 1000, 3);
    put(out, (text){spelled, sizeof spelled});
}

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool text_number(text digits, int64_t *number) {
    if (digits.length == 0 || digits.length > 18) return false;
    int64_t value = 0;
    for (size_t index = 0; index < digits.length; index++) {
        if (digits.at[index] < '0' || digits.at[index] > '9') return false;
        value = value * 10 + (digits.at[index] - '0');
    }
    *number = value;
    return true;
}

bool text_log_id(text id, uint64_t *milliseconds, uint64_t *sequence) {
    const char *dash = memchr(id.at, '-', id.length);
    if (dash == NULL) return false;
    text before = {id.at, (size_t)(dash - id.at)};
    int64_t first, second;
    if (!text_number(before, &first) || !text_number(text_behind(id, before.length + 1), &second)) return false;
    *milliseconds = (uint64_t)first;
    *sequence = (uint64_t)second;
    return true;
}

void fail(const char *format, ...) {
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, error == 0 ? "\n" : ": %s\n", strerror(error));
    exit(1);
}

void *allocate(size_t bytes) {
    void *memory = calloc(1, bytes);
    if (memory == NULL) fail("no memory for %zu bytes", bytes);
    return memory;
}
