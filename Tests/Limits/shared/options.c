#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

options options_read(int count, char **arguments) {
    options options = {.prefix = "sd"};
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--listen", &options.listen}, {"--redis", &options.redis},     {"--database", &options.database},
        {"--secret", &options.secret}, {"--scripts", &options.scripts}, {"--prefix", &options.prefix},
        {"--ours", &options.ours},
    };
    size_t given = 0;
    for (int place = 1; place + 1 < count; place += 2)
        for (size_t one = 0; one < sizeof known / sizeof *known; one++)
            if (strcmp(arguments[place], known[one].name) == 0) {
                *known[one].value = arguments[place + 1];
                given += 2;
            }
    if (given + 1 != (size_t)count || strlen(options.prefix) > 16) {
        fprintf(stderr, "usage: %s --listen SOCKET --redis SOCKET --database FILE --secret FILE --scripts FOLDER "
                        "[--prefix sd] [--ours FOLDER]\n", arguments[0]);
        exit(2);
    }
    return options;
}
