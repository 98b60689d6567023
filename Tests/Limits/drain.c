// Moves an existing log from Redis into SQLite as fast as C can. Prints: entries, seconds, CPU seconds; without starting
// and ending, which are not draining.

#include <stdio.h>

#include "flusher.h"
#include "options.h"
#include "text.h"

int main(int count, char **arguments) {
    options options = options_read(count, arguments);
    hot hot;
    hot_open(&hot, options.redis, options.scripts, options.prefix);
    flusher_places places = {&hot, options.redis, options.database};
    drained drained = flusher_drain(&places);
    printf("%jd %.4f %.4f\n", (intmax_t)drained.entries, drained.seconds, drained.cpu_seconds);
    return 0;
}
