#define _GNU_SOURCE  // accept4

// The C limit: what any program behind nginx can do at best. One thread that sleeps in epoll, and a flusher.
//
//     epoll ─► read nginx' connections ─► commands gathered ─┐
//       ▲      read Redis ─► answers written ◄───────────────┼── one write to Redis at the end of each turn
//       └────────────────────────────────────────────────────┘
//
// It seals nothing, has no limits per user, knows no conditions, repeats or errors, and ends when Redis does.

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fastcgi.h"
#include "flusher.h"
#include "options.h"
#include "pipeline.h"

// Half of what may wait for Redis: a connection that was closed while it waits, waits on.
enum { CONNECTIONS_AT_MOST = WAITING_AT_MOST / 2, EVENTS = 256, BACKLOG = 1024 };

static struct {
    int epoll, listener;
    int connections;
    hot hot;
    secret secret;
    pipeline pipeline;
} loop;

static volatile sig_atomic_t is_stopping;

static void stop(int signal) { is_stopping = signal; }

static void watch(int operation, int descriptor, uint32_t events, void *whose) {
    struct epoll_event event = {.events = events, .data.ptr = whose};
    if (epoll_ctl(loop.epoll, operation, descriptor, &event) < 0) fail("epoll_ctl");
}

static void listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    errno = 0;
    if (path == NULL || strlen(path) >= sizeof address.sun_path) fail("--listen: no path for a socket");
    strcpy(address.sun_path, path);
    unlink(path);
    loop.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    umask(0117);
    if (bind(loop.listener, (struct sockaddr *)&address, sizeof address) < 0) fail("%s", path);
    umask(0077);
    if (listen(loop.listener, BACKLOG) < 0) fail("%s", path);
}

static void accept_all(void) {
    while (loop.connections < CONNECTIONS_AT_MOST) {
        int descriptor = accept4(loop.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) return;
        connection *connection = allocate(sizeof *connection);
        connection->descriptor = descriptor;
        loop.connections++;
        watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, connection);
    }
}

// One that waits is freed by its reply.
static void close_connection(connection *connection) {
    if (!connection->is_gone) close(connection->descriptor);
    connection->is_gone = true;
    if (connection->waits) return;
    free(connection);
    loop.connections--;
}

static void serve(connection *connection);

// Whether all of the answer is sent; if not, the rest is when there is room.
static bool send_answer(connection *connection) {
    text *unsent = &connection->unsent;
    while (unsent->length > 0) {
        ssize_t sent = send(connection->descriptor, unsent->at, unsent->length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(EPOLL_CTL_MOD, connection->descriptor, EPOLLOUT, connection);
            return false;
        }
        if (sent < 0) {
            close_connection(connection);
            return false;
        }
        *unsent = text_behind(*unsent, (size_t)sent);
    }
    if (!connection->keeps) {
        close_connection(connection);
        return false;
    }
    fastcgi_finish(connection);
    return true;
}

static void answer(void *whose, const replies *replies) {
    connection *connection = whose;
    connection->waits = false;
    if (connection->is_gone) return close_connection(connection);
    output out = fastcgi_answer(connection);
    session_answer(&connection->request, replies, &out);
    fastcgi_frame(connection, &out);
    if (send_answer(connection) && connection->received > 0) serve(connection);
}

// Whether another request may be there.
static bool serve_one(connection *connection) {
    parameters parameters;
    switch (fastcgi_scan(connection, &parameters)) {
    case INCOMPLETE: return false;
    case BROKEN: close_connection(connection); return false;
    case COMPLETE: break;
    }
    int status = request_read(&connection->request, &parameters, &loop.secret, true);
    if (status == 0) {
        output *commands = pipeline_commands(&loop.pipeline);
        int replies = session_command(&connection->request, &loop.hot, false, commands);
        pipeline_await(&loop.pipeline, connection, replies);
        connection->waits = true;
        return false;
    }
    output out = fastcgi_answer(connection);
    plain_answer(status, connection->request.request_id, &out);
    fastcgi_frame(connection, &out);
    return send_answer(connection);
}

static void serve(connection *connection) {
    while (serve_one(connection)) {}
}

static void receive(connection *connection) {
    size_t room = INPUT_BYTES - connection->received;
    ssize_t got = room == 0 ? 0 : read(connection->descriptor, connection->input + connection->received, room);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return close_connection(connection);
    connection->received += (size_t)got;
    if (!connection->waits) serve(connection);
}

static void send_rest(connection *connection) {
    if (!send_answer(connection)) return;
    watch(EPOLL_CTL_MOD, connection->descriptor, EPOLLIN, connection);
    serve(connection);
}

static void turn(void) {
    struct epoll_event events[EVENTS];
    // Not for ever: a signal may come just before, or to the flusher's thread.
    int count = epoll_wait(loop.epoll, events, EVENTS, 500);
    bool accepts = false, replied = false;
    for (int index = 0; index < count; index++) {
        void *whose = events[index].data.ptr;
        if (whose == &loop.listener) {
            // Last: a connection that is closed in this turn makes room, and its memory may become another's.
            accepts = true;
        } else if (whose == &loop.pipeline) {
            // Behind the connections: an answer may close one, and no event of this turn may meet it then.
            replied = true;
        } else if ((events[index].events & EPOLLOUT) != 0) {
            send_rest(whose);
        } else {
            receive(whose);
        }
    }
    if (replied) pipeline_receive(&loop.pipeline, answer);
    pipeline_send(&loop.pipeline);
    if (accepts) accept_all();
}

int main(int count, char **arguments) {
    options options = options_read(count, arguments);
    signal(SIGPIPE, SIG_IGN);
    secret_read(&loop.secret, options.secret);
    hot_open(&loop.hot, options.redis, options.scripts, options.prefix);
    pipeline_open(&loop.pipeline, options.redis);
    flusher_places places = {&loop.hot, options.redis, options.database};
    flusher_start(&places);

    sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
    sigaction(SIGINT, &(struct sigaction){.sa_handler = stop}, NULL);
    listen_at(options.listen);
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(EPOLL_CTL_ADD, loop.listener, EPOLLIN, &loop.listener);
    watch(EPOLL_CTL_ADD, loop.pipeline.descriptor, EPOLLIN | EPOLLOUT | EPOLLET, &loop.pipeline);
    while (is_stopping == 0) turn();
    flusher_stop();
    unlink(options.listen);
    return 0;
}
