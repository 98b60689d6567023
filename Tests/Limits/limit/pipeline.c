#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

void pipeline_open(pipeline *pipeline, const char *socket) {
    pipeline->descriptor = connect_unix(socket);
    if (fcntl(pipeline->descriptor, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
    pipeline->gathered = output_to(allocate(GATHERED_BYTES), GATHERED_BYTES);
    replies_open(&pipeline->replies);
}

output *pipeline_commands(pipeline *pipeline) {
    output *gathered = &pipeline->gathered;
    while ((size_t)(gathered->end - gathered->at) < COMMAND_BYTES) {
        pipeline_send(pipeline);
        if (output_length(gathered) == 0) break;
        // Redis reads whatever it has to answer, so this ends.
        poll(&(struct pollfd){.fd = pipeline->descriptor, .events = POLLOUT}, 1, -1);
    }
    return gathered;
}

void pipeline_await(pipeline *pipeline, void *whose, int replies) {
    errno = 0;
    if (pipeline->gathered.overflowed) fail("a command is too long");
    if (pipeline->behind - pipeline->first == WAITING_AT_MOST) fail("too many wait");
    pipeline->waiting[pipeline->behind++ % WAITING_AT_MOST] = (struct waiting){whose, replies};
}

void pipeline_send(pipeline *pipeline) {
    output *gathered = &pipeline->gathered;
    while (pipeline->sent < output_length(gathered)) {
        text rest = text_behind(output_text(gathered), pipeline->sent);
        ssize_t sent = write(pipeline->descriptor, rest.at, rest.length);
        if (sent < 0 && errno == EAGAIN) return;
        if (sent < 0) fail("Redis");
        pipeline->sent += (size_t)sent;
    }
    gathered->at = gathered->start;
    pipeline->sent = 0;
}

void pipeline_receive(pipeline *pipeline, void (*answer)(void *whose, const replies *replies)) {
    ssize_t got;
    do {
        got = read(pipeline->descriptor, pipeline->received, sizeof pipeline->received);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) fail("Redis is gone");
        replies_feed(&pipeline->replies, (text){pipeline->received, (size_t)got});
        while (pipeline->first < pipeline->behind && replies_next(&pipeline->replies)) {
            struct waiting *first = &pipeline->waiting[pipeline->first % WAITING_AT_MOST];
            if (++pipeline->complete < first->replies) continue;
            answer(first->whose, &pipeline->replies);
            pipeline->first++;
            pipeline->complete = 0;
            replies_clear(&pipeline->replies);
        }
    } while (got == sizeof pipeline->received);
}
