// One connection to Redis for all requests: commands are gathered during a turn of the loop and sent in one write, replies
// come in the order of the commands.
#ifndef PIPELINE_H
#define PIPELINE_H

#include "reply.h"
#include "session.h"

enum {
    WAITING_AT_MOST = 2048,  // requests; a power of two
    GATHERED_BYTES = 1 << 22,
};

typedef struct {
    int descriptor;
    output gathered;
    size_t sent;
    struct waiting {
        void *whose;
        int replies;
    } waiting[WAITING_AT_MOST];
    size_t first, behind;  // of those that wait; counted on for ever
    replies replies;
    int complete;  // of the first one's replies
    char received[1 << 18];
} pipeline;

void pipeline_open(pipeline *pipeline, const char *socket);

// Room for the commands of one request, of at most COMMAND_BYTES.
output *pipeline_commands(pipeline *pipeline);

// The commands just written are somebody's, who gets so many replies.
void pipeline_await(pipeline *pipeline, void *whose, int replies);

// Sends what was gathered, as far as Redis takes it.
void pipeline_send(pipeline *pipeline);

// Takes in what Redis sent; each of those whose replies are complete is answered, while `replies` has them alone.
void pipeline_receive(pipeline *pipeline, void (*answer)(void *whose, const replies *replies));

#endif
