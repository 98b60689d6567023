// The ordinary program: what a careful engineer writes in a day. libfcgi, threads, and for each request one EVALSHA that
// its thread waits for. The token is checked anew each time. Commands, answers and the flusher are the limit's.

#include <errno.h>
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flusher.h"
#include "options.h"
#include "reply.h"
#include "session.h"

// libfcgi binds a thread to a kept connection until nginx closes it. Each of nginx' two workers may keep all that the
// clients ever used at a time: 32.
enum { THREADS = 80, BACKLOG = 1024 };

static options settings;
static hot hot_tier;
static secret key;
static int listener;

typedef struct {
    redisContext *redis;
    replies replies;
    char body[BODY_BYTES], command[COMMAND_BYTES], answer[ANSWER_BYTES];
} worker;

static text parameter(FCGX_Request *fcgi, const char *name) {
    const char *value = FCGX_GetParam(name, fcgi->envp);
    return value == NULL ? TEXT("") : (text){value, strlen(value)};
}

// Whether the body is whole and not too long.
static bool read_body(worker *worker, FCGX_Request *fcgi, text *body) {
    int64_t length = 0;
    text stated = parameter(fcgi, "CONTENT_LENGTH");
    if (stated.length > 0 && (!text_number(stated, &length) || length > BODY_BYTES)) return false;
    *body = (text){worker->body, (size_t)length};
    return FCGX_GetStr(worker->body, (int)length, fcgi->in) == length;
}

static void connect_redis(worker *worker) {
    worker->redis = hot_connect(settings.redis);
    redisReaderFree(worker->redis->reader);
    replies_open(&worker->replies);
    worker->redis->reader = worker->replies.reader;
}

static void call(worker *worker, const request *request) {
    output command = output_to(worker->command, sizeof worker->command);
    session_command(request, &hot_tier, true, &command);
    errno = 0;
    if (command.overflowed) fail("a command is too long");
    replies_clear(&worker->replies);
    void *reply;
    redisAppendFormattedCommand(worker->redis, worker->command, output_length(&command));
    if (redisGetReply(worker->redis, &reply) != REDIS_OK) fail("Redis: %s", worker->redis->errstr);
}

static void serve(worker *worker, FCGX_Request *fcgi) {
    parameters parameters = {
        .method = parameter(fcgi, "REQUEST_METHOD"), .uri = parameter(fcgi, "REQUEST_URI"),
        .authorization = parameter(fcgi, "HTTP_AUTHORIZATION"), .request_id = parameter(fcgi, "SD_REQUEST_ID")};
    request request;
    int status = 400;
    if (read_body(worker, fcgi, &parameters.body)) status = request_read(&request, &parameters, &key, false);
    output answer = output_to(worker->answer, sizeof worker->answer);
    if (status == 0) {
        call(worker, &request);
        session_answer(&request, &worker->replies, &answer);
    } else {
        plain_answer(status, parameters.request_id, &answer);
    }
    FCGX_PutStr(worker->answer, (int)output_length(&answer), fcgi->out);
}

static void *run(void *unused) {
    (void)unused;
    worker *worker = allocate(sizeof *worker);
    FCGX_Request fcgi;
    connect_redis(worker);
    if (FCGX_InitRequest(&fcgi, listener, 0) != 0) fail("FCGX_InitRequest");
    while (FCGX_Accept_r(&fcgi) == 0) serve(worker, &fcgi);
    return NULL;
}

int main(int count, char **arguments) {
    settings = options_read(count, arguments);
    if (settings.listen == NULL) fail("--listen: no path for a socket");
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    secret_read(&key, settings.secret);
    hot_open(&hot_tier, settings.redis, settings.scripts, settings.prefix);
    flusher_places places = {&hot_tier, settings.redis, settings.database};
    flusher_start(&places);
    if (FCGX_Init() != 0) fail("FCGX_Init");
    umask(0117);
    listener = FCGX_OpenSocket(settings.listen, BACKLOG);
    umask(0077);
    if (listener < 0) fail("%s", settings.listen);
    for (int one = 0; one < THREADS; one++) {
        pthread_t thread;
        errno = pthread_create(&thread, NULL, run, NULL);
        if (errno != 0) fail("a thread");
    }
    int signal_number;
    sigwait(&ends, &signal_number);
    flusher_stop();
    unlink(settings.listen);
    _exit(0);
}
