#include "id.h"

#include <sys/random.h>

static bool is_dash(int place) { return place == 8 || place == 13 || place == 18 || place == 23; }

bool id_is(const char *bytes) {
    for (int place = 0; place < 36; place++) {
        char byte = bytes[place];
        bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
        if (is_dash(place) ? byte != '-' : !is_digit) return false;
    }
    return true;
}

// splitmix64, seeded by the system once per thread.
static uint64_t random_bits(void) {
    static _Thread_local uint64_t state;
    while (state == 0)
        if (getrandom(&state, sizeof state, 0) != sizeof state) fail("getrandom");
    uint64_t bits = state += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

void id_make(char *bytes) {
    uint64_t high = (uint64_t)now_ms() << 16 | 0x7000 | (random_bits() & 0xfff);
    uint64_t low = 0x8000000000000000 | (random_bits() & 0x3fffffffffff0000);
    int digit = 0;
    for (int place = 0; place < 36; place++) {
        if (is_dash(place)) {
            bytes[place] = '-';
            continue;
        }
        uint64_t half = digit < 16 ? high : low;
        bytes[place] = "0123456789abcdef"[half >> (60 - digit % 16 * 4) & 15];
        digit++;
    }
}
