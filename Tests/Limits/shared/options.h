// What every program here is told: --listen SOCKET --redis SOCKET --database FILE --secret FILE --scripts FOLDER --prefix sd
// --ours FOLDER (sessiond's scripts)
#ifndef OPTIONS_H
#define OPTIONS_H

typedef struct {
    const char *listen, *redis, *database, *secret, *scripts, *prefix, *ours;
} options;

// Ends the program with a line on how it is used where something is wrong; a program checks by itself what it needs.
options options_read(int count, char **arguments);

#endif
